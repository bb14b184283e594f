"""The form in which an operator pastes a message to check it."""

from __future__ import annotations

from functions.drimbox.pages.check import texts
from functions.drimbox.pages.kit import components
from functions.drimbox.pages.kit.html import tag
from functions.drimbox.pages.kit.layout import Layout
from functions.drimbox.pages.operations.publication_components import (
    sender_options,
)
from functions.drimbox.tenants.model import Tenant


def paste_page(layout: Layout, tenant: Tenant) -> bytes:
    """The form; its answer is the feed check's own page."""

    def say(name: str) -> str:
        return layout.say(texts.PASTE, name)

    field = tag(
        "textarea",
        id="message",
        name="message",
        required="",
        spellcheck="false",
        autocomplete="off",
    )
    return layout.document(
        say("title"),
        tag("p", say("what")),
        tag("p", say("dry")),
        layout.form(
            "/check",
            "check",
            tag("p", components.select("sender", say("sender"), sender_options(tenant))),
            tag("p", tag("label", say("message"), for_="message"), field, class_="wide"),
            tag("p", tag("button", say("check"), class_="main")),
            class_="",
        ),
    )
