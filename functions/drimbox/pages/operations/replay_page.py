"""The page that an operator confirms before many publications of a dangerous cause are replayed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from functions.drimbox.operations.replaying import MOST_AT_ONCE
from functions.drimbox.pages.kit import components
from functions.drimbox.pages.kit.html import Html, join, tag
from functions.drimbox.pages.operations import texts
from functions.drimbox.tenants.model import Operator, Permission

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from functions.drimbox.pages.kit.layout import Layout


def replay_label(layout: Layout, cause: Mapping[str, Any]) -> str:
    """The words of the act, with the number of studies."""
    name = "cause_one" if cause["studies"] == 1 else "cause"
    return layout.say(texts.QUEUE, name).format(count=cause["studies"])


def replay_page(
    layout: Layout, cause: Mapping[str, Any], *, operator: Operator, now: datetime
) -> bytes:
    """The page of one of ``operations.causes.list_causes``: how many there are, and the effects of
    a replay, which leaves out what is held after ``now``. Only an operator with the permission
    ``bulk`` is offered it.
    """

    def say(name: str) -> str:
        return layout.say(texts.REPLAY, name)

    held = layout.path(state="held", reason=cause["reason"])
    happens = [say("compared"), say("published"), say("stays"), say("left_out")]
    if cause["studies"] > MOST_AT_ONCE:
        happens.append(say("at_once").format(most=MOST_AT_ONCE))
    return layout.document(
        say("title"),
        tag("p", tag("a", say("back"), href=layout.path()), class_="crumbs"),
        components.facts(
            [
                (say("reason"), tag("strong", layout.words(cause["words"]))),
                (say("studies"), str(cause["studies"])),
                (say("todo"), layout.words(cause["todo"])),
            ]
        ),
        tag("h2", say("effects")),
        tag("ul", *(tag("li", one) for one in happens)),
        components.notice(say("danger"), "bad"),
        tag("p", tag("a", say("see"), href=held)),
        _form(layout, cause, now) if operator.may(Permission.BULK) else "",
    )


def _form(layout: Layout, cause: Mapping[str, Any], now: datetime) -> Html:
    tick = tag(
        "label",
        tag("input", type="checkbox", name="confirm", value="yes", required=""),
        tag("span", layout.say(texts.REPLAY, "tick")),
        class_="check",
    )
    button = tag("button", replay_label(layout, cause), class_="danger")
    hidden = components.hidden(reason=cause["reason"], seen=now.isoformat())
    fields = join(hidden, tick, tag("p", button))
    return layout.form("", "replay_cause", fields, class_="")
