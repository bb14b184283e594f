"""Shapes in a plane, in millimetres, and fields of soft noise, to make bodies of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Field: TypeAlias = NDArray[np.float32]
Mask: TypeAlias = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Plane:
    """``pixels`` squared over ``width`` mm, the centre at 0; ``x`` to the right of the picture,
    ``y`` down."""

    pixels: int
    width: float

    @property
    def spacing(self) -> float:
        """Millimetres from one pixel to the next."""
        return self.width / self.pixels

    @property
    def axis(self) -> Field:
        """The middles of the pixels."""
        step = np.arange(self.pixels, dtype=np.float32) - (self.pixels - 1) / 2
        return np.asarray(step * self.spacing, dtype=np.float32)

    def inside(self, x: float, y: float, a: float, b: float) -> Mask:
        """The ellipse around (``x``, ``y``) with the half axes ``a`` and ``b``; nothing where one
        is not positive."""
        if a <= 0 or b <= 0:
            return np.zeros((self.pixels, self.pixels), dtype=np.bool_)
        return self.level(x, y, a, b) < 1

    def level(self, x: float, y: float, a: float, b: float) -> Field:
        """0 in the middle of that ellipse, 1 on its line, more outside."""
        axis = self.axis
        across, down = ((axis - x) / a) ** 2, ((axis - y) / b) ** 2
        return np.asarray(across[None, :] + down[:, None], dtype=np.float32)

    def disc(self, values: Field, x: float, y: float, radius: float, value: float) -> None:
        """Draw a small disc with a soft edge of one pixel: only its own pixels are looked at."""
        reach = radius + self.spacing
        half = (self.pixels - 1) / 2
        low = [int(np.floor((c - reach) / self.spacing + half)) for c in (x, y)]
        high = [int(np.ceil((c + reach) / self.spacing + half)) + 1 for c in (x, y)]
        if min(high) <= 0 or max(low) >= self.pixels:
            return
        (left, top), (right, bottom) = (
            [max(0, v) for v in low],
            [min(self.pixels, v) for v in high],
        )
        axis = self.axis
        distance = np.hypot(axis[None, left:right] - x, axis[top:bottom, None] - y)
        share = np.clip((radius - distance) / self.spacing + 0.5, 0, 1)
        part = values[top:bottom, left:right]
        part += share * (value - part)


def soft_noise(random: np.random.Generator, pixels: int, cells: int) -> Field:
    """A smooth field of about ±1 with ``cells`` hills across."""
    coarse = random.standard_normal((cells + 1, cells + 1)).astype(np.float32)
    place = np.linspace(0, cells - 1e-3, pixels, dtype=np.float32)
    low = place.astype(np.int64)
    share = place - low
    share = share * share * (3 - 2 * share)
    rows = coarse[low] * (1 - share)[:, None] + coarse[low + 1] * share[:, None]
    smooth = rows[:, low] * (1 - share)[None, :] + rows[:, low + 1] * share[None, :]
    return np.asarray(smooth, dtype=np.float32)


def section(radius: float, distance: float) -> float:
    """The radius of a sphere's circle at ``distance`` of its middle, 0 outside."""
    return float(np.sqrt(max(0.0, radius * radius - distance * distance)))


def shrink(distance: float, reach: float) -> float:
    """By how much an ellipsoid of half axis ``reach`` is smaller at ``distance``: 1 to 0."""
    return float(np.sqrt(max(0.0, 1 - (distance / reach) ** 2)))
