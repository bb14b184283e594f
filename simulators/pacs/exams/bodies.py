"""A body in Hounsfield units, slice by slice: chest, abdomen, head; of one patient at any date.

The plane is the patient's: x grows to the left, y to the back; z, in mm, grows to the head.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import numpy as np

from simulators.pacs.exams.shapes import Field, Mask, Plane, section, shrink, soft_noise

AIR: Final = -1000.0
_FAT, _MUSCLE, _LUNG, _BONE, _MARROW = -95.0, 48.0, -865.0, 620.0, 210.0
# mm between two vertebrae.
_LEVEL: Final = 26.0
_BRANCHES: Final = 260


@dataclass(frozen=True, slots=True)
class Vessel:
    """One bead of a lung's vessel."""

    x: float
    y: float
    z: float
    radius: float


@dataclass(frozen=True, slots=True)
class Body:
    """``size`` is about 1; ``blood`` the enhancement of vessels in HU; ``nodule`` a diameter in mm.

    ``vessels`` are those of the lungs.
    """

    size: float
    blood: float
    nodule: float
    vessels: tuple[Vessel, ...] = field(repr=False, default=())


def vessels(random: np.random.Generator) -> tuple[Vessel, ...]:
    """Branches from both hila to the rim of the lungs."""
    found = []
    for number in range(_BRANCHES):
        side = -1 if number % 2 else 1
        start = np.array((side * 32.0, 8.0, random.uniform(-25, 25)))
        way = random.standard_normal(3) * (0.8, 1.1, 1.9) + (side * 0.9, 0, 0)
        end = start + way / np.linalg.norm(way) * random.uniform(50, 125)
        bend = random.standard_normal(3) * 6
        thick = random.uniform(1.2, 3.2)
        for share in np.linspace(0.05, 1, 50):
            x, y, z = start + (end - start) * share + bend * np.sin(np.pi * share)
            found.append(Vessel(float(x), float(y), float(z), float(thick * (1.15 - share))))
    return tuple(found)


NODULE_AT: Final = (-72.0, -12.0, 62.0)


def chest(plane: Plane, z: float, body: Body, thickness: float) -> Field:
    """From the diaphragm (z about -120) to the apex (z about 140)."""
    s = body.size
    wide = 172 * s + max(0.0, z - 60) * 0.12
    values = _trunk(plane, wide, 112 * s, 16)
    lungs = _lungs(plane, z, s)
    ribs = _ribs(plane, z, wide - 20, 94 * s)
    values[ribs & ~lungs] = _BONE * 0.75
    values[lungs] = _LUNG
    _mediastinum(plane, values, z, body)
    _under_diaphragm(plane, values, z, body)
    seen = [one for one in body.vessels if abs(one.z - z) < one.radius + thickness / 2]
    for one in seen:
        radius = max(section(one.radius, one.z - z), one.radius * 0.5)
        if _in_lung(values, plane, one.x, one.y):
            plane.disc(values, one.x, one.y, radius, 20 + body.blood * 0.3)
    _nodule(plane, values, z, body, thickness)
    _spine(plane, values, z, 74 * s)
    return values


def abdomen(plane: Plane, z: float, body: Body, cyst: float) -> Field:
    """From the pelvis (z about -150) to the dome of the liver (z about 130)."""
    s = body.size
    values = _trunk(plane, 168 * s, 118 * s, 26)
    cavity = plane.inside(0, -14, 132 * s, 80 * s)
    values[cavity] = _FAT
    _bowel(plane, values, z, s)
    right, left = shrink(z - 60, 95), shrink(z - 75, 60)
    values[plane.inside(-66 * s, -12, 78 * s * right, 70 * s * right)] = 58 + body.blood * 0.3
    values[plane.inside(-40, -58, 15 * shrink(z - 20, 30), 18 * shrink(z - 20, 30))] = 8
    values[plane.inside(96 * s, 22, 30 * s * left, 42 * s * left)] = 60 + body.blood * 0.35
    for side in (-1, 1):
        share = shrink(z + 5 - 6 * side, 58)
        values[plane.inside(side * 62 * s, 44, 28 * share, 32 * share)] = 40 + body.blood * 0.75
        values[plane.inside(side * 55 * s, 44, 11 * share, 14 * share)] = -40
    radius = section(cyst / 2, z - 8)
    if radius > 0:
        plane.disc(values, 84 * s, 40, radius, 6)
    values[plane.inside(9, 38, 11, 11)] = 45 + body.blood
    values[plane.inside(-20, 34, 12, 9)] = 45 + body.blood * 0.7
    _spine(plane, values, z, 72 * s)
    return values


