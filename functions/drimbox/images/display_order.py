"""The order in which a reader scrolls through the frames of a series."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from functions.drimbox.images.display_attributes import Values

# Slices nearer to each other, in mm, stand at one place: phases of one slice.
_SAME_PLACE: Final = 0.01
_PARALLEL: Final = 1e-3


class Frame(NamedTuple):
    """One frame: its object's number and UID, its own number there from 1, the attributes that hold
    for it, and where its bytes are: the number of an object that is read, then ranges of it."""

    number: int | None
    uid: str
    within: int
    attributes: Values
    where: list[Any]


def display_order(frames: Sequence[Frame]) -> tuple[list[Frame], bool]:
    """The frames in display order, and whether that is their order in space.

    Parallel slices of one space are ordered along their normal, in the direction in which their
    numbers run; phases of one place by number. All others are ordered by number.
    """
    read = sorted(frames, key=_reading_order)
    places = _along_normal(read)
    if places is None:
        return read, False
    middle = sum(places) / len(places)
    centre = (len(places) - 1) / 2
    # The sign of the covariance of number and place.
    runs = sum((rank - centre) * (place - middle) for rank, place in enumerate(places))
    sign = -1 if runs < 0 else 1
    order = sorted(
        range(len(read)), key=lambda rank: (sign * round(places[rank] / _SAME_PLACE), rank)
    )
    return [read[rank] for rank in order], True


def _reading_order(frame: Frame) -> tuple[bool, int, str, int]:
    return frame.number is None, frame.number or 0, frame.uid, frame.within


def _along_normal(frames: Sequence[Frame]) -> list[float] | None:
    """Each frame's place along the common normal in mm, None when they have none or one place."""
    all_attributes = [frame.attributes for frame in frames]
    placed = all({"position", "orientation"} <= one.keys() for one in all_attributes)
    if not placed or not all_attributes:
        return None
    first = all_attributes[0]
    for one in all_attributes:
        apart = max(
            abs(a - b) for a, b in zip(one["orientation"], first["orientation"], strict=True)
        )
        if apart > _PARALLEL or one.get("space") != first.get("space"):
            return None
    normal = _cross(first["orientation"][:3], first["orientation"][3:])
    places = [_dot(normal, one["position"]) for one in all_attributes]
    return places if max(places) - min(places) > _SAME_PLACE else None


def _dot(a: Sequence[float], b: Sequence[float]) -> float:
    return sum(one * other for one, other in zip(a, b, strict=True))


def _cross(a: Sequence[float], b: Sequence[float]) -> tuple[float, float, float]:
    return (a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0])
