"""The job ``import``: objects of another site into the site's own archive.

The cloud has put them under the local patient: their bytes are stored as they came. Each outcome is
noted as it comes, so that an agent that was killed goes on behind it; an object that is sent twice
is one object, under its own UID.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import time
from contextlib import closing, suppress
from errno import ENOSPC
from typing import TYPE_CHECKING, Any, Final

from agent.pacs.headers import with_our_header
from agent.pacs.port import ToStore
from agent.work.filling import LEAST_FREE
from agent.work.places import Places
from agent.work.ports import CloudAway, PackGone
from agent.work.wire import NotUnderstood
from functions.drimbox.images.part10 import read_facts
from functions.drimbox.importing.outgoing import Stored
from functions.drimbox.manifest.elements import Malformed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import datetime
    from pathlib import Path

    from agent.pacs.port import SitePacs
    from agent.work.ports import Packs
    from agent.work.wire import ImportAsk, Wanted
    from functions.drimbox.oid import Uid

# Seconds for which an archive without resources (A7xx) is sent the object again.
_PATIENCE: Final = 300.0
_FIRST_PAUSE: Final = 5.0
_LONGEST_PAUSE: Final = 60.0
_OUT_OF_RESOURCES: Final = range(0xA700, 0xA800)
_NOTED: Final = "outcomes.jsonl"


class Importing:
    """Stores the objects of ``packs`` in ``pacs``. ``folder`` belongs to the agent's jobs alone;
    ``sleep`` and ``monotonic`` are in seconds."""

    def __init__(
        self,
        pacs: SitePacs,
        packs: Packs,
        folder: Path,
        *,
        sleep: Callable[[float], object] = time.sleep,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._pacs = pacs
        self._packs = packs
        self._folder = folder
        self._places = Places(folder, "import")
        self._sleep = sleep
        self._monotonic = monotonic

    def store(self, ask: ImportAsk, key: str) -> dict[Uid, Stored]:
        """The outcome of each object of which the archive tells; goes on where an interrupted call
        for that key stood.

        Raises as ``SitePacs.store``, CloudAway and PackGone; OSError; NotUnderstood for an object
        that is not the one that was told.
        """
        if shutil.disk_usage(self._folder).free < LEAST_FREE + ask.size:
            raise OSError(ENOSPC, "no room for an import")
        place = self._places.of(key)
        place.mkdir(exist_ok=True, mode=0o700)
        noted = _Noted(place / _NOTED)
        end, pause = self._monotonic() + _PATIENCE, _FIRST_PAUSE
        while True:
            left = [one for one in ask.objects if one.sop_instance_uid not in noted.outcomes]
            if not left:
                return noted.outcomes
            files = self._files(ask, place)
            full: dict[Uid, Stored] = {}
            for name, outcome in self._pacs.store(
                ask.study, [_to_store(ask, one, files[one]) for one in left]
            ):
                if outcome.failure in _OUT_OF_RESOURCES:
                    full[name] = outcome
                else:
                    noted.add(name, outcome)
            if not full:
                return noted.outcomes
            if self._monotonic() + pause > end:
                return noted.outcomes | full
            self._sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE)

    def forget(self, key: str) -> None:
        """The objects of this key are needed no more."""
        self._places.forget(key)

    def sweep(self, before: datetime) -> None:
        """Remove the objects that nothing has touched since."""
        self._places.sweep(before)

    def _files(self, ask: ImportAsk, place: Path) -> Mapping[Wanted, Path]:
        """The object's files; those that are not there yet are fetched."""
        files = {one: place / f"{number:05d}.dcm" for number, one in enumerate(ask.objects)}
        offset = 0
        for number, one in enumerate(ask.objects):
            if not files[one].exists():
                wanted = {one: files[one] for one in ask.objects[number:]}
                with closing(self._packs.read(ask.url, offset)) as chunks:
                    _fetch(chunks, wanted)
                break
            offset += one.size
        return files


def _fetch(chunks: Iterator[bytes], wanted: Mapping[Wanted, Path]) -> None:
    """Write the objects, which follow each other, each to its file once it is whole."""
    rest = b""
    for one, path in wanted.items():
        size, digest, growing = one.size, hashlib.sha256(), path.with_suffix(".part")
        with growing.open("wb") as file:
            while size:
                rest = rest or next(chunks, b"")
                if not rest:
                    raise CloudAway("a pack has ended early")
                piece, rest = rest[:size], rest[size:]
                size -= len(piece)
                digest.update(piece)
                file.write(piece)
        if digest.hexdigest() != one.sha256:
            raise PackGone("a pack has changed")
        growing.replace(path)


class _Noted:
    """The outcomes of one job, in a file: a line that was cut is as if it was not there."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.outcomes: dict[Uid, Stored] = {}
        lines = path.read_text().splitlines() if path.exists() else ()
        for line in lines:
            with suppress(ValueError, LookupError, TypeError):
                facts: dict[str, Any] = json.loads(line)
                self.outcomes[facts["name"]] = Stored(facts["failure"], facts["warning"])

    def add(self, name: Uid, outcome: Stored) -> None:
        """Note one more."""
        facts = {"name": name, "failure": outcome.failure, "warning": outcome.warning}
        with self._path.open("a") as file:
            file.write(f"{json.dumps(facts)}\n")
        self.outcomes[name] = outcome


def _to_store(ask: ImportAsk, one: Wanted, path: Path) -> ToStore:
    """The object of a file; its group 0002 names the object that its data set is."""
    try:
        facts = read_facts(path)
    except Malformed:
        raise NotUnderstood("object") from None
    if (facts.study_instance_uid, facts.sop_instance_uid) != (ask.study, one.sop_instance_uid):
        raise NotUnderstood("object")
    if not facts.header_agrees:
        with_our_header(path)
    return ToStore(path, facts.sop_class_uid, facts.sop_instance_uid, facts.transfer_syntax)
