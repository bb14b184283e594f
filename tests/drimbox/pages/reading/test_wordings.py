"""Words that several parts of the list need."""

from __future__ import annotations

import pytest

from functions.drimbox.dmp import xds
from functions.drimbox.identity.parties import Code
from functions.drimbox.pages.reading.list_texts import EXAMS
from functions.drimbox.pages.reading.wordings import (
    badge,
    counted,
    day_of,
    modality_name,
    region_name,
)
from functions.drimbox.wording.text import Language
from tests.drimbox.consultation.histories import documents, exam
from tests.drimbox.pages.reading.shown import layout


@pytest.mark.parametrize(
    ("language", "count", "words"),
    [
        ("fr", 0, "0 examen"),
        ("fr", 1, "1 examen"),
        ("fr", 2, "2 examens"),
        ("en", 0, "0 exams"),
        ("en", 1, "1 exam"),
    ],
)
def test_numbers_agree_with_their_words(language: Language, count: int, words: str) -> None:
    assert counted(layout(language), count, EXAMS) == words


def test_days_are_as_precise_as_they_are_known() -> None:
    for at, french, english in (
        ("202611121015", "12/11/2026", "2026-11-12"),
        ("202611", "11/2026", "2026-11"),
        ("2026", "2026", "2026"),
    ):
        assert (day_of(layout(), at), day_of(layout("en"), at)) == (french, english)


def test_a_region_has_a_capital() -> None:
    assert region_name(Code("1", xds.SNOMED, "structure du rachis")) == "Structure du rachis"
    assert region_name(Code("1", xds.SNOMED)) == "1"


def test_modalities_have_names_and_badges() -> None:
    assert modality_name(layout("en"), Code("MR", xds.DCM, "IRM")) == "MRI"
    assert modality_name(layout(), Code("XX", xds.DCM, "Nouvelle")) == "Nouvelle"
    assert modality_name(layout(), Code("XX", xds.DCM)) == "XX"

    def made(*codes: str) -> str:
        events = tuple(Code(one, xds.DCM) for one in codes)
        [read] = documents(exam("1", "2026", event_codes=events))
        return badge(read)

    assert made("PT", "CT", "SR") == '<span class="m pt">CT+PT</span>'
    assert made("SR") == '<span class="m">SR</span>'
    assert made() == "<span></span>"
