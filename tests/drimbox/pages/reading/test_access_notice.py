"""A DMP that may not be read: words in both languages, a button in two states, both identities."""

from __future__ import annotations

from typing import Any

import pytest
from lxml import html

from functions.drimbox.consultation.exam_list import ExamList, Listing
from functions.drimbox.consultation.record_access import Access, RecordAccess
from functions.drimbox.dmp.existence import RecordTraits
from functions.drimbox.pages.reading.exams_page import Choice, state_page
from functions.drimbox.wording.text import LANGUAGES, Language
from tests.drimbox.consultation.readers import CALL
from tests.drimbox.pages.reading.shown import PAGE, SEEN, layout

CLOSED = [one for one in Access if one is not Access.OPEN]


def shown(access: RecordAccess, language: Language = "fr") -> Any:
    listed, choice = ExamList(Listing.NO_ACCESS, access=access), Choice((), PAGE, foreign=False)
    return html.fromstring(state_page(layout(language), CALL, listed, choice, SEEN).decode())


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("state", CLOSED)
def test_each_state_has_its_words_and_no_exam(state: Access, language: Language) -> None:
    page = shown(RecordAccess(state), language)
    said = page.xpath("string(//main)")
    assert len(page.xpath("//p[contains(@class, 'notice')]")) == 1
    assert CALL.birth_family in page.xpath("string(//section[@class='patient'])")
    assert page.xpath("//div[@class='history']") == []
    assert page.xpath(f"//main//a[contains(@href, '{PAGE}')]")
    others = {shown(RecordAccess(one), language).xpath("string(//main)") for one in CLOSED}
    assert (said in others, len(others)) == (True, len(CLOSED))


@pytest.mark.parametrize("state", CLOSED)
def test_two_states_have_a_form_with_a_token_and_a_box_that_is_required(state: Access) -> None:
    forms = shown(RecordAccess(state)).xpath("//main//form")
    if state not in {Access.ABSENT, Access.EXPIRED}:
        assert forms == []
        return
    [form] = forms
    action = f"/v1/tenants/site/reading/{PAGE}/authorization"
    assert (form.get("method"), form.get("action")) == ("post", action)
    assert form.xpath(".//input[@name='token']/@value") == ["t"]
    [box] = form.xpath(".//input[@type='checkbox']")
    assert (box.get("name"), box.get("value")) == ("consent", "yes")
    assert "required" in box.attrib
    assert "checked" not in box.attrib
    assert len(form.xpath(".//button")) == 1


def test_an_identity_that_differs_is_shown_beside_the_call_s() -> None:
    traits = RecordTraits("AUTRE", "", ("DOMINIQUE", "ANNE"), "19780327", "")
    page = shown(RecordAccess(Access.OTHER_PERSON, traits, ("birth_family", "birth_date")))
    rows = [
        [" ".join(cell.text_content().split()) for cell in row]
        for row in page.xpath("//main//tbody/tr")
    ]
    assert rows == [
        ["Nom de naissance", "PAT-TROIS", "AUTRE", "différent"],
        ["Prénom de naissance", "DOMINIQUE", "DOMINIQUE, ANNE", "pas de différence"],
        ["Date de naissance", "27/03/1979", "27/03/1978", "différent"],
        ["Sexe", "Féminin", "non donné", "pas de différence"],
    ]
    assert page.xpath("//main//*[@role='alert']")


def test_a_sex_without_words_is_shown_as_it_is() -> None:
    access = RecordAccess(Access.OTHER_PERSON, RecordTraits(sex="X"), ("sex",))
    assert "X" in shown(access).xpath("string(//main//tbody/tr[4])")
