"""The way to Pro Santé Connect: a button of words, or the official one that the operator supplies.

The artwork of Pro Santé Connect belongs to its publisher, and is not in this repository. Before the
deployment the operator puts one file into the folder ``artwork`` beside this module (``psc.svg`` or
``psc.png``, at most 30,000 bytes). It stands in the page's own bytes: nothing is loaded.
"""

from __future__ import annotations

from base64 import b64encode
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from functions.drimbox.pages.kit.html import Html, tag
from functions.drimbox.pages.kit.stylesheet import HEADERS

if TYPE_CHECKING:
    from collections.abc import Mapping

FOLDER: Final = Path(__file__).with_name("artwork")
TYPES: Final = {"psc.svg": "image/svg+xml", "psc.png": "image/png"}
MOST: Final = 30_000
# The headers of a page with the artwork: a picture may stand in the page's own bytes.
PICTURED: Final[Mapping[str, str]] = {
    **HEADERS,
    "Content-Security-Policy": f"{HEADERS['Content-Security-Policy']}; img-src data:",
}


@cache
def artwork(folder: Path = FOLDER) -> str:
    """The address (data:) of the operator's file; "" without one, or for one that is too large."""
    for name, media_type in TYPES.items():
        path = folder / name
        if path.is_file() and path.stat().st_size <= MOST:
            return f"data:{media_type};base64,{b64encode(path.read_bytes()).decode()}"
    return ""


def psc_button(words: str, way: str, source: str) -> Html:
    """The link to ``way``; ``source`` is the address of the artwork, whose text are the words."""
    if not source:
        return tag("a", words, href=way, class_="button main")
    return tag("a", tag("img", src=source, alt=words), href=way, class_="psc")
