"""The palette of a PALETTE COLOR image (PS3.3 C.7.9)."""

from __future__ import annotations

from base64 import b64decode, b64encode
from typing import TYPE_CHECKING, Any, Final

from functions.drimbox.images.display_attributes import values

if TYPE_CHECKING:
    from functions.drimbox.images.dicom_json import Attributes

# Bytes of the largest table of one colour: 65536 entries of 16 bits.
MAX_TABLE_BYTES: Final = 128 * 1024
_COLOURS: Final = ("red", "green", "blue")
_DESCRIPTORS: Final = 0x00281101
_TABLES: Final = 0x00281201
PALETTE: Final = frozenset(
    start + number for start in (_DESCRIPTORS, _TABLES) for number in range(len(_COLOURS))
)


def palette(root: Attributes) -> dict[str, Any] | None:
    """First mapped value, bits of an entry (8 or 16), and the three tables (base64, little-endian);
    None when there is none, or not one that is whole, or one that shows nothing.

    Segmented tables (PS3.3 C.7.9.2) are none: they stand in other attributes.
    """
    described = [values(root, _DESCRIPTORS + number) for number in range(3)]
    if described[0] != described[1] or described[0] != described[2] or len(described[0]) != 3:
        return None
    entries, first, bits = described[0]
    # PS3.3 C.7.6.3.1.5: 0 means 65536.
    size = (entries or 0x10000) * bits // 8
    found: dict[str, Any] = {"first": first, "bits": bits}
    upper = False
    for number, colour in enumerate(_COLOURS):
        binary = root.get(f"{_TABLES + number:08X}", {}).get("InlineBinary", "")
        table = b64decode(binary)
        if bits not in {8, 16} or len(table) not in {size, size + size % 2}:
            return None
        found[colour] = b64encode(table[:size]).decode("ascii")
        upper |= bits == 8 or any(table[1:size:2])
    # The upper byte is the colour: eight bits in entries of sixteen would make a black picture.
    return found if upper else None
