"""The pages as documents: any fact appears as text."""

from __future__ import annotations

import copy
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import html

from functions.drimbox.operations.afterwards import Fate
from functions.drimbox.pages.kit.copy_script import PATH
from functions.drimbox.pages.kit.layout import Layout, Visitor
from functions.drimbox.pages.kit.stylesheet import SHEET
from functions.drimbox.pages.operations import texts
from functions.drimbox.pages.operations.area import OPERATIONS
from functions.drimbox.pages.operations.publication_page import publication_page
from functions.drimbox.publication.known_traits import Keep
from functions.drimbox.publication.message_entry import MessageKind
from functions.drimbox.tenants.model import Operator, Permission
from functions.drimbox.wording import lookup
from functions.drimbox.wording.text import LANGUAGES, Language
from tests.drimbox.pages.operations.publication_scenes import (
    ALL,
    AT,
    FACTS,
    HELD_WHOLE,
    STUDY,
    TEXT,
    page,
)
from tests.fakes.world import TENANT


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
    assert not document.xpath("//@style | //@onclick")
    # The one script copies the marked codes, whose text is whole.
    assert document.xpath("//script/@src") == [PATH]
    assert not document.xpath("//script/text()")
    marked = document.xpath("//code[@data-copy]/text()")
    assert {FACTS["id"], STUDY, "2.25.1"} <= set(marked)


def test_no_override_of_a_sent_document_and_no_withdrawal_of_anothers() -> None:
    facts = copy.deepcopy(FACTS)
    offered = [str(one) for one in page(facts).xpath("//main//input[@name='verb']/@value")]
    verbs = ["search_pacs", "override", "undo_override", "replay", "withdraw", "show_message"]
    assert offered == [*verbs, "export"]
    outage = copy.deepcopy(FACTS)
    outage["studies"][0]["reason"] = "dmp_unreachable"
    offered = [str(one) for one in page(outage).xpath("//main//input[@name='verb']/@value")]
    assert offered == ["replay", *verbs[:3], *verbs[4:], "export"]
    facts["studies"][0]["pending"]["may_be_in_dmp"] = True
    facts["studies"][0]["in_dmp"]["by_this_publication"] = False
    facts["studies"][0]["replayable"] = False
    offered = [str(one) for one in page(facts).xpath("//main//input[@name='verb']/@value")]
    assert offered == ["show_message", "export"]
    assert "la passerelle l'interroge" in page(facts).text_content()
    nobody = Operator("Claude", frozenset({Permission.VIEW}), oidc_subject="operator-2")
    document = page(facts, operator=nobody)
    assert document.xpath("//main//form") == []
    assert "Aucune action" in document.text_content()


@pytest.mark.parametrize(
    ("undoing", "words"),
    [
        ("published", "sous un nouveau MSH-10"),
        ("in_progress", "en cours de publication"),
        ("nothing", ""),
    ],
)
def test_a_choice_that_cannot_be_undone_says_why(undoing: str, words: str) -> None:
    document = page({**FACTS, "undoing": undoing})
    assert not document.xpath("//input[@name='verb'][@value='undo_override']")
    assert words in document.text_content()
    assert ("Retirer la rectification" in document.text_content()) is bool(words)


def test_a_choice_is_undone_and_replayed_within_the_operator_s_rights() -> None:
    form = "//form[.//input[@value='undo_override']]//button"
    assert [one.text for one in page(FACTS).xpath(form)] == [
        "Retirer la rectification et rejouer",
        "Retirer la rectification",
    ]
    editor = Operator("Claude", frozenset({Permission.EDIT}), oidc_subject="operator-2")
    assert len(page(FACTS, operator=editor).xpath(form)) == 1
    reader = Operator("Claude", frozenset({Permission.VIEW}), oidc_subject="operator-2")
    assert page(FACTS, operator=reader).xpath(form) == []


