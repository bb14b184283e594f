"""Where a message is pasted, to see what would become of it."""

from __future__ import annotations

from typing import Final

from functions.drimbox.pages.kit import components
from functions.drimbox.pages.kit.html import tag
from functions.drimbox.pages.kit.layout import Layout, Texts
from functions.drimbox.pages.operations.publication_components import (
    sender_options,
)
from functions.drimbox.tenants.model import Tenant

_TEXTS: Final[Texts] = {
    "title": ("Contrôler un message", "Check a message"),
    "what": (
        "Le message est lu comme s'il arrivait : réponse, défauts, ce qui serait publié.",
        "The message is read as if it arrived: the answer, the faults, what would be published.",
    ),
    "dry": (
        "Rien n'est envoyé ni conservé. Ni le PACS ni le DMP ne sont interrogés.",
        "Nothing is sent nor kept. Neither the PACS nor the DMP is asked.",
    ),
    "sender": ("Comme envoyé par", "As if sent by"),
    "message": ("Message HL7 v2 (à coller)", "HL7 v2 message (to paste)"),
    "check": ("Contrôler", "Check"),
}


def paste_page(layout: Layout, tenant: Tenant) -> bytes:
    """The form; its answer is the feed check's own page."""

    def say(name: str) -> str:
        return layout.say(_TEXTS, name)

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
