"""The pages as documents: any fact appears as text."""

from __future__ import annotations

import copy
from datetime import UTC, datetime
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import html

from functions.drimbox.pages.kit.layout import Layout, Visitor
from functions.drimbox.pages.kit.stylesheet import SHEET
from functions.drimbox.pages.operations.area import OPERATIONS
from functions.drimbox.pages.operations.publication_page import publication_page
from functions.drimbox.tenants.model import Operator, Permission
from functions.drimbox.wording.text import LANGUAGES, Language
from tests.fakes.world import TENANT

AT: Final = "2026-11-26T09:00:00+00:00"
STUDY: Final = "1.2.840.1"
TEXT: Final = "<b>x</b>&amp;'\""
ALL: Final = Operator("Camille", frozenset(Permission), oidc_subject="operator-1")
FACTS: Final[dict[str, Any]] = {
    "id": "0" * 32,
    "kind": "report",
    "state": "held",
    "action": "replace",
    "received_at": AT,
    "changed_at": AT,
    "validated_at": AT,
    "sender": f"{TEXT}|{TEXT}",
    "replays": 2,
    "override": 1,
    "ignored": "",
    "studies": [
        {
            "study_instance_uid": STUDY,
            "outcome": "held",
            "reason": "dmp_refused",
            "words": {"fr": "Refusé", "en": "Refused"},
            "todo": {"fr": "Lire", "en": "Read"},
            "changed_at": AT,
            "replayable": True,
            "in_dmp": {
                "manifest_uid": "2.25.1",
                "version": 3,
                "published_at": AT,
                "by_this_publication": True,
            },
            "pending": {
                "state": "rejected",
                "since": AT,
                "attempt": 2,
                "may_be_in_dmp": False,
                "dmp_codes": TEXT,
            },
            "images": {
                "patient_name": TEXT,
                "patient_id": TEXT,
                "patient_birth_date": "19790328",
                "accession_number": TEXT,
                "study_date": TEXT,
                "description": TEXT,
                "series": [{"modality": TEXT, "description": TEXT, "instances": 4}],
            },
        },
        {
            "study_instance_uid": "1.2.840.2",
            "outcome": "published",
            "changed_at": AT,
            "replayable": False,
            "in_dmp": {
                "manifest_uid": "2.25.2",
                "version": 1,
                "published_at": AT,
                "by_this_publication": False,
            },
            "pending": None,
            "waits_for": "1" * 32,
            "images": None,
        },
    ],
    "history": [
        {"study_instance_uid": STUDY, "replay": 0, "outcome": "in_progress", "changed_at": AT}
    ],
    "overrides": [
        {
            "number": 1,
            "who": TEXT,
            "at": AT,
            "studies": {STUDY: "1.2.840.9"},
            "sender": f"{TEXT}|{TEXT}",
        }
    ],
    "message": {
        "segments": [
            {
                "segment": "PID",
                "number": 2,
                "fields": [
                    {"number": 5, "name": {"fr": "Nom", "en": "Name"}, "values": [[TEXT, ""]]},
                    {"number": 99, "values": [[TEXT * 40]]},
                ],
            }
        ],
        "complete": False,
    },
    "report": {
        "title": TEXT,
        "effective_time": AT,
        "version": 2,
        "confidentiality": TEXT,
        "patient": {
            "ins": TEXT,
            "ins_oid": TEXT,
            "local_ids": [TEXT],
            "birth_family": TEXT,
            "birth_given": TEXT,
            "used_family": TEXT,
            "used_given": TEXT,
            "birth_date": "19790328",
            "sex": TEXT,
        },
        "legal_authenticator": {"identifier": TEXT, "name": TEXT, "structure": TEXT},
        "orders": [{"placer": TEXT, "accession": TEXT}],
        "exams": [{"study_instance_uid": STUDY, "act": TEXT}],
    },
}


def page(facts: dict[str, Any], language: Language = "fr", operator: Operator = ALL) -> Any:
    layout = Layout(OPERATIONS, "site", "Site", language, Visitor(operator.name, "token"))
    body = publication_page(
        layout,
        facts,
        tenant=TENANT,
        operator=operator,
        now=datetime(2026, 11, 26, 10, tzinfo=UTC),
        done="replayed",
    )
    return html.fromstring(body.decode())