def test_the_studies_of_a_choice_and_the_publication_in_its_way_are_named() -> None:
    facts = copy.deepcopy(FACTS)
    facts["studies"][0] |= {"stands_for": "1.2.840.2", "taken_by": "7" * 32}
    facts["studies"][1] |= {"outcome": "set_aside", "stand_in": STUDY}
    facts["studies"].append({**facts["studies"][1], "study_instance_uid": "1.2.840.3"})
    del facts["studies"][2]["stand_in"]
    facts["studies"].append({**facts["studies"][2], "outcome": "superseded"})
    document = page(facts)
    text = document.text_content()
    assert document.xpath(f"//a[contains(@href, '/publications/{'7' * 32}')]")
    for words in (
        "Choisi à la place de",
        "Examen choisi à sa place",
        "Écartée (rectification)",
        "n'est plus choisi",
        "dans une version plus récente",
    ):
        assert words in text


def test_an_override_that_chooses_nothing_says_that_it_takes_the_choice_back() -> None:
    facts = copy.deepcopy(FACTS)
    facts["overrides"][0] |= {
        "studies": {},
        "sender": None,
        "identity": {},
        "decision": None,
        "released": {},
    }
    assert "Rectification retirée" in page(facts).text_content()


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
        "undoing": "nothing",
    }
    document = page(facts)
    assert "Pas pour le DMP" in document.text_content()
    offered = [str(one) for one in document.xpath("//main//input[@name='verb']/@value")]
    assert offered == ["replay", "override", "show_message", "export"]


def test_absent_facts_leave_no_trace_on_the_page() -> None:
    facts = copy.deepcopy(FACTS)
    facts["studies"][1]["in_dmp"] = None
    facts["history"] = []
    facts["overrides"][0] |= {"sender": "", "decision": None}
    text = page(facts, "en").text_content()
    assert "2.25.2" not in text
    assert "1.2.840.9" in text


def contested() -> dict[str, Any]:
    """Held for traits that an earlier report contradicts."""
    facts = copy.deepcopy(FACTS)
    facts["studies"][0]["reason"] = "known_traits_mismatch"
    facts["studies"][0]["pending"]["contested"] = ["birth_family", "birth_date"]
    return facts


def test_an_identity_is_confirmed_with_a_reason_and_a_tick() -> None:
    document = page(contested())
    assert "nom de naissance, date de naissance" in document.text_content()
    [form] = document.xpath("//form[.//input[@value='confirm_identity']]")
    assert form.xpath(".//input[@name='study']/@value") == [STUDY]
    assert {str(one) for one in form.xpath(".//input[@required]/@name")} == {"reason", "confirm"}
    assert form.xpath(".//input[@checked]") == []
    # Nothing of the kind for another reason, or without the permission.
    assert page(FACTS).xpath("//input[@value='confirm_identity']") == []
    allowed = frozenset(Permission) - {Permission.IDENTITY}
    other = Operator("Camille", allowed, oidc_subject="operator-1")
    assert page(contested(), operator=other).xpath("//input[@value='confirm_identity']") == []


def test_a_confirmation_names_its_operator_and_its_reason() -> None:
    facts = contested()
    for who, shown in (("operator-1", "Camille (operator-1)"), ("stranger", "stranger")):
        facts["overrides"][0]["who"] = who
        layout = Layout(OPERATIONS, "site", "Site", "fr", Visitor(ALL.name, "token"))
        tenant = replace(TENANT, operators=(ALL,))
        now = datetime(2026, 11, 26, 10, tzinfo=UTC)
        made = publication_page(layout, facts, tenant=tenant, operator=ALL, now=now)
        document: Any = html.fromstring(made.decode())
        cells = [one.text_content() for one in document.xpath("//td")]
        assert shown in cells
        assert any("Identité confirmée pour" in cell and TEXT in cell for cell in cells)


