"""Pixels that look and compress like real ones: noisy slices, angiograms and scintigrams."""

from __future__ import annotations

import hashlib
from typing import Final

import numpy as np
from numpy.typing import NDArray

# Noise of this deviation makes JPEG-LS need about 4.9 bits per pixel: 160 kB for 512x512.
CT_NOISE: Final = 5.0


def generator(*parts: str) -> np.random.Generator:
    """A random generator seeded by ``parts``: the same parts give the same pixels."""
    seed = hashlib.sha256("\x1f".join(parts).encode()).digest()
    return np.random.Generator(np.random.PCG64(int.from_bytes(seed[:8], "big")))


def _radius(pixels: int, x: float = 0.0, y: float = 0.0) -> NDArray[np.float32]:
    """Distance of each pixel from (``x``, ``y``), the image spanning -1 to 1."""
    axis = np.linspace(-1, 1, pixels, dtype=np.float32)
    distance: NDArray[np.float32] = np.hypot(axis[None, :] - x, axis[:, None] - y)
    return distance


def ct_slice(random: np.random.Generator, pixels: int, height: float) -> NDArray[np.uint16]:
    """A head in air, 12 bits, HU + 1024; ``height`` in 0..1 is the slice's place."""
    head = 0.45 + 0.4 * float(np.sin(np.pi * (0.15 + 0.7 * height)))
    radius = _radius(pixels)
    values = np.full((pixels, pixels), 60, dtype=np.float32)
    values[radius < head] = 1900
    values[radius < head - 0.06] = 1062
    values[_radius(pixels, 0.1, 0.05) < head * 0.25] = 1034
    values += random.standard_normal((pixels, pixels), dtype=np.float32) * CT_NOISE
    return np.clip(values, 0, 4095).astype(np.uint16)


def mr_slice(random: np.random.Generator, pixels: int, height: float) -> NDArray[np.uint16]:
    """A knee, 12 bits, arbitrary signal; ``height`` in 0..1 is the slice's place."""
    radius = _radius(pixels, 0, 0.1 * height)
    signal = np.where(radius < 0.7, 900 * np.cos(radius) + 200 * np.cos(9 * radius), 10)
    noise = random.standard_normal((2, pixels, pixels), dtype=np.float32) * 15
    magnitude: NDArray[np.float64] = np.hypot(signal + noise[0], noise[1])
    return np.clip(magnitude, 0, 4095).astype(np.uint16)


def xa_frames(random: np.random.Generator, pixels: int, frames: int) -> NDArray[np.uint8]:
    """Contrast running down a vessel, 8 bits."""
    axis = np.linspace(-1, 1, pixels, dtype=np.float32)
    vessel = np.abs(axis[None, :] - 0.3 * np.sin(4 * axis[:, None])) < 0.05
    images = 170 + random.standard_normal((frames, pixels, pixels), dtype=np.float32) * 4
    for index in range(frames):
        filled = vessel & (axis[:, None] < 2 * (index + 1) / frames - 1)
        images[index][filled] -= 90
    return np.clip(images, 0, 255).astype(np.uint8)


def nm_frames(random: np.random.Generator, pixels: int, frames: int) -> NDArray[np.uint16]:
    """Two lobes that emit, 16 bits, Poisson counts."""
    lobes = np.minimum(_radius(pixels, -0.25), _radius(pixels, 0.25))
    rate = 2 + 80 * np.exp(-((lobes / 0.2) ** 2))
    return random.poisson(rate, (frames, pixels, pixels)).astype(np.uint16)
