"""The value representation (VR) of an element that does not carry its own (PS3.5 A.1, PS3.6).

pydicom's data dictionary gives it. Where the dictionary leaves a choice, the choice is PS3.5's and
PS3.3's, and that of dcmtk where these say nothing. The bytes of a value are the same in either
case; a reader takes them as signed or unsigned, as bytes or words.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final, NamedTuple

PIXEL_REPRESENTATION: Final = 0x00280103
WAVEFORM_BITS_ALLOCATED: Final = 0x54001004

# Bytes of one word of a value; big-endian values are rows of such words (PS3.5 7.3).
WORD_BYTES: Final = {
    **dict.fromkeys((b"AT", b"OW", b"SS", b"US"), 2),
    **dict.fromkeys((b"FL", b"OF", b"OL", b"SL", b"UL"), 4),
    **dict.fromkeys((b"FD", b"OD", b"OV", b"SV", b"UV"), 8),
}


class Choice(NamedTuple):
    """A VR that depends on an attribute of the same data set, or of the nearest one around it:
    ``then`` when its value is ``value``, else ``otherwise``."""

    depends_on: int
    value: int
    then: bytes
    otherwise: bytes


_BY_SIGN: Final = Choice(PIXEL_REPRESENTATION, 1, b"SS", b"US")
_BY_BITS: Final = Choice(WAVEFORM_BITS_ALLOCATED, 8, b"OB", b"OW")
# The first and third value of these descriptors are unsigned whatever the pixels are (PS3.3
# C.7.6.3.1.5): a table of 65535 entries would be read as one of -1.
_UNSIGNED: Final = frozenset((*range(0x00281100, 0x00281104), *range(0x00281111, 0x00281114)))
_PIXEL_DATA: Final = 0x7FE00010
_CHOICES: Final = frozenset(("OB or OW", "US or OW", "US or SS", "US or SS or OW"))


@lru_cache(maxsize=4096)
def implicit_vr(tag: int) -> bytes | Choice:
    """The VR of ``tag`` in Implicit VR, ``UN`` when nobody knows it.

    A private creator is LO; every other private element is UN, since its meaning depends on its
    creator (PS3.5 6.2.2, 7.8).
    """
    # Explicit VR needs no dictionary, and pydicom takes 50 ms of a cold start.
    from pydicom.datadict import dictionary_VR  # noqa: PLC0415

    group, number = tag >> 16, tag & 0xFFFF
    if group % 2:
        return b"LO" if 0x10 <= number <= 0xFF else b"UN"
    try:
        named = dictionary_VR(tag)
    except KeyError:
        return b"UN"
    return _choose(tag, group, named) if named in _CHOICES else named.encode()


def _choose(tag: int, group: int, named: str) -> bytes | Choice:
    if named == "US or SS":
        return b"US" if tag in _UNSIGNED else _BY_SIGN
    if named != "OB or OW":
        # Data of lookup tables: words, however long the table is.
        return b"OW"
    if group == 0x5400:
        return _BY_BITS
    # Overlays and pixels are words (PS3.5 A.1); curves and sounds are bytes, as dcmtk has them.
    return b"OW" if tag == _PIXEL_DATA or group & 0xFF00 == 0x6000 else b"OB"