def test_an_imported_study_is_released_with_a_reason_and_a_tick() -> None:
    facts = copy.deepcopy(FACTS)
    facts["studies"][0] |= {"reason": "imported_study"}
    facts["studies"][0]["imported"] = {"establishment": "1860000011", "at": AT}
    document = page(facts)
    assert "de l'établissement 1860000011" in document.text_content()
    [form] = document.xpath("//form[.//input[@value='release_import']]")
    assert form.xpath(".//input[@name='study']/@value") == [STUDY]
    assert {str(one) for one in form.xpath(".//input[@required]/@name")} == {"reason", "confirm"}
    # Nothing of the kind once it is released, or without the permission.
    assert page(FACTS).xpath("//input[@value='release_import']") == []
    allowed = frozenset(Permission) - {Permission.RELEASE}
    other = Operator("Camille", allowed, oidc_subject="operator-1")
    assert page(facts, operator=other).xpath("//input[@value='release_import']") == []
    cells = [one.text_content() for one in page(facts).xpath("//td")]
    assert any("Examen tenu pour celui du site" in cell and TEXT in cell for cell in cells)


def diverging() -> dict[str, Any]:
    """Several sets of traits are known for the patient's INS."""
    facts = copy.deepcopy(FACTS)
    facts["known_traits"] = {
        "sets": 2,
        "revision": 7,
        "differing": ["birth_date", "sex"],
        "decidable": True,
    }
    return facts


def decision_of(document: Any) -> list[Any]:
    """The form that decides on the traits, if any."""
    found: list[Any] = document.xpath("//form[.//input[@value='decide_traits']]")
    return found


def test_diverging_traits_are_shown_and_decided_with_a_choice_a_reason_and_a_tick() -> None:
    document = page(diverging())
    assert "qui se contredisent : 2. Traits qui diffèrent : date de naissance, sexe." in (
        document.text_content()
    )
    [form] = decision_of(document)
    assert form.xpath(".//input[@name='revision']/@value") == ["7"]
    assert form.xpath(".//input[@name='keep']/@value") == [str(one) for one in Keep]
    required = {str(one) for one in form.xpath(".//input[@required]/@name")}
    assert required == {"keep", "reason", "confirm"}
    assert form.xpath(".//input[@checked]") == []
    assert decision_of(page(diverging(), "en")) != []


def test_no_decision_without_the_permission_or_a_report_that_tells_the_sets_apart() -> None:
    allowed = frozenset(Permission) - {Permission.IDENTITY}
    other = Operator("Camille", allowed, oidc_subject="operator-1")
    assert decision_of(page(FACTS)) == []
    assert decision_of(page(diverging(), operator=other)) == []
    words = {"ignored": "not_for_dmp", "ignored_words": {"fr": "x", "en": "x"}, "studies": []}
    assert decision_of(page({**diverging(), **words})) == []
    facts = diverging()
    facts["known_traits"] |= {"decidable": False, "differing": []}
    document = page(facts)
    assert decision_of(document) == []
    assert "qui se contredisent : 2." in document.text_content()
    assert "Traits qui diffèrent : ." not in document.text_content()


@pytest.mark.parametrize("keep", [str(one) for one in Keep])
def test_a_decision_has_its_words_in_the_history(keep: str) -> None:
    facts = copy.deepcopy(FACTS)
    facts["overrides"][0]["decision"] = {"keep": keep, "reason": "Vu", "traits": ["sex"]}
    for language in LANGUAGES:
        cells = [one.text_content() for one in page(facts, language).xpath("//td")]
        assert any(
            texts.PUBLICATION[f"decided_{keep}"].in_language(language) in one for one in cells
        )


@pytest.mark.parametrize("fate", [str(one) for one in Fate])
def test_a_publication_links_back_to_the_one_that_it_replaced_or_withdrew(fate: str) -> None:
    facts = copy.deepcopy(FACTS)
    facts["studies"][0]["former"] = {"publication": "3" * 32, "fate": fate}
    for language in LANGUAGES:
        [link] = page(facts, language).xpath(f"//a[contains(@href, '{'3' * 32}')]")
        [row] = link.xpath("ancestor::tr")
        assert texts.PUBLICATION[f"former_{fate}"].in_language(language) in row.text_content()


