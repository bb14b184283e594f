"""The layout of a header that many objects of one series share: the same elements, most of them
with the same values.

An object that has this layout is read by the few values that differ. Nothing is assumed of it: each
byte outside of these values is compared, and each length is followed. Any other object is for the
reader of whole headers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from functions.drimbox.images.frames import PIXEL_GROUP, SHAPE
from functions.drimbox.images.part10 import (
    CLASS,
    INSTANCE,
    MEDIA_CLASS,
    MEDIA_INSTANCE,
    MEDIA_LENGTH,
    MEDIA_START,
    NUMBER,
    SERIES,
    STUDY,
    SYNTAX,
    ObjectFacts,
)
from functions.drimbox.manifest.elements import (
    EXPLICIT_LE,
    SHORT_VRS,
    Dataset,
    Malformed,
    Reader,
)
from functions.drimbox.oid import Uid

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

# The first element of a Part 10 file stands behind its preamble and prefix (PS3.10 7.1).
_FIRST: Final = 132
_DATA_SET: Final = 0x00030000
_CHARACTER_SET: Final = 0x00080005
# Objects that differ in one of these have no layout in common: everything else depends on it.
_FIXED: Final = frozenset({MEDIA_CLASS, SYNTAX, CLASS, STUDY, SERIES, _CHARACTER_SET, *SHAPE})
# The values that name an object.
_NAMING: Final = frozenset({MEDIA_LENGTH, MEDIA_INSTANCE, INSTANCE, NUMBER})
# The bytes of a tag, and of a tag with its VR.
_TAG, _TAG_AND_VR = 4, 6
# Objects that are learned from: a series whose headers differ each time is not worth more.
_LESSONS: Final = 16


class Value(NamedTuple):
    """A value that differs from object to object, as it is written."""

    tag: int
    vr: bytes
    content: bytes


class Alike(NamedTuple):
    """An object of the layout. ``values``: those of the tags that are looked at, as far as they
    differ within the series. ``before``: its data set as ``part10.extent_in`` needs it."""

    facts: ObjectFacts
    values: tuple[Value, ...]
    before: Dataset


class _Element(NamedTuple):
    tag: int
    vr: bytes
    start: int
    value: int
    end: int


class _Slot(NamedTuple):
    """A value that differs. ``run``: every byte between the value before and the length of this
    one. ``size``: bytes of length and value, in the object that was learned."""

    run: bytes
    tag: int
    vr: bytes
    size: int
    is_short: bool
    is_kept: bool


class _Lesson(NamedTuple):
    """The object that was learned last: its bytes up to the tag of its pixels; ``differing`` are
    the places of the elements that differ within the series."""

    data: bytes
    elements: Sequence[_Element]
    facts: ObjectFacts
    differing: frozenset[int]

    def values(self, tags: Collection[int]) -> dict[int, bytes]:
        """The values of these tags."""
        return {one.tag: self.data[one.value : one.end] for one in self.elements if one.tag in tags}

    def bytes_of(self, place: int) -> bytes:
        """One element, its head included."""
        one = self.elements[place]
        return self.data[one.start : one.end]


class Layout:
    """The layout of a series' headers, learned from its objects; ``looked_at`` are the tags whose
    values somebody needs."""

    def __init__(self, looked_at: Collection[int]) -> None:
        self._kept = frozenset(looked_at) | _NAMING
        self._left = _LESSONS
        self._lesson: _Lesson | None = None
        self._slots: Sequence[_Slot] | None = None
        self._rest = b""
        self._naming: dict[int, bytes] = {}
        self._shape: dict[int, bytes] = {}

    def learn(self, data: bytes, facts: ObjectFacts) -> bool:
        """Learn from an object that was read as a whole, and that ``explicit.prepare_held`` does
        not write anew; False once enough was learned: the layout is the former one."""
        if not self._left:
            return False
        self._left -= 1
        elements = _elements(data)
        before, self._lesson, self._slots = self._lesson, None, None
        if not elements:
            return True
        lesson = _Lesson(data[: elements[-1].end + _TAG], elements, facts, frozenset())
        if before is not None and _is_same_form(lesson, before):
            places = range(len(elements))
            anew = {at for at in places if lesson.bytes_of(at) != before.bytes_of(at)}
            lesson = lesson._replace(differing=before.differing | anew)
        self._lesson = lesson
        self._naming, self._shape = lesson.values(_NAMING), lesson.values(SHAPE)
        self._cut(lesson)
        return True

    def _cut(self, lesson: _Lesson) -> None:
        """Cut the header at the values that differ, where these leave a layout."""
        slots, done = [], 0
        for place in sorted(lesson.differing):
            one = lesson.elements[place]
            is_short, is_kept = one.vr in SHORT_VRS, one.tag in self._kept
            if one.tag in _FIXED or (is_kept and not is_short):
                return
            start = one.start + _TAG_AND_VR
            run = lesson.data[done:start]
            slots.append(_Slot(run, one.tag, one.vr, one.end - start, is_short, is_kept))
            done = one.end
        self._rest, self._slots = lesson.data[done:], slots

    @property
    def character_set(self) -> bytes:
        """The character set of the layout's texts, as it is written."""
        found = {} if self._lesson is None else self._lesson.values({_CHARACTER_SET})
        return found.get(_CHARACTER_SET, b"")

    def find(self, data: bytes) -> Alike | None:
        """The object, if it has the layout; None: it is to be read as a whole."""
        if self._slots is None:
            return None
        at = in_meta = in_head = 0
        values = []
        for run, tag, vr, size, is_short, is_kept in self._slots:
            if not data.startswith(run, at):
                return None
            at += len(run)
            end = _behind(data, at) if is_short else _stepped(data, at)
            if tag <= NUMBER:
                in_head += end - at - size
                in_meta += end - at - size if tag < _DATA_SET else 0
            if is_kept:
                values.append(Value(tag, vr, data[at + 2 : end]))
            at = end
        if not data.startswith(self._rest, at):
            return None
        pixels = at + len(self._rest) - _TAG
        facts = self._facts(values, in_meta, in_head)
        if facts is None:
            return None
        return Alike(facts, tuple(values), Dataset(self._shape, {}, pixels))

    def _facts(self, values: Sequence[Value], in_meta: int, in_head: int) -> ObjectFacts | None:
        """The facts of an object whose parts are longer by so many bytes; None where its names do
        not agree."""
        assert self._lesson is not None  # noqa: S101  # there are slots
        known = self._lesson.facts
        named = Dataset({**self._naming, **{one.tag: one.content for one in values}}, {})
        instance, start = named.text(INSTANCE), known.dataset_offset + in_meta
        length = int.from_bytes(named.values.get(MEDIA_LENGTH, b""), "little")
        if named.text(MEDIA_INSTANCE) != instance or MEDIA_START + length != start:
            return None
        try:
            uid = Uid(instance)
        except ValueError:
            return None
        return ObjectFacts(
            sop_class_uid=known.sop_class_uid,
            sop_instance_uid=uid,
            study_instance_uid=known.study_instance_uid,
            series_instance_uid=known.series_instance_uid,
            transfer_syntax=known.transfer_syntax,
            instance_number=named.number(NUMBER),
            dataset_offset=start,
            head_end=known.head_end + in_head,
            header_agrees=True,
        )


