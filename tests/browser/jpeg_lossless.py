"""An encoder of lossless JPEG (ITU-T T.81 H) for streams that no program at hand writes: every
predictor, restarts, values without their lowest bits.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Final

import numpy as np

from tests.browser.viewer_samples import Pixels

# Seventeen categories of differences, each under a code of five bits: no table could be plainer.
_CATEGORIES: Final = 17
_CODE_BITS: Final = 5


@dataclass(frozen=True)
class Lossless:
    """How a frame is written: its predictor (1 to 7), samples between two restarts (0: none), and
    the lowest bits that are cut off each value."""

    predictor: int = 1
    restart: int = 0
    point: int = 0


class _Bits:
    def __init__(self) -> None:
        self.out = bytearray()
        self.held, self.count = 0, 0

    def put(self, value: int, bits: int) -> None:
        self.held, self.count = self.held << bits | value, self.count + bits
        while self.count >= 8:
            self.count -= 8
            byte = self.held >> self.count & 0xFF
            self.out.append(byte)
            if byte == 0xFF:
                self.out.append(0)
        self.held &= (1 << self.count) - 1

    def end(self) -> None:
        if self.count:
            self.put((1 << 8 - self.count) - 1, 8 - self.count)


def lossless(pixels: Pixels, how: Lossless) -> bytes:
    """One frame (rows, columns; or RGB last) of unsigned values of 8 or 16 bits."""
    planes = pixels[..., None] if pixels.ndim == 2 else pixels
    rows, columns, samples = planes.shape
    precision = planes.dtype.itemsize * 8
    names = [1] if samples == 1 else list(b"RGB")
    frame = struct.pack(">BHHB", precision, rows, columns, samples)
    frame += b"".join(bytes([name, 0x11, 0]) for name in names)
    scan = bytes([samples, *(part for name in names for part in (name, 0))])
    scan += bytes([how.predictor, 0, how.point])
    table = bytes([0, *(_CATEGORIES if bits == _CODE_BITS else 0 for bits in range(1, 17))])
    table += bytes(range(_CATEGORIES))
    restarts = _segment(0xDD, struct.pack(">H", how.restart)) if how.restart else b""
    head = _segment(0xC3, frame) + _segment(0xC4, table) + restarts + _segment(0xDA, scan)
    values = planes.astype(np.int64) >> how.point
    return b"\xff\xd8" + head + _entropy(values, precision - how.point, how) + b"\xff\xd9"


def _segment(marker: int, content: bytes) -> bytes:
    return bytes([0xFF, marker]) + struct.pack(">H", len(content) + 2) + content


def _entropy(values: Pixels, precision: int, how: Lossless) -> bytes:
    rows, columns, samples = values.shape
    bits, done, fresh = _Bits(), 0, 0
    for row in range(rows):
        for column in range(columns):
            at = row * columns + column
            if how.restart and at and at % how.restart == 0:
                bits.end()
                bits.out += bytes([0xFF, 0xD0 + done % 8])
                done, fresh = done + 1, row
            for sample in range(samples):
                plane = values[..., sample]
                if column or row > fresh:
                    found = _predicted(plane[fresh:], row - fresh, column, how.predictor)
                else:
                    found = 1 << precision - 1
                _put(bits, int(plane[row, column]) - found)
    bits.end()
    return bytes(bits.out)


def _predicted(plane: Pixels, row: int, column: int, predictor: int) -> int:
    """The prediction; in the first row nothing above is known, in the first column nothing left."""
    if not row:
        return int(plane[row, column - 1])
    above = int(plane[row - 1, column])
    if not column:
        return above
    left, corner = int(plane[row, column - 1]), int(plane[row - 1, column - 1])
    return {
        1: left,
        2: above,
        3: corner,
        4: left + above - corner,
        5: left + (above - corner >> 1),
        6: above + (left - corner >> 1),
        7: left + above >> 1,
    }[predictor]


def _put(bits: _Bits, difference: int) -> None:
    """The category of a difference modulo 65536, then its bits."""
    near = (difference + 0x8000) % 0x10000 - 0x8000
    category = 16 if near == -0x8000 else abs(near).bit_length()
    bits.put(category, _CODE_BITS)
    if 0 < category < 16:
        bits.put(near if near > 0 else near + (1 << category) - 1, category)
