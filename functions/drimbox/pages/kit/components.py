"""Components that several pages are made of: tables, notices, fields of forms."""

from __future__ import annotations

from typing import TYPE_CHECKING

from functions.drimbox.pages.kit.html import Html, join, tag
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


@frozen
class Column:
    """A column of a listing: its heading, and the class of its cells ("" for none)."""

    head: str
    class_: str = ""


def listing(caption: str, columns: Sequence[Column], rows: Iterable[Sequence[str]]) -> Html:
    """A table of finished cells, whose rows stand as cards in a narrow window: each cell then says
    its column's name. The first cell names the row.

    The roles keep it a table for a screen reader where CSS shows its rows as blocks.
    """
    heads = [
        tag("th", one.head, scope="col", role="columnheader", **_classed(one)) for one in columns
    ]
    body = [
        tag(
            "tr",
            *(_listed(columns[at], cell, first=at == 0) for at, cell in enumerate(row)),
            role="row",
        )
        for row in rows
    ]
    return tag(
        "table",
        tag("caption", caption),
        tag("thead", tag("tr", *heads, role="row"), role="rowgroup"),
        tag("tbody", *body, role="rowgroup"),
        class_="listing",
        role="table",
    )


def _classed(column: Column) -> dict[str, str]:
    return {"class_": column.class_} if column.class_ else {}


def _listed(column: Column, cell: str, *, first: bool) -> Html:
    if first:
        return tag("th", cell, scope="row", role="rowheader", **_classed(column))
    return tag("td", cell, role="cell", data_label=column.head, **_classed(column))


def table(
    caption: str, heads: Sequence[str], rows: Iterable[str], *, numbers: Sequence[int] = ()
) -> Html:
    """A table whose rows are finished; ``numbers`` are the columns of figures, from 0."""
    cells = [
        tag("th", head, scope="col", **({"class_": "number"} if at in numbers else {}))
        for at, head in enumerate(heads)
    ]
    whole = tag(
        "table",
        tag("caption", caption),
        tag("thead", tag("tr", *cells)),
        tag("tbody", *rows),
    )
    return scrolled(caption, whole)


def scrolled(name: str, content: str) -> Html:
    """Content that may be wider than the window: it scrolls here, by keyboard too."""
    return tag("div", content, class_="scroll", tabindex="0", role="region", aria_label=name)


def facts(rows: Iterable[tuple[str, str]]) -> Html:
    """Names and values, without those that have none."""
    return tag(
        "table",
        tag(
            "tbody",
            *(
                tag("tr", tag("th", name, scope="row"), tag("td", value))
                for name, value in rows
                if value
            ),
        ),
        class_="facts",
    )


def notice(text: str, colour: str, *, role: str = "status") -> Html:
    """A sentence that stands out."""
    return tag("p", text, class_=f"notice {colour}", role=role)


def hidden(**values: str) -> Html:
    """Fields of a form that are not shown."""
    return join(
        *(tag("input", type="hidden", name=name, value=value) for name, value in values.items())
    )


def select(
    name: str, label: str, options: Iterable[tuple[str, str]], chosen: str = "", *, any_: str = ""
) -> Html:
    """A labelled choice; ``any_`` is what the empty one says, "" where something is chosen."""
    made = [
        tag("option", text, value=value, **({"selected": ""} if value == chosen else {}))
        for value, text in ((("", any_),) if any_ else ()) + tuple(options)
    ]
    return tag("div", tag("label", label, for_=name), tag("select", *made, id=name, name=name))


def entry_field(name: str, label: str, value: str = "", **attributes: str) -> Html:
    """A labelled input."""
    field = tag("input", id=name, name=name, value=value, **attributes)
    return tag("div", tag("label", label, for_=name), field)