def _elements(data: bytes) -> list[_Element]:
    """The elements before the pixels, in the order of their tags; none where there are no pixels,
    or the order is another one."""
    reader, found = Reader(data, EXPLICIT_LE), Dataset({}, {}, _FIRST)
    elements: list[_Element] = []
    last = 0
    while found.end < len(data):
        start = found.end
        header = reader.header(start, len(data))
        if header.tag >= PIXEL_GROUP:
            return elements
        if header.tag <= last:
            return []
        reader.step(found, len(data))
        elements.append(_Element(header.tag, header.vr, start, header.start, found.end))
        last = header.tag
    return []


def _is_same_form(one: _Lesson, other: _Lesson) -> bool:
    """Whether both have the same elements."""

    def form(lesson: _Lesson) -> list[tuple[int, bytes]]:
        return [(one.tag, one.vr) for one in lesson.elements]

    return one.data[:_FIRST] == other.data[:_FIRST] and form(one) == form(other)


def _behind(data: bytes, at: int) -> int:
    """The offset behind a value whose 16-bit length stands at ``at``; beyond the end of ``data``
    nothing follows it."""
    return at + 2 + int.from_bytes(data[at : at + 2], "little")


def _stepped(data: bytes, at: int) -> int:
    """The offset behind an element of another form, whose tag and VR stand before ``at``; beyond
    the end of ``data`` where it cannot be stepped over."""
    found = Dataset({}, {}, at - _TAG_AND_VR)
    try:
        Reader(data, EXPLICIT_LE).step(found, len(data))
    except Malformed:
        return len(data) + 1
    return found.end
