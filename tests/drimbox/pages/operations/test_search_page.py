"""The page of a search: the publications found, by which term, and that the text must be whole."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from lxml import html

from functions.drimbox.pages.kit.layout import Layout, Visitor
from functions.drimbox.pages.operations.area import OPERATIONS
from functions.drimbox.pages.operations.search_page import search_page
from functions.drimbox.tenants.model import Operator, Permission
from functions.drimbox.wording.text import LANGUAGES, Language
from tests.fakes.world import TENANT

AT = "2026-11-26T09:00:00+00:00"
FOUND: dict[str, Any] = {
    "id": "0" * 32,
    "state": "published",
    "sender": "RIS|Site",
    "received_at": AT,
    "changed_at": AT,
    "replays": 0,
    "ignored": "",
    "studies": [{"study_instance_uid": "1.2"}],
    "found_by": ["accession", "name"],
}


REFUSED: dict[str, Any] = {
    "at": AT,
    "times": 1,
    "sender": "RIS|Site",
    "control_id": "MY-CA-1",
    "code": "action_disagreement",
    "location": "ORC^1^1",
    "words": {"fr": "En désaccord", "en": "In disagreement"},
    "todo": {"fr": "Corriger", "en": "Correct it"},
    "clause": "4.2",
}


def page(
    *found: dict[str, Any],
    complete: bool = True,
    language: Language = "fr",
    by_patient: bool = True,
    refused: tuple[dict[str, Any], ...] = (),
    text: str = "<b>TROIS",
) -> Any:
    body = search_page(
        Layout(OPERATIONS, "site", "Site", language, Visitor("Camille", "token")),
        {
            "publications": list(found),
            "complete": complete,
            "by_patient": by_patient,
            "refused": list(refused),
        },
        tenant=TENANT,
        operator=Operator("Camille", frozenset(Permission), oidc_subject="operator-1"),
        now=datetime(2026, 11, 26, 10, tzinfo=UTC),
        text=text,
    )
    return html.fromstring(body.decode())


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_was_found_is_a_link(language: Language) -> None:
    document = page(FOUND, language=language)
    [link] = document.xpath("//tbody//a/@href")
    assert link == f"/v1/tenants/site/operations/publications/{FOUND['id']}"
    assert document.xpath("//form[contains(@class, 'search')]/@action") == [
        "/v1/tenants/site/operations/search"
    ]


def test_the_terms_that_met_are_told() -> None:
    text = page(FOUND).text_content()
    assert "1 publication trouvée : « <b>TROIS » (par nom, numéro d'accession)." in text
    assert "2 publications trouvées" in page(FOUND, FOUND, complete=False).text_content()


def test_nothing_found_says_how_to_search() -> None:
    document = page()
    assert "Le texte doit être entier" in document.text_content()
    assert "une civilité en tête (M., Mme, Dr) ne comptent pas" in document.text_content()
    assert document.xpath("//table") == []
    assert document.xpath("//main//a[. = 'messages refusés']/@href") == [
        "/v1/tenants/site/operations/refused"
    ]
    assert "Vos droits" not in document.text_content()


def test_publications_that_were_found_do_not_hide_the_refused_messages() -> None:
    """The patient's earlier reports are found, while today's one was answered with AE."""
    document = page(FOUND)
    assert document.xpath("//main//a[. = 'messages refusés']/@href") == [
        "/v1/tenants/site/operations/refused"
    ]
    assert "répondu AE n'a pas de publication" in document.text_content()
    assert not page(FOUND, refused=(REFUSED,)).xpath("//main//a[. = 'messages refusés']")


def test_an_operator_without_the_right_is_told_that_no_patient_was_searched() -> None:
    told = page(by_patient=False, text="PAT-TROIS").text_content()
    assert "Vos droits ne permettent pas de chercher par patient" in told
    assert "0 publication trouvée : « PAT-TROIS »." in told
    assert "INS ou le numéro" not in told


def test_a_refused_message_of_that_msh_10_is_told() -> None:
    document = page(refused=(REFUSED,), text="MY-CA-1")
    told = document.text_content()
    assert "La passerelle a refusé un message de ce MSH-10" in told
    assert "En désaccord" in told
    assert "Le texte doit être entier" not in told


def test_the_text_that_was_searched_stands_in_the_field_and_in_no_address() -> None:
    document = page(FOUND)
    assert document.xpath("//input[@name='text']/@value") == ["<b>TROIS"]
    assert "TROIS" not in " ".join(document.xpath("//@href | //@action"))


def test_more_than_one_answer_holds_is_told() -> None:
    assert "Il y en a d'autres" in page(FOUND, complete=False).text_content()
    assert "Il y en a d'autres" not in page(FOUND).text_content()
