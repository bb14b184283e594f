"""The masks of a film of vessels: the frames that are taken away from each frame (PS3.3 C.7.6.10).

A mask is told frame by frame, or not at all: a viewer that has none shows the frames as they are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from functions.drimbox.images.display_attributes import (
    MASKS,
    has_group,
    is_present,
    items,
    values,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from functions.drimbox.images.dicom_json import Attributes
    from functions.drimbox.images.display_attributes import Values

# Frames of one mask.
MAX_FRAMES: Final = 64
_OPERATION, _RANGE, _NUMBERS = 0x00286101, 0x00286102, 0x00286110
_AVERAGED, _SHIFT, _OFFSET = 0x00286112, 0x00286114, 0x00286120
# Elements that mean something other when nobody could read them.
_MEANT: Final = (_RANGE, _NUMBERS, _AVERAGED, _SHIFT)
# Shifts of each frame, in functional groups (PS3.3 C.7.6.16.2.14).
_FRAME_SHIFTS: Final = 0x00289415


class _Operation(NamedTuple):
    """One item: its name, the frames for which it holds (none: all of them), the frames of its
    mask, and the distance to the mask's frame."""

    name: str
    ranges: tuple[tuple[int, int], ...]
    numbers: tuple[int, ...]
    offset: int

    def holds(self, frame: int) -> bool:
        return not self.ranges or any(first <= frame <= last for first, last in self.ranges)


def frame_masks(root: Attributes, count: int) -> list[Values]:
    """For each of ``count`` frames ``mask``: the numbers, from 1, of the frames whose mean is
    subtracted from it. A frame without a mask has none; an empty list when no frame has one.

    The first item that holds for a frame decides. A mask that is shifted, one for the mean of
    several frames, and one of an unknown kind are none.
    """
    if has_group(root, _FRAME_SHIFTS):
        return []
    operations = [_operation(item) for item in items(root, MASKS)]
    found: list[Values] = []
    for frame in range(1, count + 1):
        one = next((one for one in operations if one.holds(frame)), None)
        numbers = _MASKS[one.name](one, frame) if one and one.name in _MASKS else ()
        known = len(numbers) <= MAX_FRAMES and all(1 <= number <= count for number in numbers)
        found.append({"mask": list(numbers)} if numbers and known else {})
    return found if any(found) else []


def with_masks(own: Sequence[Values], masks: Sequence[Values]) -> list[Values]:
    """The frames' own attributes and their masks; either list may be empty."""
    if not own or not masks:
        return list(own or masks)
    return [{**one, **mask} for one, mask in zip(own, masks, strict=True)]


def _operation(item: Attributes) -> _Operation:
    pairs = _integers(item, _RANGE)
    ranges = tuple(zip(pairs[::2], pairs[1::2], strict=False))
    averaged, offset = _integers(item, _AVERAGED), _integers(item, _OFFSET)
    name = next(iter(values(item, _OPERATION)), "")
    unread = any(is_present(item, tag) and not values(item, tag) for tag in _MEANT)
    shifted = values(item, _SHIFT) not in ([], [0, 0])
    if unread or len(pairs) % 2 or shifted or averaged not in ((), (1,)):
        name = ""
    return _Operation(name, ranges, _integers(item, _NUMBERS), offset[0] if offset else 1)


def _integers(item: Attributes, tag: int) -> tuple[int, ...]:
    """All values of an element; none when one of them is no whole number."""
    given = values(item, tag)
    return tuple(given) if all(isinstance(one, int) for one in given) else ()


def _reversed(one: _Operation, frame: int) -> tuple[int, ...]:
    """The later the frame, the earlier its mask. The range must be there."""
    if not one.ranges:
        return ()
    first = one.ranges[0][0]
    return ((first - one.offset) - (frame - first),)


_MASKS: Final[dict[str, Callable[[_Operation, int], tuple[int, ...]]]] = {
    "AVG_SUB": lambda one, _: one.numbers,
    "TID": lambda one, frame: (frame - one.offset,),
    "REV_TID": _reversed,
}
