"""The execution's step: judge, then send what the PACS does not hold, part after part.

Each part ends with a written state, so that a killed function begins again behind it; an object
that was sent twice is stored once, under its own UID.
"""

from __future__ import annotations

import hashlib
import mmap
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from enum import StrEnum
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final, Protocol

from functions.drimbox.errors import AgentAway, AnswerAwaited, Held, StorageUnavailable
from functions.drimbox.importing import progress
from functions.drimbox.importing.coercion import Coercion, coerce
from functions.drimbox.importing.decision import Placed, judge, placed
from functions.drimbox.importing.obstacle import Obstacle
from functions.drimbox.importing.outgoing import Outgoing, Part, Stored
from functions.drimbox.importing.progress import AGENT_AWAY, Progress, Stage
from functions.drimbox.manifest.elements import Malformed
from functions.drimbox.oid import Uid
from functions.drimbox.publication.imported import Imported, is_own
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from functions.drimbox.importing.coercion import Coerced
    from functions.drimbox.importing.decision import Judged
    from functions.drimbox.manifest.read import Manifest
    from functions.drimbox.ports import CacheStore, Clock
    from functions.drimbox.publication.imported import ImportedStudies
    from functions.drimbox.publication.ports import StudyRecords
    from functions.drimbox.reading.shelf import Reading, Shelf
    from functions.drimbox.study.index import StudyIndex
    from functions.drimbox.tenants.model import Tenant

# One request: a PACS that fails it has little to take again.
PART_BYTES: Final = 64 * 1024 * 1024
PART_OBJECTS: Final = 100
SYSTEM: Final = "DRIMBOX"
# Times that an object is sent whose outcome the PACS does not tell.
TRIES: Final = 2
_READERS: Final = 4
_CHUNK: Final = 8 * 1024 * 1024
# Failure Reason: the PACS holds an object of that UID (PS3.7 C.4.2). It is our own, sent before:
# the study stands under this patient there.
_DUPLICATE: Final = 0x0111
# Of an object that the PACS never told about, and of one that cannot be put under the patient.
UNTOLD: Final = 0
UNREADABLE: Final = 0xC000
# The state of an import that only waits is written over so often.
_BEAT: Final = timedelta(minutes=1)


class Next(StrEnum):
    """The next state: ``WAIT`` for images, ``SEND`` on at once, ``DONE``."""

    WAIT = "wait"
    SEND = "send"
    DONE = "done"


class PacsStore(Protocol):
    """The site's PACS, guarded by its circuits, or behind the site's agent: its answers come later,
    and each method raises AnswerAwaited or AgentAway until then."""

    def require_answered(self, job: str) -> None:
        """Nothing, once the answer to ``job``, which AnswerAwaited named, is there; "": none."""
        ...

    def find_study(self, study_instance_uid: Uid) -> StudyIndex | None:
        """See ``ports.Pacs``."""
        ...

    def told(self, part: Part) -> dict[Uid, Stored] | None:
        """The outcomes of a part that an earlier call has sent, None where it is to be sent."""
        ...

    def store(self, part: Part, objects: Sequence[Outgoing]) -> dict[Uid, Stored]:
        """Send ``objects``, which the part names; see ``stow.store``."""
        ...

    def clear(self, folder: str) -> None:
        """Nothing of the import is on its way any more: forget everything that lies in ``folder``,
        also of a run that ended without a word."""
        ...


@frozen
class Desk:
    """Everything of one tenant that an import needs. ``is_over``: this run has no more time.
    ``spool`` is a folder for files that last until the call's end."""

    tenant: Tenant
    shelf: Shelf
    records: StudyRecords
    imported: ImportedStudies
    pacs: PacsStore
    clock: Clock
    spool: Path
    is_over: Callable[[], bool]


# By the reason for which a publication would be held; any other one: the PACS does not take it.
_OBSTACLES: Final = {
    "patient_mismatch": Obstacle.ELSEWHERE,
    "pacs_address_private": Obstacle.ADDRESS,
    "agent_failed": Obstacle.AGENT,
    "agent_outdated": Obstacle.OUTDATED,
    "pacs_address_foreign": Obstacle.ADDRESS,
    "pacs_access_unusable": Obstacle.ACCESS,
}


def send(
    desk: Desk,
    reading: Reading,
    now: Progress,
    ended: Callable[[Progress], object] = lambda _: None,
) -> tuple[Next, Progress]:
    """Do the next part of the work; the state is written before the return.

    ``now`` is the state as it stands; ``ended`` is told of a last one before it is written, perhaps
    again by a later call. Raises PacsUnavailable and StorageUnavailable: the same call goes on
    where this one came to.
    """
    if now.stage not in progress.RUNNING:
        return Next.DONE, now
    so_far = _SoFar(now)
    try:
        following, after = _send(desk, reading, so_far)
    except Held as error:
        refused = _OBSTACLES.get(error.code, Obstacle.REFUSED)
        following, after = Next.DONE, _ended(desk, so_far.now, Stage.REFUSED, refused)
    except AnswerAwaited as error:
        following, after = Next.WAIT, replace(so_far.now, awaited=error.job, code="")
    except AgentAway:
        following, after = Next.WAIT, replace(so_far.now, code=AGENT_AWAY)
    if following is Next.WAIT:
        return following, _waiting(desk, reading, now, after)
    if after.stage not in progress.RUNNING:
        desk.pacs.clear(reading.keys.all_outgoing)
        ended(after)
    _keep(desk, reading, after)
    return following, after


