"""A shelf in memory, and an exam opened on it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from functions.aws.sessions import unguessable
from functions.drimbox.consultation.sealed_store import SealedStore
from functions.drimbox.identity.sealing import Seal
from functions.drimbox.manifest.read import Manifest, read
from functions.drimbox.reading import have as index
from functions.drimbox.reading.ended import Ended
from functions.drimbox.reading.have import Have
from functions.drimbox.reading.keys import exam_name
from functions.drimbox.reading.readings import Opened, Readings
from functions.drimbox.reading.shelf import Reading, Shelf
from tests.drimbox.consultation.readers import CALL
from tests.drimbox.images.samples import MemoryStore
from tests.drimbox.reading.exam_scenes import MANIFEST, exam_entry, manifest
from tests.fakes.memory import VirtualClock

PAGE, SESSION = "p" * 43, "s" * 43


class Records:
    """Records in memory, with the times of their ends."""

    def __init__(self) -> None:
        self.kept: dict[str, tuple[Mapping[str, str], datetime]] = {}

    def put(self, key: str, facts: Mapping[str, str], ends_at: datetime) -> None:
        self.kept[key] = (facts, ends_at)

    def get(self, key: str) -> Mapping[str, str] | None:
        return self.kept[key][0] if key in self.kept else None


def shelf() -> Shelf:
    """An empty shelf."""
    seal = Seal(b"secret", "demo", "readings")
    sealed = SealedStore(Records(), VirtualClock(), unguessable, seal)
    return Shelf(Readings(sealed), MemoryStore())


def reading(**changes: Any) -> Reading:
    """The exam of the page, opened for the first time."""
    opened = replace(Opened(SESSION, "e" * 11, 1), **changes)
    return Reading(PAGE, exam_name(PAGE, MANIFEST), opened, exam_entry(), CALL)


def filled(on: Shelf, what: Reading, *ends: Ended | None, data: bytes = b"") -> Manifest:
    """The manifest is kept, and its series ended so."""
    content = data or manifest()
    on.keep_manifest(what, content)
    made = read(content)
    for series, ended in zip(made.series, ends, strict=False):
        have = Have(len(series.instances), ended=ended)
        index.write(on.store, on.folder(what, made, series), have)
    return made
