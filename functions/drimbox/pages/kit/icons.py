"""The icons of the pages: drawn once in a page, used by name, and hidden from screen readers."""

from __future__ import annotations

from typing import Final

from functions.drimbox.pages.kit.html import Html, tag

_LINE: Final = {
    "fill": "none",
    "stroke": "currentColor",
    "stroke-width": "1.5",
    "stroke-linecap": "round",
    "stroke-linejoin": "round",
}
_DRAWN: Final = {
    "report": "M4 1.5h5.5L12.5 4.5v10H4zM9.5 1.5v3h3M6 8h4.5M6 10.5h4.5",
    "compare": "M2 2.5h5v11H2zM9 2.5h5v11H9z",
}


def icon(name: str) -> Html:
    """One of the icons that :func:`drawings` draws."""
    return tag("svg", tag("use", href=f"#icon-{name}"), aria_hidden="true")


def drawings() -> Html:
    """The drawings, once in a page."""
    drawn = (
        tag("symbol", tag("path", d=path, **_LINE), id=f"icon-{name}", viewBox="0 0 16 16")
        for name, path in _DRAWN.items()
    )
    return tag("svg", *drawn, class_="drawings", aria_hidden="true")