def head(plane: Plane, z: float, body: Body) -> Field:
    """From the base (z about -60) to the vertex (z about 80)."""
    share = shrink(z - 10, 82)
    wide, deep = 76 * body.size * share, 92 * body.size * share
    values = np.full((plane.pixels, plane.pixels), AIR, dtype=np.float32)
    values[plane.inside(0, 0, wide, deep)] = 30
    values[plane.inside(0, 0, wide - 5, deep - 5)] = 950
    brain = plane.inside(0, 0, wide - 11, deep - 11)
    values[brain] = 38
    values[plane.inside(0, 0, (wide - 16) * 0.86, (deep - 16) * 0.9)] = 29
    opened = shrink(z - 18, 26)
    for side in (-1, 1):
        values[plane.inside(side * 11, -6, 6 * opened, 26 * opened) & brain] = 8
    values[plane.inside(0, 0, 0.9, deep - 14) & brain] = 62
    return values


def whole(plane: Plane, z: float, body: Body) -> Field:
    """From the thighs (z about -450) to the vertex (z about 400)."""
    if z > 245:
        return head(plane, z - 320, body)
    if z > 215:
        values = np.full((plane.pixels, plane.pixels), AIR, dtype=np.float32)
        values[plane.inside(0, 10, 62, 58)] = _MUSCLE
        values[plane.inside(0, 0, 9, 9)] = AIR
        _spine(plane, values, z, 34)
        return values
    if z > -55:
        return chest(plane, z - 75, body, 5)
    if z > -330:
        return abdomen(plane, z + 185, body, 0)
    values = np.full((plane.pixels, plane.pixels), AIR, dtype=np.float32)
    for side in (-1, 1):
        values[plane.inside(side * 82, 0, 76, 80)] = _FAT
        values[plane.inside(side * 82, 0, 64, 68)] = _MUSCLE
        values[plane.inside(side * 82, 0, 14, 14)] = _BONE * 2
    return values


def with_noise(values: Field, random: np.random.Generator, deviation: float) -> Field:
    """As a detector sees it: quantum noise, and soft unevenness of tissues."""
    noise = random.standard_normal(values.shape, dtype=np.float32) * deviation
    uneven = soft_noise(random, values.shape[0], 48) * (deviation * 0.4)
    return np.asarray(values + noise + uneven, dtype=np.float32)


def _trunk(plane: Plane, wide: float, deep: float, fat: float) -> Field:
    values = np.full((plane.pixels, plane.pixels), AIR, dtype=np.float32)
    # The table that the patient lies on.
    table = plane.inside(0, -320, 470, deep + 338) & ~plane.inside(0, -320, 470, deep + 332)
    values[table] = -350
    values[plane.inside(0, 0, wide, deep)] = 15
    values[plane.inside(0, 0, wide - 2, deep - 2)] = _FAT
    values[plane.inside(0, 0, wide - fat, deep - fat)] = _MUSCLE
    return values


def _lungs(plane: Plane, z: float, s: float) -> Mask:
    share = shrink(z - 5, 150)
    both = plane.inside(-78 * s, 2, 62 * s * share, 84 * s * share)
    both |= plane.inside(80 * s, 2, 58 * s * share, 82 * s * share)
    return both


