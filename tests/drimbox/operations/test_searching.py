"""Search: within the operator's rights, audited without the text that was searched."""

from __future__ import annotations

import json
from typing import Any

import pytest

from functions.drimbox.errors import BadRequest, Forbidden
from functions.drimbox.operations.searching import LONGEST, search, text_of
from functions.drimbox.tenants.model import Permission
from tests.drimbox.operations.conftest import CASE, STUDY, Reported, but, only

MAY_NAME = only(Permission.VIEW, Permission.PATIENTS)
VIEWER = only(Permission.VIEW)


def test_a_report_is_found_by_its_patient(held: Reported) -> None:
    found = search(held.world.at_rest, MAY_NAME, CASE.traits.family)
    [one] = found["publications"]
    assert (one["id"], one["state"], one["found_by"]) == (held.id, "held", ["name"])
    assert one["exam"]["patient"].startswith(CASE.traits.family)
    assert one["exam"]["accession_numbers"] == [CASE.orders[0].accession]
    assert (found["complete"], found["by_patient"]) == (True, True)


def test_without_the_permission_no_patient_is_searched_nor_named(held: Reported) -> None:
    for text in (CASE.traits.family, CASE.ins, CASE.ipp):
        assert search(held.world.at_rest, VIEWER, text)["publications"] == []
    found = search(held.world.at_rest, VIEWER, str(STUDY))
    [one] = found["publications"]
    assert (one["id"], one["found_by"], found["by_patient"]) == (held.id, ["study"], False)
    assert "patient" not in one["exam"]
    assert CASE.traits.family not in json.dumps(found)


def test_a_search_needs_the_permission_to_view(held: Reported) -> None:
    with pytest.raises(Forbidden):
        search(held.world.at_rest, but(Permission.VIEW), str(STUDY))
    assert ("operation.refused", "not_permitted") in held.world.audit.events()


def test_the_audit_names_what_was_found_and_not_the_text(held: Reported) -> None:
    search(held.world.at_rest, MAY_NAME, CASE.traits.family)
    search(held.world.at_rest, only(Permission.VIEW, request="2"), "ACN-NOBODY")
    records = {
        result: facts
        for (event, _, result), facts in held.world.audit.records.items()
        if event == "publications.searched"
    }
    first, second = records["found"], records["nothing"]
    assert (first["found"], first["patients_of"], first["terms"]) == (held.id, held.id, "name")
    assert second["count"] == "0"
    assert "patients_of" not in second
    kept = json.dumps([dict(first), dict(second)])
    for text in (CASE.traits.family, "ACN-NOBODY"):
        assert text not in kept


def test_a_term_of_a_message_that_was_never_started_finds_nothing(held: Reported) -> None:
    del held.world.log.entries[held.id]
    assert search(held.world.at_rest, VIEWER, str(STUDY))["publications"] == []


@pytest.mark.parametrize(
    "facts", [{}, {"text": ""}, {"text": " "}, {"text": 1}, {"text": "x" * (LONGEST + 1)}]
)
def test_a_text_is_needed(facts: dict[str, Any]) -> None:
    with pytest.raises(BadRequest):
        text_of(facts)
    with pytest.raises(BadRequest):
        text_of({"text": "x", "more": "y"})
    assert text_of({"text": "x"}) == "x"
