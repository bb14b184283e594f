"""An exam of another site on the shelf, whole, and a PACS that takes it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from io import BytesIO
from pathlib import Path
from typing import Any, Final

from functions.drimbox.importing.outgoing import Outgoing, Part, Stored
from functions.drimbox.importing.sending import Desk
from functions.drimbox.manifest.read import read
from functions.drimbox.oid import Uid
from functions.drimbox.reading import have as index
from functions.drimbox.reading.ended import Ended
from functions.drimbox.reading.have import Have, HaveInstance
from functions.drimbox.reading.pixel_patient import Identity
from functions.drimbox.reading.shelf import Reading, Shelf
from functions.drimbox.study.index import StudyIndex
from tests.drimbox.consultation.readers import CALL
from tests.drimbox.images.samples import EXPLICIT
from tests.drimbox.reading.exam_scenes import images, manifest
from tests.drimbox.reading.shelves import reading as opened
from tests.drimbox.reading.shelves import shelf as empty
from tests.fakes.memory import MemoryImported, MemoryRecords, VirtualClock
from tests.fakes.world import TENANT

SERIES: Final = Uid("1.2.250.9.5.1")
STUDY: Final = Uid("1.2.250.9.5")
CALLED: Final = replace(CALL, local_id="IPP101", local_issuer="CLINIQUE&1.2.250.1.71.4.2.9&ISO")
SAID: Final[dict[str, Any]] = {
    "birth_family": CALL.birth_family,
    "birth_given": CALL.birth_given,
    "birth_date": CALL.birth_date,
    "sex": CALL.sex,
}


def reading() -> Reading:
    """The exam of the page, whose call names a local patient."""
    return replace(opened(), context=CALLED)


def placed_exam(
    on: Shelf,
    what: Reading,
    objects: Mapping[str, bytes],
    *,
    awaited: int = 0,
    ended: Ended | None = Ended.WHOLE,
    **changes: Any,
) -> None:
    """The manifest names the objects of one series; those are in one pack."""
    on.keep_manifest(what, manifest(series={SERIES: awaited or len(objects)}, **(SAID | changes)))
    made = read(on.store.get(what.keys.manifest, max_bytes=1 << 25) or b"")
    folder = on.folder(what, made, made.series[0])
    found, pack = [], b""
    for name, data in objects.items():
        digest = hashlib.sha256(data).hexdigest()
        found.append(
            HaveInstance(
                Uid(name), Uid(EXPLICIT), "pack-r-0", len(pack), len(data), digest, None, {}
            )
        )
        pack += data
    if pack:
        on.store.put(folder.pack("pack-r-0"), BytesIO(pack), "application/dicom")
    number = awaited or len(objects)
    index.write(on.store, folder, Have(number, tuple(found), Identity.AGREES, ended))


@dataclass
class MemoryStowPacs:
    """A PACS that keeps what it is sent. ``answers`` are given in turn in place of its own."""

    held: dict[Uid, bytes] = field(default_factory=dict)
    patient: str = "IPP101"
    known: StudyIndex | None = None
    answers: list[Any] = field(default_factory=list)
    parts: list[list[Uid]] = field(default_factory=list)
    finding: Exception | None = None
    required: list[str] = field(default_factory=list)
    cleared: list[str] = field(default_factory=list)

    def require_answered(self, job: str) -> None:
        self.required.append(job)

    def told(self, part: Part) -> dict[Uid, Stored] | None:
        return None

    def clear(self, folder: str) -> None:
        self.cleared.append(folder)

    def find_study(self, study_instance_uid: Uid) -> StudyIndex | None:
        if self.finding is not None:
            raise self.finding
        return self.known

    def store(self, part: Part, objects: Sequence[Outgoing]) -> dict[Uid, Stored]:
        names = [one.sop_instance_uid for one in objects]
        assert part.study == STUDY
        assert set(names) <= set(part.objects)
        self.parts.append(names)
        answer = self.answers.pop(0) if self.answers else None
        if isinstance(answer, BaseException):
            raise answer
        for one in objects:
            content = b"".join(one.content())
            assert len(content) == one.size
            self.held[one.sop_instance_uid] = content
        return {name: Stored() for name in names} if answer is None else dict(answer)


@dataclass
class Scene:
    """A site that may import the exam on its shelf."""

    spool: Path
    tenant: Any = field(default_factory=lambda: replace(TENANT, imports=True))
    shelf: Shelf = field(default_factory=empty)
    records: MemoryRecords = field(default_factory=MemoryRecords)
    imported: MemoryImported = field(default_factory=MemoryImported)
    pacs: Any = field(default_factory=MemoryStowPacs)
    clock: VirtualClock = field(default_factory=VirtualClock)
    over: Any = lambda: False

    def desk(self) -> Desk:
        """The needs of one call."""
        return Desk(
            self.tenant,
            self.shelf,
            self.records,
            self.imported,
            self.pacs,
            self.clock,
            self.spool,
            self.over,
        )


def whole(on: Shelf, *numbers: int) -> None:
    """The exam with these objects, all there."""
    placed_exam(on, reading(), images(*(numbers or (1, 2, 3))))