def _in_lung(values: Field, plane: Plane, x: float, y: float) -> bool:
    half = (plane.pixels - 1) / 2
    column, row = (round(c / plane.spacing + half) for c in (x, y))
    inside = 0 <= column < plane.pixels and 0 <= row < plane.pixels
    return bool(inside and values[row, column] < -500)


def _ribs(plane: Plane, z: float, wide: float, deep: float) -> Mask:
    """Rings that go down to the front: a slice cuts several of them."""
    level = plane.level(0, 0, wide, deep)
    ring = (level < 1) & (level > 0.88)
    slope = z - 0.42 * plane.axis[:, None]
    bone: Mask = ring & (np.mod(slope, _LEVEL) < 10)
    return bone


def _mediastinum(plane: Plane, values: Field, z: float, body: Body) -> None:
    s, blood = body.size, body.blood
    soft = plane.inside(0, 10, 30 * s, 70 * s)
    values[soft] = -60
    heart = shrink(z + 55, 58)
    values[plane.inside(22 * s, -14, 62 * s * heart, 50 * s * heart)] = 45 + blood * 0.75
    values[plane.inside(34 * s, -18, 26 * heart, 24 * heart)] = 45 + blood
    if z > -40:
        values[plane.inside(-14, -8, 15, 15)] = 45 + blood
    values[plane.inside(22, 46, 12, 12)] = 45 + blood
    if 70 < z < 92:
        values[plane.inside(4, 20, 14, 34)] = 45 + blood
    for side in (-1, 1):
        spread = max(0.0, 25 - z) * 0.45
        if -45 < z < 25:
            values[plane.inside(side * (5 + spread), 18, 6.5, 7)] = AIR
    if z >= 25:
        values[plane.inside(0, 18, 9, 8)] = AIR
    values[plane.inside(8, 42, 6, 5)] = 35


def _under_diaphragm(plane: Plane, values: Field, z: float, body: Body) -> None:
    s = body.size
    right, left = shrink(z + 190, 105), shrink(z + 200, 100)
    values[plane.inside(-70 * s, -4, 72 * s * right, 84 * s * right)] = 58 + body.blood * 0.3
    values[plane.inside(74 * s, 4, 66 * s * left, 76 * s * left)] = 52 + body.blood * 0.2


def _nodule(plane: Plane, values: Field, z: float, body: Body, thickness: float) -> None:
    x, y, centre = NODULE_AT
    distance = max(0.0, abs(z - centre) - thickness / 2)
    radius = section(body.nodule / 2, distance)
    if radius > 0:
        plane.disc(values, x, y, radius, 42)


def _spine(plane: Plane, values: Field, z: float, y: float) -> None:
    disc = np.mod(z, _LEVEL) < 6
    values[plane.inside(0, y, 21, 17)] = 95 if disc else _BONE
    values[plane.inside(0, y, 18.5, 14.5)] = 85 if disc else _MARROW
    values[plane.inside(0, y + 27, 17, 13)] = _BONE * 0.8
    values[plane.inside(0, y + 26, 9, 8)] = 32
    if not disc:
        values[plane.inside(0, y + 44, 4, 12)] = _BONE * 0.7


def _bowel(plane: Plane, values: Field, z: float, s: float) -> None:
    """Loops that change slowly from slice to slice, some with air above the fluid."""
    for number in range(14):
        angle = number * 2.4
        x = float(np.cos(angle + z * 0.012)) * 84 * s
        y = -26 + float(np.sin(angle * 1.7 + z * 0.017)) * 44 * s
        size = 11 + 5 * float(np.sin(angle * 3 + z * 0.05))
        if abs(x) < 30 and y > 15:
            continue
        loop = plane.inside(x, y, size, size * 0.9)
        values[loop] = 38
        if number % 3 == 0:
            values[loop & (plane.axis[:, None] < y - size * 0.15)] = -780
