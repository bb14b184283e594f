"""HTML as values: a text becomes text, whatever is in it; only tags made here are tags."""

from __future__ import annotations

from html import escape
from typing import Final

DOCTYPE: Final = "<!doctype html>\n"
# Characters that change the order in which others are shown (UAX #9), or that nobody sees: a name
# that holds one would look like another. Each is shown as its code point.
_HIDDEN: Final = {
    code: f"[U+{code:04X}]"
    for first, last in ((0x061C, 0x061C), (0x200B, 0x200F), (0x202A, 0x202E), (0x2060, 0x2069))
    for code in range(first, last + 1)
} | {0xFEFF: "[U+FEFF]"}
_VOID: Final = frozenset({"br", "img", "input", "link", "meta"})


class Html(str):
    """Finished HTML. A plain str beside it is a text, escaped when it goes in."""

    __slots__ = ()


def tag(name: str, /, *children: str, **attributes: str) -> Html:
    """One element; ``class_`` is the attribute ``class``, ``aria_label`` is ``aria-label``."""
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(value)}"'
        for key, value in attributes.items()
    )
    if name in _VOID:
        return Html(f"<{name}{written}>")
    return Html(f"<{name}{written}>{join(*children)}</{name}>")


def join(*children: str) -> Html:
    """Several children, one after the other."""
    return Html("".join(one if isinstance(one, Html) else _shown(one) for one in children))


def _shown(text: str) -> str:
    return escape(text.translate(_HIDDEN))


def style(sheet: str) -> Html:
    """A style sheet of ours, as it is: its hash stands in the Content-Security-Policy."""
    return Html(f"<style>{sheet}</style>")
