"""Lookup tables on the way from stored values to the screen (PS3.3 C.11.1, C.11.2)."""

from __future__ import annotations

import struct
from base64 import b64decode, b64encode
from itertools import accumulate
from typing import TYPE_CHECKING, Any, Final

from functions.drimbox.images.display_attributes import (
    FRAME_VOI,
    VOI_LUT,
    has_window,
    is_present,
    items,
    printable,
    shared_items,
    values,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from functions.drimbox.images.dicom_json import Attributes
    from functions.drimbox.images.display_attributes import Values

# Entries of the largest table that goes with an image, and of all that it offers beside: an exam of
# many films has as many tables.
MAX_ENTRIES: Final = 16384
# The most tables that an image offers beside the picture that it wants first.
MAX_OFFERED: Final = 4
MODALITY_LUT: Final = 0x00283000
# The elements of a table's item: descriptor, explanation, type, data.
DESCRIPTOR, EXPLANATION, DATA = 0x00283002, 0x00283003, 0x00283006
IN_TABLE: Final = frozenset({DESCRIPTOR, EXPLANATION, 0x00283004, DATA})
_WORDS: Final = 0x10000
Table = dict[str, Any]
"""``first`` value mapped, ``bits`` of an entry, ``table`` (base64 of 16 bits, little-endian). One
of contrast has its ``name`` too, "" without an explanation (0028,3003)."""
Ends = tuple[float, float]
"""The lowest and the highest value that pixels can have."""


def tables(root: Attributes, whole: Values) -> Values:
    """``modality_table``: stored values to the modality's, in place of a rescaling; ``voi_table``:
    those to grey levels, where the object has no window. Each is a :data:`Table`. One that is not
    understood, or that has no entry for any value, is absent.

    ``more_tables``: the other tables of contrast, which the reader may choose (PS3.3 C.11.2: tables
    and windows are alternatives). ``tables_left``: at least one cannot be chosen.
    """
    found: Values = {}
    if not {"slope", "intercept", "unread"} & whole.keys():
        given = table_of(next(iter(items(root, MODALITY_LUT)), {}))
        found["modality_table"] = given and placed_table(given, stored_ends(whole))
    ends = modality_ends({**whole, **found})
    levels = [root, *shared_items(root, FRAME_VOI)[:1]]
    own = [one for level in levels for one in items(level, VOI_LUT)]
    if not has_window(whole):
        first, *own = own or [{}]
        found["voi_table"] = _named(first, ends)
    offered = _offered(own, ends)
    found["more_tables"] = offered
    found["tables_left"] = len(offered) < len(own) or any(
        is_present(level, VOI_LUT) and not items(level, VOI_LUT) for level in levels
    )
    return {name: table for name, table in found.items() if table}


def _offered(own: Sequence[Attributes], ends: Ends) -> list[Table]:
    read = [table for one in own[:MAX_OFFERED] if (table := _named(one, ends))]
    sizes = accumulate(_count(one) for one in read)
    return [one for one, size in zip(read, sizes, strict=True) if size <= MAX_ENTRIES]


def _named(item: Attributes, ends: Ends) -> Table | None:
    given = table_of(item)
    placed = given and placed_table(given, ends)
    name = next(iter(values(item, EXPLANATION)), "")
    return placed and {**placed, "name": printable(name) if isinstance(name, str) else ""}


def _count(table: Table) -> int:
    return len(b64decode(table["table"])) // 2


def table_of(item: Attributes) -> Table | None:
    """The table of an item, None when it is not one that is whole."""
    described = values(item, DESCRIPTOR)
    if len(described) != 3 or not all(isinstance(one, int) for one in described):
        return None
    count, first, bits = described[0] or _WORDS, described[1], described[2]
    data = _entries(item, count, bits)
    # An entry of more bits than it may have is a brighter pixel than white.
    if not data or count > MAX_ENTRIES or not 8 <= bits <= 16 or max(data) >= 1 << bits:
        return None
    packed = struct.pack(f"<{count}H", *data)
    return {"first": first, "bits": bits, "table": b64encode(packed).decode("ascii")}


def placed_table(table: Table, ends: Ends) -> Table | None:
    """The table beside values between ``ends``; None when it has an entry for none of them.

    A file may have its first value under the wrong one of two VRs: the same 16 bits stand for
    64512 (US) and for -1024 (SS). The one beside the values is meant.
    """
    low, high = ends
    count = _count(table)
    given = table["first"]
    for first in (given, given - _WORDS if given > 0 else given + _WORDS):
        if first <= high and first + count > low:
            return {**table, "first": first}
    return None


def stored_ends(of: Values) -> Ends:
    """The ends of the values that an image's pixels have as they are stored."""
    bits = min(max(of.get("bits", 16), 1), 16)
    return (-(1 << bits - 1), (1 << bits - 1) - 1) if of.get("signed") else (0, (1 << bits) - 1)


def modality_ends(of: Values) -> Ends:
    """The ends of the modality's values: those of its table, or rescaled."""
    if table := of.get("modality_table"):
        return 0, (1 << table["bits"]) - 1
    low, high = sorted(one * of.get("slope", 1) + of.get("intercept", 0) for one in stored_ends(of))
    return low, high


def _entries(item: Attributes, count: int, bits: int) -> tuple[int, ...]:
    """As words; of 8 bits, also as bytes, two in a word. Nothing for any other number of them."""
    given = values(item, DATA)
    if given:
        plain = all(isinstance(one, int) and 0 <= one < _WORDS for one in given)
        return tuple(given) if plain and len(given) == count else ()
    binary = b64decode(item.get(f"{DATA:08X}", {}).get("InlineBinary", ""))
    if len(binary) == 2 * count:
        return struct.unpack(f"<{count}H", binary)
    return tuple(binary[:count]) if bits == 8 and len(binary) == count + count % 2 else ()
