"""Bodies made of ellipsoids: cut by any plane, or looked through along one axis."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from simulators.pacs.exams.shapes import Field

Point: TypeAlias = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Solid:
    """An ellipsoid of one ``tissue``: its middle and half axes in mm, in the patient's axes (left,
    back, head). ``tilt`` leans its long axis by so many mm to the left per mm to the head.
    """

    tissue: str
    middle: Point
    half: Point
    tilt: float = 0.0


@dataclass(frozen=True, slots=True)
class Cut:
    """A plane: the middle of its first pixel, the ways of a row and of a column, all mm."""

    corner: Point
    across: Point
    down: Point
    rows: int
    columns: int
    spacing: float

    def points(self) -> tuple[Field, Field, Field]:
        """The patient's coordinates of every pixel."""
        step = np.arange(self.columns, dtype=np.float32)[None, :] * self.spacing
        fall = np.arange(self.rows, dtype=np.float32)[:, None] * self.spacing
        x, y, z = (
            np.asarray(corner + across * step + down * fall, dtype=np.float32)
            for corner, across, down in zip(self.corner, self.across, self.down, strict=True)
        )
        return x, y, z


def cut(solids: Iterable[Solid], plane: Cut) -> dict[str, Field]:
    """Where each tissue is: the later solids lie in the earlier ones, and take their place."""
    x, y, z = plane.points()
    shape = (plane.rows, plane.columns)
    found: dict[str, Field] = {}
    for one in solids:
        (cx, cy, cz), (a, b, c) = one.middle, one.half
        level = (
            ((x - cx - one.tilt * (z - cz)) / a) ** 2 + ((y - cy) / b) ** 2 + ((z - cz) / c) ** 2
        )
        inside = np.broadcast_to(level < 1, shape)
        for share in found.values():
            share[inside] = 0
        found.setdefault(one.tissue, np.zeros(shape, dtype=np.float32))[inside] = 1
    return found


def looked_through(solids: Iterable[tuple[Solid, float]], plane: Cut, along: int) -> Field:
    """The sum of the lengths (mm) in each solid along an axis (0, 1 or 2), each times its weight;
    ``plane`` is at right angles to that axis.
    """
    places = plane.points()
    total = np.zeros((plane.rows, plane.columns), dtype=np.float32)
    left = [axis for axis in range(3) if axis != along]
    for one, weight in solids:
        level = np.zeros((1, 1), dtype=np.float32)
        for axis in left:
            offset = places[axis] - one.middle[axis]
            if axis == 0 and 2 in left:
                offset = offset - one.tilt * (places[2] - one.middle[2])
            level = level + (offset / one.half[axis]) ** 2
        total += weight * 2 * one.half[along] * np.sqrt(np.clip(1 - level, 0, None))
    return total
