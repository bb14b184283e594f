"""Components of the operators' pages that show a publication: its state, its link, its sender."""

from __future__ import annotations

from typing import Final

from functions.drimbox.pages.kit.area import Text
from functions.drimbox.pages.kit.html import Html, tag
from functions.drimbox.pages.kit.layout import Layout
from functions.drimbox.publication.ports import Outcome
from functions.drimbox.tenants.model import SenderPolicy, Tenant

# A publication's or a study's state: its words, and the class that colours it.
STATES: Final[dict[str, tuple[Text, str]]] = {
    Outcome.HELD: (("Retenue", "Held"), "bad"),
    "unknown": (("Sort inconnu", "Unknown"), "bad"),
    "stalled": (("Bloquée", "Stalled"), "bad"),
    Outcome.IN_PROGRESS: (("En cours", "In progress"), "wait"),
    Outcome.PUBLISHED: (("Publiée", "Published"), "good"),
    Outcome.WITHDRAWN: (("Retirée", "Withdrawn"), "plain"),
    Outcome.UNCHANGED: (("Inchangée", "Unchanged"), "plain"),
    Outcome.SUPERSEDED: (("Dépassée", "Superseded"), "plain"),
    "ignored": (("Ignorée", "Ignored"), "plain"),
}
# A message's identifier is shown by its beginning; links and forms carry it whole.
SHOWN: Final = 12


def state_label(layout: Layout, name: str) -> Html:
    """A state as a coloured word."""
    words, colour = STATES[name]
    return tag("span", layout.text(words), class_=f"state {colour}")


def publication_link(layout: Layout, message_id: str) -> Html:
    """A link to a publication."""
    return tag(
        "a",
        tag("code", message_id[:SHOWN]),
        href=layout.path(f"/publications/{message_id}"),
    )


def sender_options(tenant: Tenant, *policies: SenderPolicy) -> list[tuple[str, str]]:
    """The declared senders of these policies (of any without one): value and words."""
    return [
        (f"{one.application}|{one.facility}", f"{one.application} · {one.facility}")
        for one in tenant.senders
        if not policies or one.policy in policies
    ]
