"""The first page of a professional who is signed in: identity, situation, the next step."""

from __future__ import annotations

from typing import TYPE_CHECKING

from functions.drimbox.pages.kit.components import facts
from functions.drimbox.pages.kit.html import tag
from functions.drimbox.pages.reading import texts
from functions.drimbox.pages.reading.situation_form import situation_form

if TYPE_CHECKING:
    from functions.drimbox.consultation.situations import Situation
    from functions.drimbox.identity.health_professional import HealthProfessional
    from functions.drimbox.pages.kit.layout import Layout


def home_page(
    layout: Layout,
    professional: HealthProfessional,
    among: tuple[Situation, ...],
    current: Situation | None,
) -> bytes:
    """The page. ``among`` are the professional's situations here, ``current`` the one that counts,
    None while nobody has chosen.
    """
    situation = current.structure_name if current else layout.say(texts.HOME, "not_chosen")
    return layout.document(
        layout.say(texts.HOME, "title"),
        facts(
            [
                (layout.say(texts.HOME, "name"), full_name(professional)),
                (layout.say(texts.HOME, "number"), professional.subject_name_id),
                (layout.say(texts.HOME, "situation"), situation),
            ]
        ),
        situation_form(layout, among, current.number if current else "") if len(among) > 1 else "",
        tag("p", layout.say(texts.HOME, "open")) if current else "",
    )


def full_name(professional: HealthProfessional) -> str:
    """The name to show; the national identifier where Pro Santé Connect gives no name."""
    name = f"{professional.given} {professional.family}".strip()
    return name or professional.subject_name_id


def visitor(professional: HealthProfessional, current: Situation | None) -> str:
    """The professional in the pages' header: name, and situation once it is known."""
    name = full_name(professional)
    return f"{name}, {current.structure_name}" if current else name
