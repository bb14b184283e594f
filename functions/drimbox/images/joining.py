"""A study of several series as one answer (PS3.18 10.4.1.1.1): how a front writes it from the
bodies of the series, which stand in the cache with boundaries of their own.

The function that decides says where each object stands; the front reads each series' body once,
from its first object to its last one, and gives each object the head of the new body.
"""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from functions.drimbox.images.multipart import Item, Layout, lay_out
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

# The type of an encoded joining; nobody outside gets one.
MEDIA: Final = "application/vnd.drimbox.joined+json"
# The header by which a front says that it can write one, with the method that its caller asked.
HEADER: Final = "X-Drimbox-Join"
_FORM: Final = 1


@frozen
class JoinedObject:
    """Where an object stands in the body of its series: ``offset`` and ``size`` in bytes."""

    offset: int
    size: int
    transfer_syntax: str


@frozen
class JoinedSeries:
    """One series: ``source`` is the key of its body, or an address; its objects in the order of
    the body, without an overlap.

    ValueError for objects that do not stand so.
    """

    source: str
    objects: tuple[JoinedObject, ...]

    def __post_init__(self) -> None:
        end = 0
        for one in self.objects:
            if one.offset < end or one.size < 1:
                raise ValueError("the objects of a series overlap, or one is empty")
            end = one.offset + one.size
        if not self.objects:
            raise ValueError("a series without objects")

    @property
    def start(self) -> int:
        """Where the first object starts."""
        return self.objects[0].offset

    @property
    def end(self) -> int:
        """Where the last object ends."""
        return self.objects[-1].offset + self.objects[-1].size


class Joined:
    """The whole answer: the objects of each series, one after the other, under ``boundary``."""

    def __init__(self, boundary: str, series: Sequence[JoinedSeries]) -> None:
        self.boundary = boundary
        self.series = tuple(series)

    @cached_property
    def layout(self) -> Layout:
        """Its type, its length, and the bytes between the objects."""
        items = [
            Item(one.size, one.transfer_syntax) for series in self.series for one in series.objects
        ]
        return lay_out(self.boundary, items)

    def at(self, address: Callable[[str], str]) -> Joined:
        """The same, with the address of each body in the place of its key."""
        return Joined(
            self.boundary, [replace(one, source=address(one.source)) for one in self.series]
        )

    def encode(self) -> bytes:
        """UTF-8 JSON; :func:`decode` gives an equal answer back."""
        syntaxes = sorted({one.transfer_syntax for each in self.series for one in each.objects})
        number = {syntax: at for at, syntax in enumerate(syntaxes)}
        facts = {
            "form": _FORM,
            "boundary": self.boundary,
            "transfer_syntaxes": syntaxes,
            "series": [
                {
                    "source": each.source,
                    "objects": [
                        [one.offset, one.size, number[one.transfer_syntax]] for one in each.objects
                    ],
                }
                for each in self.series
            ],
        }
        return json.dumps(facts, separators=(",", ":")).encode()

    def cuts(self) -> Iterator[tuple[JoinedSeries, Cut]]:
        """Each series, and how its objects are cut out of its body."""
        first = 0
        for one in self.series:
            after = first + len(one.objects)
            yield one, Cut(one, self.layout.heads[first:after])
            first = after


def decode(data: bytes) -> Joined:
    """Read an answer that :meth:`Joined.encode` wrote; ValueError for anything else."""
    try:
        facts: dict[str, Any] = json.loads(data)
        if facts["form"] != _FORM:
            raise ValueError("a joining of another form")
        syntaxes = [str(one) for one in facts["transfer_syntaxes"]]
        series = [
            JoinedSeries(
                source=str(each["source"]),
                objects=tuple(
                    JoinedObject(int(offset), int(size), syntaxes[int(number)])
                    for offset, size, number in each["objects"]
                ),
            )
            for each in facts["series"]
        ]
        return Joined(str(facts["boundary"]), series)
    except (LookupError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError(f"no joining: {type(error).__name__}") from None


class Cut:
    """The objects of one series with their new heads, cut out of its body while that comes.

    ``position`` is where the next byte of the body is expected, from the first object on: a stream
    that breaks is taken up there.
    """

    def __init__(self, series: JoinedSeries, heads: Sequence[bytes]) -> None:
        self.position = series.start
        self._left = list(zip(series.objects, heads, strict=True))
        self._left.reverse()
        self._inside = False

    @property
    def whole(self) -> bool:
        """True once the last byte of the last object has come."""
        return not self._left

    def feed(self, chunk: bytes) -> Iterator[memoryview | bytes]:
        """The part of the next bytes of the body that goes out, with the heads in their places."""
        view, base = memoryview(chunk), self.position
        end = base + len(view)
        while self._left:
            one, head = self._left[-1]
            if not self._inside:
                if one.offset >= end:
                    break
                self._inside = True
                yield head
            first, last = max(one.offset, base), min(one.offset + one.size, end)
            yield view[first - base : last - base]
            if one.offset + one.size > end:
                break
            self._left.pop()
            self._inside = False
        self.position = end
