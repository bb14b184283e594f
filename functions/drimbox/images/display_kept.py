"""The facts of display of a cached series, kept beside its index: made once, at the end of a fill.

A page opens a series of a thousand objects without a look at any of them.
"""

from __future__ import annotations

import gzip
import json
import mmap
import zlib
from typing import TYPE_CHECKING, Any, Final

from functions.drimbox.errors import StorageUnavailable
from functions.drimbox.images.display import display_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from functions.drimbox.images.cache_keys import SeriesKeys
    from functions.drimbox.images.display import Display
    from functions.drimbox.images.part10 import ObjectFacts
    from functions.drimbox.ports import CacheStore

MAX_BYTES: Final = 64 * 1024 * 1024


def write_display(path: Path, instances: Iterable[tuple[ObjectFacts, Path]]) -> None:
    """Write the facts of each object (in Explicit VR) as a gzipped JSON array, in order."""
    path.write_bytes(keep_display([_display(facts, instance) for facts, instance in instances]))


def keep_display(displays: Sequence[Display]) -> bytes:
    """The same array, of the facts of each object; the same facts give the same bytes."""
    text = json.dumps(displays, separators=(",", ":")).encode()
    return gzip.compress(text, compresslevel=6, mtime=0)


def read_display(store: CacheStore, keys: SeriesKeys) -> list[Display] | None:
    """The facts of each object, in the index's order; None where they are not kept.

    Raises StorageUnavailable, also for bytes that are not ours.
    """
    data = store.get(keys.display, max_bytes=MAX_BYTES)
    if data is None:
        return None
    inflater = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
    try:
        found: Any = json.loads(inflater.decompress(data, MAX_BYTES))
    except (zlib.error, ValueError, RecursionError):
        raise StorageUnavailable("the display of a cached series cannot be read") from None
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise StorageUnavailable("the display of a cached series cannot be read")
    return found


def _display(facts: ObjectFacts, path: Path) -> Display:
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        return display_of(data, facts)
