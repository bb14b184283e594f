"""Lookup tables on the way from stored values to the screen (PS3.3 C.11.1, C.11.2)."""

from __future__ import annotations

import struct
from base64 import b64decode, b64encode
from typing import TYPE_CHECKING, Any, Final

from functions.drimbox.images.display_attributes import items, values

if TYPE_CHECKING:
    from functions.drimbox.images.dicom_json import Attributes
    from functions.drimbox.images.display_attributes import Values

# Entries of the largest table that goes with an image: an exam of many films has as many tables.
MAX_ENTRIES: Final = 16384
_MODALITY, _VOI = 0x00283000, 0x00283010
_DESCRIPTOR, _DATA = 0x00283002, 0x00283006


def tables(root: Attributes, whole: Values) -> Values:
    """``modality_table``: stored values to the modality's, in place of a rescaling; ``voi_table``:
    those to grey levels, where the object has no window. Each: ``first`` value mapped, ``bits`` of
    an entry, ``table`` (base64 of 16 bits, little-endian). One that is not understood is absent.
    """
    found: Values = {}
    if not {"slope", "intercept", "unread"} & whole.keys():
        found["modality_table"] = _table(root, _MODALITY)
    if "widths" not in whole:
        found["voi_table"] = _table(root, _VOI)
    return {name: table for name, table in found.items() if table}


def _table(root: Attributes, tag: int) -> dict[str, Any] | None:
    """The first item's table: the others are other views of the same image."""
    item = next(iter(items(root, tag)), {})
    described = values(item, _DESCRIPTOR)
    if len(described) != 3 or not all(isinstance(one, int) for one in described):
        return None
    count, first, bits = described[0] or 0x10000, described[1], described[2]
    data = _entries(item, count, bits)
    # An entry of more bits than it may have is a brighter pixel than white.
    if not data or count > MAX_ENTRIES or not 8 <= bits <= 16 or max(data) >= 1 << bits:
        return None
    packed = struct.pack(f"<{count}H", *data)
    return {"first": first, "bits": bits, "table": b64encode(packed).decode("ascii")}


def _entries(item: Attributes, count: int, bits: int) -> tuple[int, ...]:
    """As words; of 8 bits, also as bytes, two in a word. Nothing for any other number of them."""
    given = values(item, _DATA)
    if given:
        plain = all(isinstance(one, int) and 0 <= one < 0x10000 for one in given)
        return tuple(given) if plain and len(given) == count else ()
    binary = b64decode(item.get(f"{_DATA:08X}", {}).get("InlineBinary", ""))
    if len(binary) == 2 * count:
        return struct.unpack(f"<{count}H", binary)
    return tuple(binary[:count]) if bits == 8 and len(binary) == count + count % 2 else ()