def test_a_withdrawn_study_names_the_operator_who_ordered_it() -> None:
    facts = copy.deepcopy(FACTS)
    facts["studies"][0] |= {
        "outcome": Fate.WITHDRAWN,
        "afterwards": {"at": AT, "by": "2" * 32, "version": 1},
        "ordered_by": "operator-1",
    }
    layout = Layout(OPERATIONS, "site", "Site", "fr", Visitor(ALL.name, "token"))
    tenant, now = replace(TENANT, operators=(ALL,)), datetime(2026, 11, 26, 10, tzinfo=UTC)
    made = publication_page(layout, facts, tenant=tenant, operator=ALL, now=now)
    document: Any = html.fromstring(made.decode())
    [row] = document.xpath("//tr[contains(., 'Demandé par')]")
    assert "Camille (operator-1)" in row.text_content()


def test_a_study_that_waits_says_for_what_and_since_when() -> None:
    facts = copy.deepcopy(FACTS)
    facts["studies"][1] |= {"parked": {**lookup.wait("dmp"), "since": AT, "until": AT}}
    [row] = page(facts, "fr").xpath("//tr[th='En attente']")
    assert "En attente du DMP." in row.text_content()
    assert "26/11/2026" in row.text_content()


def waiting() -> dict[str, Any]:
    """A publication whose one study waits for the DMP."""
    facts = copy.deepcopy(FACTS)
    wait = {**lookup.wait("dmp"), "since": AT, "until": "2026-11-29T09:00:00+00:00"}
    facts["studies"] = [
        {**facts["studies"][1], "outcome": "in_progress", "replayable": True, "parked": wait}
    ]
    return facts


def test_a_wait_tells_its_end_and_asks_for_no_act() -> None:
    document = page(waiting(), "fr")
    [row] = document.xpath("//tr[th='En attente']")
    assert "jusqu'au 29/11/2026 10:00 au plus tard" in row.text_content()
    assert document.xpath("//article//tr[th='Depuis']") == []
    [button] = document.xpath("//button[.='Rejouer']")
    assert button.get("class") is None
    assert "Rien à faire" in document.text_content()
    outage = copy.deepcopy(FACTS)
    outage["studies"][0]["reason"] = "dmp_unreachable"
    [button] = page(outage).xpath("//button[.='Rejouer']")
    assert button.get("class") == "main"
    assert "Rien à faire" not in page(outage).text_content()


def test_a_replay_that_was_taken_up_is_told_as_such() -> None:
    facts = copy.deepcopy(FACTS)
    own = f"//a[@href='/v1/tenants/site/operations/publications/{FACTS['id']}']"
    queued = page(facts, done="replayed")
    assert "est remise en file" in queued.text_content()
    assert queued.xpath(own)
    facts["history"][0]["replay"] = facts["replays"]
    taken = page(facts, done="replayed")
    assert "est remise en file" not in taken.text_content()
    assert "a été reprise" in taken.text_content()
    assert not taken.xpath(own)
    facts["history"] = []
    assert "est remise en file" in page(facts, done="replayed").text_content()
    assert "Rien n'est enregistré" in page(facts, done="nothing_chosen").text_content()


def test_the_identifiers_stand_in_short() -> None:
    facts = copy.deepcopy(FACTS)
    assert page(facts).xpath("//tr[th='MSH-10']") == []
    field = {"number": 10, "values": [["MSG-1"]]}
    other = {"number": 3, "values": [["RIS"]]}
    segment = {"segment": "MSH", "number": 1, "fields": [other, field]}
    facts["message"]["segments"].insert(0, segment)
    document = page(facts)
    assert document.xpath("//tr[th='MSH-10']/td")[0].text_content() == "MSG-1"
    assert document.xpath("//tr[th='Identifiant']/td")[0].text_content() == FACTS["id"]


