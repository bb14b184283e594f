"""Components of the operators' pages that show a publication: its state, its link, its sender."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from functions.drimbox.pages.kit.html import Html, tag
from functions.drimbox.pages.operations import texts
from functions.drimbox.publication.message_entry import Outcome, shown_id

if TYPE_CHECKING:
    from functions.drimbox.pages.kit.layout import Layout
    from functions.drimbox.tenants.model import SenderPolicy, Tenant

# The class that colours a publication's or a study's state.
_COLOURS: Final[dict[str, str]] = {
    Outcome.HELD: "bad",
    "unknown": "bad",
    "stalled": "bad",
    Outcome.IN_PROGRESS: "wait",
    Outcome.PUBLISHED: "good",
}


def state_label(layout: Layout, name: str) -> Html:
    """A state as a coloured word."""
    colour = _COLOURS.get(name, "plain")
    return tag("span", layout.say({**texts.STATES, **texts.FATES}, name), class_=f"state {colour}")



def publication_link(layout: Layout, message_id: str) -> Html:
    """A link to a publication."""
    return tag(
        "a",
        tag("code", shown_id(message_id)),
        href=layout.path(f"/publications/{message_id}"),
    )


def sender_options(tenant: Tenant, *policies: SenderPolicy) -> list[tuple[str, str]]:
    """The declared senders of these policies (of any without one): value and words."""
    return [
        (f"{one.application}|{one.facility}", f"{one.application} · {one.facility}")
        for one in tenant.senders
        if not policies or one.policy in policies
    ]
