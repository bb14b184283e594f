"""The messages that the gateway refused: when, whose, which, and why; nothing of their content."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from functions.drimbox.pages.kit import components
from functions.drimbox.pages.kit.html import Html, join, tag
from functions.drimbox.pages.kit.times import since
from functions.drimbox.pages.operations import texts

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from zoneinfo import ZoneInfo

    from functions.drimbox.pages.kit.layout import Layout
    from functions.drimbox.tenants.model import Tenant

_COLUMNS = (
    ("control_id", "tight"),
    ("why", ""),
    ("place", ""),
    ("sender", ""),
    ("at", "tight"),
    ("times", "number"),
)


def refused_page(
    layout: Layout, facts: Mapping[str, Any], *, tenant: Tenant, now: datetime
) -> bytes:
    """The page of ``operations.viewing_refused.list_refused``'s facts."""

    def say(name: str) -> str:
        return layout.say(texts.REFUSED, name)

    listed, following = facts["refused"], facts["next"]
    href = layout.path("/refused", after=following or "")
    return layout.document(
        say("title"),
        tag("p", tag("a", layout.say(texts.PUBLICATION, "back"), href=layout.path())),
        tag("p", say("what")),
        refused_list(layout, listed, now=now, zone=tenant.time_zone)
        if listed
        else components.notice(say("none"), "good"),
        tag("p", tag("a", layout.say(texts.QUEUE, "more"), href=href, rel="next"))
        if following
        else "",
    )


def refused_list(
    layout: Layout, listed: Sequence[Mapping[str, Any]], *, now: datetime, zone: ZoneInfo
) -> Html:
    """The refusals as a table."""

    def row(one: Mapping[str, Any]) -> tuple[str, ...]:
        at = datetime.fromisoformat(one["at"])
        return (
            tag("code", one["control_id"]),
            _why(layout, one),
            tag("code", _place(one["location"])),
            join(*(tag("div", part) for part in one["sender"].split("|") if part)),
            since(at, now, zone, layout.language),
            str(one["times"]),
        )

    columns = [
        components.Column(layout.say(texts.REFUSED, name), class_) for name, class_ in _COLUMNS
    ]
    return components.listing(layout.say(texts.REFUSED, "caption"), columns, map(row, listed))


def _place(location: str) -> str:
    """ERR-2 (segment, its number, field, …) as a person writes it: PID-3, OBX[2]-5."""
    segment, *rest = location.split("^")
    number, field = [*rest, "", ""][:2]
    named = segment if number in {"", "1"} else f"{segment}[{number}]"
    return f"{named}-{field}" if field else named


def _why(layout: Layout, one: Mapping[str, Any]) -> Html:
    return join(
        tag("div", tag("strong", layout.words(one["words"]))),
        tag("div", layout.words(one["todo"])),
        tag("small", tag("code", one["code"]), f" {one['clause']}"),
    )
