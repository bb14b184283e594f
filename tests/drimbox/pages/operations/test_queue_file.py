"""The queue as rows: the same publications, and no patient."""

from __future__ import annotations

from functions.drimbox.pages.kit.layout import Layout
from functions.drimbox.pages.operations.area import OPERATIONS
from functions.drimbox.pages.operations.queue_file import queue_rows
from tests.drimbox.pages.operations.samples import AT, HELD, ONE

LAYOUT = Layout(OPERATIONS, "site", "Site", "fr")
IGNORED = {"ignored": "x", "ignored_words": {"fr": "Pas pour le DMP", "en": "Not for the DMP"}}
WHOLE = {"held": "x", "held_words": {"fr": "Illisible", "en": "Unreadable"}}
EXAM = {
    **{"accession_numbers": ["A1", "A2"], "modalities": ["CT"], "days": ["20261124"]},
    **{"patient": "MARTIN", "birth_date": "19790328"},
}


def test_a_publication_is_a_row_without_its_patient() -> None:
    twice = {**ONE, "studies": [*ONE["studies"], ONE["studies"][0]], "exam": EXAM}
    heads, first, second, third = queue_rows(LAYOUT, [twice, {**ONE, **IGNORED}, {**ONE, **WHOLE}])
    assert heads[:4] == ("Identifiant", "État", "Motif", "accession")
    assert first == (
        *(ONE["id"], "Retenue", HELD["fr"], "A1 A2", "CT", "20261124"),
        *("<b> · Site", AT, AT, 2),
    )
    assert second[2:6] == ("Pas pour le DMP", "", "", "")
    assert third[2] == "Illisible"
