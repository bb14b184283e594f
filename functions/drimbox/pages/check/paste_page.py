"""The forms in which an operator pastes a message, or a contextual call, to check it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from functions.drimbox.pages.check import texts
from functions.drimbox.pages.kit import components
from functions.drimbox.pages.kit.html import Html, tag
from functions.drimbox.pages.operations.publication_components import (
    sender_options,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from functions.drimbox.pages.kit.layout import Layout
    from functions.drimbox.tenants.model import Tenant

_FORM: Final = "application/x-www-form-urlencoded"


def paste_page(layout: Layout, tenant: Tenant) -> bytes:
    """Both forms; the answer to each is the feed check's own page."""
    return layout.document(
        layout.say(texts.PASTE, "title"),
        *_message_form(layout, tenant),
        tag("h2", layout.say(texts.PASTE_CALL, "title")),
        *_call_form(layout),
    )


def _message_form(layout: Layout, tenant: Tenant) -> Iterable[Html]:
    def say(name: str) -> str:
        return layout.say(texts.PASTE, name)

    yield tag("p", say("what"))
    yield tag("p", say("dry"))
    yield layout.form(
        "/check",
        "check",
        tag("p", components.select("sender", say("sender"), sender_options(tenant))),
        _pasted("message", say("message")),
        tag("p", tag("button", say("check"), class_="main")),
        class_="",
    )


def _call_form(layout: Layout) -> Iterable[Html]:
    def say(name: str) -> str:
        return layout.say(texts.PASTE_CALL, name)

    yield tag("p", say("what"))
    yield layout.form(
        "/check/context",
        "check",
        components.entry_field("content_type", say("content_type"), _FORM, size="60"),
        _pasted("call", say("call")),
        tag("p", tag("button", say("check"), class_="main")),
        class_="",
    )


def _pasted(name: str, label: str) -> Html:
    field = tag("textarea", id=name, name=name, required="", spellcheck="false", autocomplete="off")
    return tag("p", tag("label", label, for_=name), field, class_="wide")