def shape(document: Any) -> list[str]:
    return [element.tag for element in document.iter()]


def with_text(facts: Any, text: str) -> Any:
    """The facts with every hostile text replaced."""
    if isinstance(facts, dict):
        return {name: with_text(value, text) for name, value in facts.items()}
    if isinstance(facts, list):
        return [with_text(value, text) for value in facts]
    return facts.replace(TEXT, text) if isinstance(facts, str) else facts


PLAIN: Final = shape(page(with_text(FACTS, "x" * len(TEXT))))


@given(st.text(st.sampled_from("<>&\"'/=- abscript!x;{}"), min_size=5, max_size=40))
def test_whatever_a_message_says_the_page_has_the_same_elements(text: str) -> None:
    said = text.strip() or "none"
    document = page(with_text(FACTS, said.ljust(len(TEXT), "x")[: len(TEXT)]))
    assert shape(document) == PLAIN


def test_every_text_is_there_as_it_was_written() -> None:
    text = page(FACTS).text_content()
    assert text.count(TEXT) >= 20
    assert "28/03/1979" in text
    assert "PID [2]" in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_is_whole_in_both_languages(language: Language) -> None:
    document = page(FACTS, language)
    assert document.get("lang") == language
    assert len(document.xpath("//main//h1")) == 1
    # Every field has its label, every form its token, every column its heading.
    for field in document.xpath("//select | //input[@type!='hidden' or not(@type)]"):
        labelled = document.xpath(f"//label[@for='{field.get('id')}']") if field.get("id") else []
        assert labelled or field.getparent().tag == "label"
    for form in document.xpath("//form"):
        assert form.xpath(".//input[@name='token']/@value") == ["token"]
    assert all(head.get("scope") for head in document.xpath("//th"))
    assert document.xpath("//style/text()") == [SHEET]
    assert not document.xpath("//@style | //@onclick | //script")


def test_no_override_of_a_sent_document_and_no_withdrawal_of_anothers() -> None:
    facts = copy.deepcopy(FACTS)
    offered = [str(one) for one in page(facts).xpath("//main//input[@name='verb']/@value")]
    assert offered == ["replay", "override", "withdraw", "export"]
    facts["studies"][0]["pending"]["may_be_in_dmp"] = True
    facts["studies"][0]["in_dmp"]["by_this_publication"] = False
    facts["studies"][0]["replayable"] = False
    offered = [str(one) for one in page(facts).xpath("//main//input[@name='verb']/@value")]
    assert offered == ["export"]
    nobody = Operator("Claude", frozenset({Permission.VIEW}), oidc_subject="operator-2")
    document = page(facts, operator=nobody)
    assert document.xpath("//main//form") == []
    assert "Aucune action" in document.text_content()


def test_an_operator_s_withdrawal_has_no_message() -> None:
    facts = {
        **{name: FACTS[name] for name in FACTS if name not in {"message", "report", "action"}},
        "kind": "withdrawal",
        "sender": "",
        "validated_at": None,
        "ordered_by": "operator-1",
        "ordered_at": AT,
    }
    text = page(facts, "en").text_content()
    assert "Withdrawal by an operator" in text
    assert "operator-1" in text


def test_an_ignored_message_says_why_and_may_be_overridden() -> None:
    facts = {
        **FACTS,
        "state": "ignored",
        "ignored": "not_for_dmp",
        "ignored_words": {"fr": "Pas pour le DMP", "en": "Not for the DMP"},
        "studies": [],
    }
    document = page(facts)
    assert "Pas pour le DMP" in document.text_content()
    offered = [str(one) for one in document.xpath("//main//input[@name='verb']/@value")]
    assert offered == ["replay", "override", "export"]


def test_absent_facts_leave_no_trace_on_the_page() -> None:
    facts = copy.deepcopy(FACTS)
    facts["studies"][1]["in_dmp"] = None
    facts["history"] = []
    facts["overrides"][0]["sender"] = ""
    text = page(facts, "en").text_content()
    assert "2.25.2" not in text
    assert "1.2.840.9" in text