def test_the_titles_of_two_withdrawals_differ() -> None:
    titles = {
        page(
            {**copy.deepcopy(FACTS), "id": f"withdrawal-{digit * 32}", "kind": "withdrawal"}
        ).xpath("string(//h1)")
        for digit in "ab"
    }
    assert titles == {f"Retrait {'a' * 12}", f"Retrait {'b' * 12}"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_markup_of_ours_is_shown_as_text(language: Language) -> None:
    facts = with_text(diverging(), "x")
    facts["studies"][0]["former"] = {"publication": "3" * 32, "fate": Fate.REPLACED}
    facts["studies"][1] |= {
        "outcome": Fate.WITHDRAWN,
        "afterwards": {"at": AT, "by": "2" * 32, "version": 1},
        "ordered_by": "operator-1",
    }
    facts |= {"ordered_by": "operator-1", "ordered_at": AT}
    document = page(facts, language)
    [body] = document.xpath("//body")
    assert "<" not in body.text_content()
    assert len(body.xpath("//article//time")) >= 3


@pytest.mark.parametrize("kind", [str(kind) for kind in MessageKind if kind != "repair"])
def test_each_kind_of_message_has_its_words(kind: str) -> None:
    assert page({**copy.deepcopy(FACTS), "kind": kind}) is not None


@pytest.mark.parametrize("fate", [str(one) for one in Fate])
def test_a_study_that_is_no_more_in_force_is_not_green_and_links_to_its_successor(
    fate: str,
) -> None:
    facts = copy.deepcopy(FACTS)
    facts["state"] = fate
    facts["studies"] = [{**facts["studies"][1], "outcome": fate, "in_dmp": None}]
    facts["studies"][0]["afterwards"] = {"at": AT, "by": "2" * 32, "version": 2}
    for language in LANGUAGES:
        document = page(facts, language)
        assert document.xpath("//span[contains(@class, 'good')]") == []
        [link] = document.xpath(f"//a[contains(@href, '{'2' * 32}')]")
        assert "2" in link.getparent().text_content()
    assert "puis" in page(facts).text_content()


def test_a_publication_in_progress_leads_to_the_next_look() -> None:
    facts = copy.deepcopy(FACTS)
    own = f"/v1/tenants/site/operations/publications/{FACTS['id']}"
    assert page(facts, done="").xpath(f"//a[@href='{own}' and text()='Actualiser']") == []
    facts["studies"][0]["outcome"] = "in_progress"
    shown = page(facts)
    assert len(shown.xpath(f"//a[@href='{own}' and text()='Actualiser']")) == 1
    assert "26/11/2026 11:00" in shown.xpath("string(//p[@class='crumbs'])")


def test_images_without_a_report_beside_them_tell_whose_they_are() -> None:
    facts = copy.deepcopy(FACTS)
    assert "Patient des images" not in page(facts).text_content()
    facts["studies"][0]["compared"] = []
    text = page(facts).text_content()
    assert "Patient des images" in text
    assert "28/03/1979" in text


def test_one_object_and_one_field_are_singular() -> None:
    facts = copy.deepcopy(FACTS)
    facts["studies"][0]["images"]["series"][0]["instances"] = 1
    del facts["message"]["segments"][0]["fields"][1]
    told = page(facts).text_content()
    assert f"{TEXT} · 1 objet · " in told
    assert "1 champ" in told
    assert "1 objets" not in told
    assert "1 champs" not in told


def test_a_message_that_is_held_whole_says_why_and_may_be_replayed() -> None:
    fault = {
        **{"code": "undeclared_sender", "location": "MSH^1^3", "detail": "x"},
        "words": {"fr": "Le site ne le déclare pas", "en": "The site does not declare it"},
    }
    document = page({**HELD_WHOLE, "fault": fault})
    text = document.text_content()
    for part in ("Émetteur non déclaré", "Le déclarer, puis rejouer", "Le site ne le déclare pas"):
        assert part in text
    assert "MSH^1^3" in text
    offered = [str(one) for one in document.xpath("//main//input[@name='verb']/@value")]
    assert offered == ["replay", "show_message", "export"]


def test_a_message_that_is_held_for_a_reused_name_has_no_fault_to_show() -> None:
    text = page(HELD_WHOLE, "en").text_content()
    assert "Undeclared sender" in text
    assert "Fault of the message" not in text


def test_the_reason_of_a_withdrawal_holds_nothing() -> None:
    assert "Que faire" not in page({**FACTS, "reason": "erreur", "studies": []}).text_content()
