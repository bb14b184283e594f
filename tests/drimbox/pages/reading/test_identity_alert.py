"""The alerts about the patient's identity."""

from __future__ import annotations

from dataclasses import replace

import pytest

from functions.drimbox.pages.reading.identity_alert import identity_alert
from functions.drimbox.wording.text import Language
from tests.drimbox.consultation.histories import exam
from tests.drimbox.consultation.readers import CALL
from tests.drimbox.pages.reading.shown import layout, read, words


def test_nothing_is_told_of_an_identity_without_contradiction() -> None:
    assert list(identity_alert(layout(), CALL)) == []


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("fr", "transmis par votre logiciel"),
        ("en", "your software sent"),
    ],
)
def test_a_doubt_names_its_traits(language: Language, told: str) -> None:
    call = replace(CALL, sex="M", birth_date="20010101")
    (shown,) = identity_alert(layout(language), call)
    assert told in shown
    assert ("le sexe, la date" if language == "fr" else "the sex, the birth date") in shown


def test_the_list_begins_with_the_number_of_documents_of_another_identity() -> None:
    page = read([exam("1", "2026")], contradicting=3)
    (alert,) = page.xpath("//*[@role='alert']")
    assert "(3)" in words(alert)
    assert alert.getparent().index(alert) == 0
