"""A publication's state, its link, and the senders that an operator may choose."""

from __future__ import annotations

from dataclasses import replace

import pytest
from lxml import html

from functions.drimbox.pages.kit.layout import Layout
from functions.drimbox.pages.operations import texts
from functions.drimbox.pages.operations.area import OPERATIONS
from functions.drimbox.pages.operations.publication_components import (
    publication_link,
    sender_options,
    state_label,
)
from functions.drimbox.tenants.model import Sender, SenderPolicy
from tests.fakes.world import ISSUER, SUBJECT, TENANT

LAYOUT = Layout(OPERATIONS, "site", "Site", "en")


@pytest.mark.parametrize("name", texts.STATES)
def test_every_state_has_a_word_and_needy_ones_a_colour(name: str) -> None:
    label = html.fragment_fromstring(state_label(LAYOUT, name))
    colour = {"held": "bad", "unknown": "bad", "stalled": "bad", "in_progress": "wait"}
    assert label.text == texts.STATES[name].en
    expected = colour.get(name, "good" if name == "published" else "plain")
    assert label.get("class") == f"state {expected}"


def test_a_link_shows_the_beginning_and_leads_to_the_whole() -> None:
    link = html.fragment_fromstring(publication_link(LAYOUT, "0123456789ab" + "f" * 20))
    assert link.findtext("code") == "0123456789ab"
    assert link.get("href").endswith(f"/operations/publications/0123456789ab{'f' * 20}")


def test_senders_are_offered_by_their_policy() -> None:
    first, second = SenderPolicy
    senders = (
        Sender("RIS", "A", SUBJECT, ISSUER, first),
        Sender("RIS", "B", SUBJECT, ISSUER, second),
    )
    tenant = replace(TENANT, senders=senders)
    assert sender_options(tenant) == [("RIS|A", "RIS · A"), ("RIS|B", "RIS · B")]
    assert sender_options(tenant, second) == [("RIS|B", "RIS · B")]


def test_a_sender_of_several_certificates_is_offered_once() -> None:
    """His own and his site's agent's: the page offered him twice."""
    other = "CN=salle-1,OU=demo,O=DRIMbox agents"
    senders = (Sender("RIS", "A", SUBJECT, ISSUER), Sender("RIS", "A", other, ISSUER))
    assert sender_options(replace(TENANT, senders=senders)) == [("RIS|A", "RIS · A")]