def is_awaited(desk: Desk, reading: Reading, now: Progress) -> bool:
    """Whether the answer is still to come for which an earlier call has asked an agent; the state
    tells it. StorageUnavailable."""
    try:
        desk.pacs.require_answered(now.awaited)
    except AnswerAwaited:
        _waiting(desk, reading, now, replace(now, code=""))
    except AgentAway:
        _waiting(desk, reading, now, replace(now, code=AGENT_AWAY))
    else:
        return False
    return True


def _waiting(desk: Desk, reading: Reading, now: Progress, after: Progress) -> Progress:
    """Keep the state of an import that waits; one that says nothing new once a minute."""
    at = desk.clock.now()
    if after == now and at - now.at < _BEAT:
        return now
    after = replace(after, at=at)
    _keep(desk, reading, after)
    return after


class _SoFar:
    """The state to which a call has come, also where it ends by an error."""

    def __init__(self, now: Progress) -> None:
        self.now = now


def _send(desk: Desk, reading: Reading, so_far: _SoFar) -> tuple[Next, Progress]:
    study, now = _study(reading), replace(so_far.now, awaited="", code="")
    own = is_own(desk.records, study)
    judged = judge(desk.tenant, desk.shelf, reading, own=own, every=True, looked=now.looked)
    manifest = desk.shelf.manifest(reading)
    if judged.obstacle is not None:
        return Next.DONE, _ended(desk, now, Stage.REFUSED, judged.obstacle)
    if judged.waiting or manifest is None or judged.here < judged.total:
        return Next.WAIT, replace(now, total=judged.total)
    so_far.now = now = replace(now, looked=judged.looked)
    known = desk.pacs.find_study(study)
    if known is not None and known.patient_id != _identifier(judged):
        return Next.DONE, _ended(desk, now, Stage.REFUSED, Obstacle.ELSEWHERE)
    held = frozenset(
        one.sop_instance_uid
        for series in (known.series if known else ())
        for one in series.instances
    )
    objects = list(placed(desk.shelf, reading, manifest, desk.shelf.haves(reading, manifest)))
    # A study that stands there whole, and by nobody's import, may be the site's own: its report is
    # still to come, and must not be held for a study of which nothing was sent.
    if _names(objects) - held or now.stored or desk.imported.get(study) is not None:
        refused = _remember(desk, reading)
        if refused is not None:
            return Next.DONE, _ended(desk, now, Stage.REFUSED, refused)
    before = now.before if now.stored or now.failed else len(held & _names(objects))
    there = dict.fromkeys(_names(objects) & held, 0) | dict(now.stored)
    so_far.now = replace(now, total=len(objects), before=before, stored=there, stage=Stage.SENDING)
    return _Run(desk, reading, _coercion(desk, reading, manifest, judged)).parts(objects, so_far)


def _remember(desk: Desk, reading: Reading) -> Obstacle | None:
    """Remember the study before anything of it is sent, and look once more whether it is own: of a
    report that comes meanwhile and of this import, one sees the other."""
    study, site = _study(reading), reading.entry.establishment[0]
    fresh = desk.imported.add(Imported(study, site, desk.clock.now()))
    if not is_own(desk.records, study):
        return None
    if fresh:
        desk.imported.forget(study)
    return Obstacle.OWN


def _coercion(desk: Desk, reading: Reading, manifest: Manifest, judged: Judged) -> Coercion:
    assert judged.patient is not None  # noqa: S101  # without one there is an obstacle
    identifier, name = reading.entry.establishment
    issuers = (one.accession_issuer for one in manifest.requests if one.accession_issuer)
    return Coercion(
        patient=judged.patient,
        ins=reading.context.ins,
        source=name or identifier,
        source_id=identifier,
        accession_issuer=next(issuers, ""),
        system=SYSTEM,
        at=desk.clock.now(),
    )


