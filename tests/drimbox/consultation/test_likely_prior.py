"""functions.drimbox.consultation.likely_prior: the list's own proposal, of exams that are seen."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from functions.drimbox.consultation.context import WantedExams
from functions.drimbox.consultation.likely_prior import likely_prior
from functions.drimbox.consultation.list_view import ListView
from functions.drimbox.dmp import xds
from functions.drimbox.dmp.registry import DocumentEntry
from tests.drimbox.consultation.histories import documents, eleven, exam

OPEN = exam("1", "202611121015")
PRIOR = exam("2", "20260112")
ANY = WantedExams()
ALL_SHOWN = ListView(states=frozenset())


def prior_of(number: int, *entries: DocumentEntry, view: ListView = ALL_SHOWN) -> int | None:
    found = likely_prior(documents(*entries), number, view, ANY)
    return None if found is None else found.number


def test_it_is_the_proposal_for_the_exam_that_is_open() -> None:
    assert prior_of(1, *eleven()) == 5
    assert prior_of(5, *eleven()) == 18
    assert prior_of(10, *eleven()) is None
    assert prior_of(99, OPEN, PRIOR) is None
    # Nothing newer: the open exam may be the oldest.
    assert prior_of(2, OPEN, PRIOR) is None


@pytest.mark.parametrize(
    "changes",
    [
        {"modalities": frozenset({"CT"})},
        {"search": "nowhere"},
        {"last": None, "first": date(2026, 6, 1)},
    ],
)
def test_an_exam_that_the_view_hides_is_none(changes: dict[str, object]) -> None:
    assert prior_of(1, OPEN, PRIOR, view=ALL_SHOWN) == 2
    assert prior_of(1, OPEN, PRIOR, view=replace(ALL_SHOWN, **changes)) is None  # type: ignore[arg-type]


def test_an_exam_that_the_call_did_not_ask_for_is_none() -> None:
    wanted = WantedExams(modality="MR")
    found = documents(OPEN, PRIOR)
    assert likely_prior(found, 1, ALL_SHOWN, wanted) is None
    everything = replace(ALL_SHOWN, everything=True)
    assert likely_prior(found, 1, everything, wanted) is not None


def test_a_masked_exam_is_none_even_where_the_view_shows_it() -> None:
    masked = exam("3", "20260212", hidden=("MASQUE_PS",))
    assert prior_of(1, OPEN, masked) is None
    assert prior_of(1, OPEN, masked, PRIOR) == 3
    archived = exam("3", "20260212", status=xds.ARCHIVED)
    assert prior_of(1, OPEN, archived) == 2
    assert (
        prior_of(1, OPEN, archived, view=replace(ALL_SHOWN, states=frozenset({"archived"}))) is None
    )
