"""The objects of one series as they come, each made ready or dropped: is it awaited, is it whole,
whose is it, and how is it drawn.

Most objects of a series have headers that differ in a few values. Such a one is read by these
(``images/layout.py``); everything else of it is the same, byte for byte, as in one that was read as
a whole.
"""

from __future__ import annotations

import mmap
from typing import TYPE_CHECKING, Any, Final

from functions.drimbox.images.display import WANTED, attributes_of, redrawn, reread
from functions.drimbox.images.explicit import prepare, prepare_held
from functions.drimbox.images.layout import Layout
from functions.drimbox.images.part10 import ObjectFacts, facts_of, read_facts
from functions.drimbox.manifest.elements import Malformed
from functions.drimbox.reading.ended import Ended, SiteFailed
from functions.drimbox.reading.pixel_patient import TRAITS, Identity, PixelPatient, patient_of
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Mapping
    from pathlib import Path

    from functions.drimbox.images.dicom_json import Attributes, Known
    from functions.drimbox.images.frames import Frames
    from functions.drimbox.images.layout import Alike
    from functions.drimbox.manifest.elements import Buffer
    from functions.drimbox.oid import Uid

    Display = Callable[[Attributes, ObjectFacts, Buffer], dict[str, Any]]
    Judge = Callable[[PixelPatient], Identity]

_LOOKED_AT: Final = WANTED | TRAITS


@frozen
class Expected:
    """The series as its manifest names it: ``wanted`` are all its objects."""

    study_instance_uid: Uid
    series_instance_uid: Uid
    wanted: frozenset[Uid]


@frozen
class Ready:
    """One object in memory or on the disk, checked; an image of this patient, as far as it
    tells."""

    facts: ObjectFacts
    content: bytes | Path
    size: int
    frames: Frames | None
    identity: Identity
    display: Mapping[str, Any]


class OtherPatient(SiteFailed):
    """An image is of another person: nothing of the series stays."""

    def __init__(self, patient: PixelPatient) -> None:
        super().__init__(Ended.DIFFERS, "the images are of another patient")
        self.patient = patient


@frozen
class _Found:
    """The attributes of an object, whose it is, and the facts of its display."""

    root: Attributes
    identity: Identity
    display: dict[str, Any]


class Checker:
    """Checks the objects of one series, one after the other.

    ``judge`` says whose an image is by its patient; ``display`` gives the facts of an object's
    display, by its attributes, its facts and its bytes: no identity. ``spool`` is for objects that
    are written anew. ``strangers`` counts those that were dropped.
    """

    def __init__(self, expected: Expected, judge: Judge, display: Display, spool: Path) -> None:
        self.strangers = 0
        self._expected = expected
        self._judge = judge
        self._display = display
        self._spool = spool
        self._anew = 0
        self._known: Known = {}
        # Most objects of a series tell their patient in the same words.
        self._judged: dict[PixelPatient, Identity] = {}
        self._layout = Layout(_LOOKED_AT)
        # The object from which the layout was learned.
        self._learned: _Found | None = None

    def ready(self, content: bytes | Path, there: Container[Uid]) -> Ready | None:
        """The object made ready to be read; None when it is none that is awaited, or is ``there``
        already. Raises OtherPatient, and OSError when the disk is full."""
        try:
            if isinstance(content, bytes):
                alike = self._layout.find(content)
                facts = facts_of(content) if alike is None else alike.facts
                return self._held(content, facts, alike) if self._is_new(facts, there) else None
            facts = read_facts(content)
            return self._filed(content, facts) if self._is_new(facts, there) else None
        except Malformed:
            self.strangers += 1
            return None

    def _is_new(self, facts: ObjectFacts, there: Container[Uid]) -> bool:
        expected, uid = self._expected, facts.sop_instance_uid
        place = (facts.study_instance_uid, facts.series_instance_uid)
        if uid not in expected.wanted or place != (
            expected.study_instance_uid,
            expected.series_instance_uid,
        ):
            self.strangers += 1
            return False
        return uid not in there

    def _held(self, content: bytes, facts: ObjectFacts, alike: Alike | None) -> Ready:
        prepared = prepare_held(content, facts, None if alike is None else alike.before)
        if prepared is None:
            return self._written_anew(content, facts)
        data, frames = prepared
        if alike is None:
            found = self._read(data, facts)
            if self._layout.learn(content, facts):
                self._learned = found
        else:
            found = self._reread(data, alike)
        return Ready(facts, data, len(data), frames, found.identity, found.display)

    def _written_anew(self, content: bytes, facts: ObjectFacts) -> Ready:
        self._anew += 1
        path = self._spool / f"anew-{self._anew}"
        path.write_bytes(content)
        try:
            return self._filed(path, facts)
        except BaseException:
            path.unlink(missing_ok=True)
            raise

    def _filed(self, path: Path, facts: ObjectFacts) -> Ready:
        facts, frames = prepare(path, facts)
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            found = self._read(data, facts)
        size = path.stat().st_size
        return Ready(facts, path, size, frames, found.identity, found.display)

    def _read(self, data: Buffer, facts: ObjectFacts) -> _Found:
        """The object read as a whole. Malformed, OtherPatient."""
        root = attributes_of(data, facts, TRAITS, self._known)
        return _Found(root, self._identity(root), self._display(root, facts, data))

    def _reread(self, data: bytes, alike: Alike) -> _Found:
        """The same of an object that has the layout of the one that was learned. OtherPatient."""
        learned = self._learned
        assert learned is not None  # noqa: S101  # there is a layout
        values = [one for one in alike.values if one.tag in _LOOKED_AT]
        root = {**learned.root, **reread(values, self._layout.character_set, self._known)}
        tags = {one.tag for one in values}
        identity = self._identity(root) if tags & TRAITS else learned.identity
        display = redrawn(learned.display, root, alike.facts, tags - TRAITS)
        return _Found(root, identity, display or self._display(root, alike.facts, data))

    def _identity(self, root: Attributes) -> Identity:
        patient = patient_of(root)
        identity = self._judged.get(patient)
        if identity is None:
            identity = self._judge(patient)
            if identity is Identity.DIFFERS:
                raise OtherPatient(patient)
            self._judged[patient] = identity
        return identity