class _Run:
    """The parts of one call."""

    def __init__(self, desk: Desk, reading: Reading, coercion: Coercion) -> None:
        self._desk = desk
        self._reading = reading
        self._coercion = coercion
        self._study = _study(reading)

    def parts(self, objects: Sequence[Placed], so_far: _SoFar) -> tuple[Next, Progress]:
        """Send the missing objects; the last state."""
        now = so_far.now
        for attempt in range(TRIES):
            known = now.stored.keys() | now.failed.keys()
            missing = [one for one in objects if one.instance.sop_instance_uid not in known]
            for part in _parts(missing):
                if self._desk.is_over():
                    return Next.SEND, now
                # An operator may have released the study meanwhile: no object is sent unremembered.
                refused = _remember(self._desk, self._reading)
                if refused is not None:
                    return Next.DONE, _ended(self._desk, now, Stage.REFUSED, refused)
                found = self._one(part, f"{now.run}/{attempt}", last=attempt == TRIES - 1)
                so_far.now = now = now.noted(found, self._desk.clock.now())
                _keep(self._desk, self._reading, now)
        stage = Stage.PARTIAL if now.failed else Stage.DONE
        if stage is Stage.DONE:
            self._desk.imported.end(self._study)
        return Next.DONE, _ended(self._desk, now, stage)

    def _one(self, part: Sequence[Placed], attempt: str, *, last: bool) -> dict[Uid, Stored]:
        """Send one part; the outcomes. ``last``: an object without an outcome has failed."""
        names = tuple(one.instance.sop_instance_uid for one in part)
        sent = Part(self._study, self._reading.keys.outgoing(attempt, *names), names)
        found = self._desk.pacs.told(sent)
        if found is None:
            found = self._sent(sent, part)
        found = {name: _settled(one) for name, one in found.items()}
        if last:
            found = {name: Stored(UNTOLD) for name in names} | found
        return found

    def _sent(self, sent: Part, part: Sequence[Placed]) -> dict[Uid, Stored]:
        with TemporaryDirectory(dir=self._desk.spool) as folder:
            ready = partial(self._ready, Path(folder))
            with ThreadPoolExecutor(_READERS) as pool:
                made = list(pool.map(ready, part))
            outgoing = [one for one in made if isinstance(one, Outgoing)]
            unreadable = {one: Stored(UNREADABLE) for one in made if not isinstance(one, Outgoing)}
            found = self._desk.pacs.store(sent, outgoing) if outgoing else {}
        return found | unreadable

    def _ready(self, folder: Path, one: Placed) -> Outgoing | Uid:
        """The object, coerced; its UID alone where its head cannot be read."""
        instance = one.instance
        path = folder / hashlib.sha256(instance.sop_instance_uid.encode()).hexdigest()
        _spool(self._desk.shelf.store, one, path)
        try:
            with (
                path.open("rb") as file,
                mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data,
            ):
                coerced = coerce(data, self._coercion)
        except Malformed:
            return instance.sop_instance_uid
        chunks = partial(_chunks, path, coerced)
        return Outgoing(instance.sop_instance_uid, coerced.size, chunks)


def _chunks(path: Path, coerced: Coerced) -> Iterator[bytes]:
    # Read, not mapped: pages of the file that are looked at count as the process's memory.
    with path.open("rb") as file:

        def part(offset: int, size: int) -> bytes:
            file.seek(offset)
            return file.read(size)

        yield from coerced.chunks(part)


def _spool(store: CacheStore, one: Placed, path: Path) -> None:
    """Write the object to the disk, and prove that it is the one that was received."""
    instance, digest = one.instance, hashlib.sha256()
    with path.open("xb") as file:
        for at in range(0, instance.size, _CHUNK):
            size = min(_CHUNK, instance.size - at)
            piece = store.get_range(one.key, instance.offset + at, size)
            if piece is None:
                raise StorageUnavailable("an object of the reading has gone")
            digest.update(piece)
            file.write(piece)
    if digest.hexdigest() != instance.sha256:
        raise StorageUnavailable("an object of the reading has changed")


def _parts(objects: Sequence[Placed]) -> Iterator[list[Placed]]:
    """Parts of at most PART_OBJECTS and PART_BYTES; a larger object is a part of its own."""
    part: list[Placed] = []
    size = 0
    for one in objects:
        if part and (len(part) == PART_OBJECTS or size + one.instance.size > PART_BYTES):
            yield part
            part, size = [], 0
        part.append(one)
        size += one.instance.size
    if part:
        yield part


def _settled(outcome: Stored) -> Stored:
    return Stored() if outcome.failure == _DUPLICATE else outcome


def _names(objects: Sequence[Placed]) -> frozenset[Uid]:
    return frozenset(one.instance.sop_instance_uid for one in objects)


def _identifier(judged: Judged) -> str:
    return judged.patient.identifier if judged.patient else ""


def _study(reading: Reading) -> Uid:
    return Uid(reading.entry.study_instance_uid)


def _ended(desk: Desk, now: Progress, stage: Stage, code: str = "") -> Progress:
    return replace(now, stage=stage, at=desk.clock.now(), code=str(code))


def _keep(desk: Desk, reading: Reading, now: Progress) -> None:
    progress.write(desk.shelf.store, reading.keys.imported, now)
