"""Search: within the operator's rights, audited without the text that was searched."""

from __future__ import annotations

import json
from typing import Any

import pytest

from functions.drimbox.errors import BadRequest, Forbidden
from functions.drimbox.operations import viewing_refused
from functions.drimbox.operations.permissions import Caller
from functions.drimbox.operations.searching import LONGEST, search, text_of
from functions.drimbox.publication.message_entry import shown_id
from functions.drimbox.publication.refused import RefusedMessage
from functions.drimbox.tenants.model import Permission
from tests.drimbox.operations.conftest import CASE, STUDY, Reported, but, only

MAY_NAME = only(Permission.VIEW, Permission.PATIENTS)
VIEWER = only(Permission.VIEW)


def found_by(held: Reported, caller: Caller, text: str) -> dict[str, Any]:
    return search(held.world.at_rest, held.world.refused, caller, text)


def test_a_report_is_found_by_its_patient(held: Reported) -> None:
    found = found_by(held, MAY_NAME, CASE.traits.family)
    [one] = found["publications"]
    assert (one["id"], one["state"], one["found_by"]) == (held.id, "held", ["name"])
    assert one["exam"]["patient"].startswith(CASE.traits.family)
    assert one["exam"]["accession_numbers"] == [CASE.orders[0].accession]
    assert (found["complete"], found["by_patient"]) == (True, True)


def test_without_the_permission_no_patient_is_searched_nor_named(held: Reported) -> None:
    for text in (CASE.traits.family, CASE.ins, CASE.ipp):
        assert found_by(held, VIEWER, text)["publications"] == []
    found = found_by(held, VIEWER, str(STUDY))
    [one] = found["publications"]
    assert (one["id"], one["found_by"], found["by_patient"]) == (held.id, ["study"], False)
    assert "patient" not in one["exam"]
    assert CASE.traits.family not in json.dumps(found)


def test_a_search_needs_the_permission_to_view(held: Reported) -> None:
    with pytest.raises(Forbidden):
        found_by(held, but(Permission.VIEW), str(STUDY))
    assert ("operation.refused", "not_permitted") in held.world.audit.events()


def test_the_audit_names_what_was_found_and_not_the_text(held: Reported) -> None:
    found_by(held, MAY_NAME, CASE.traits.family)
    found_by(held, only(Permission.VIEW, request="2"), "ACN-NOBODY")
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


def test_a_publication_is_found_by_its_own_identifier(held: Reported) -> None:
    [one] = found_by(held, VIEWER, f" {held.id} ")["publications"]
    assert (one["id"], one["found_by"]) == (held.id, ["publication"])
    other = only(Permission.VIEW, request="2")
    assert found_by(held, other, "f" * 32)["publications"] == []
    [one] = found_by(held, only(Permission.VIEW, request="3"), shown_id(held.id))["publications"]
    assert (one["id"], one["found_by"]) == (held.id, ["publication"])


def test_a_refused_message_is_found_by_its_msh_10(held: Reported) -> None:
    at, notes = held.world.clock.now(), held.world.refused
    for name in ("MY-CA-1", "OTHER"):
        notes.note(RefusedMessage(name, at, "RIS|SITE", name, "action_disagreement", "ORC^1^1"))
    told = found_by(held, VIEWER, " MY-CA-1 ")
    [one] = told["refused"]
    assert (one["control_id"], one["code"]) == ("MY-CA-1", "action_disagreement")
    assert told["publications"] == []
    assert ("publications.searched", "found") in held.world.audit.events()
    assert found_by(held, only(Permission.VIEW, request="2"), "MY-CA")["refused"] == []


def test_a_refused_message_is_looked_for_in_the_latest_alone(
    held: Reported, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(viewing_refused, "READ", 1)
    at = held.world.clock.now()
    for place in range(viewing_refused.READS + 1):
        name = f"M{place}"
        held.world.refused.note(RefusedMessage(name, at, "RIS|S", name, "ins_invalid", "PID^1^3"))
    assert found_by(held, VIEWER, "M1")["refused"]
    assert found_by(held, only(Permission.VIEW, request="2"), "M0")["refused"] == []


def test_a_term_of_a_message_that_was_never_started_finds_nothing(held: Reported) -> None:
    del held.world.log.entries[held.id]
    assert found_by(held, VIEWER, str(STUDY))["publications"] == []


@pytest.mark.parametrize(
    "facts", [{}, {"text": ""}, {"text": " "}, {"text": 1}, {"text": "x" * (LONGEST + 1)}]
)
def test_a_text_is_needed(facts: dict[str, Any]) -> None:
    with pytest.raises(BadRequest) as wrong:
        text_of(facts)
    assert wrong.value.field == "/text"
    with pytest.raises(BadRequest, match="body"):
        text_of({"text": "x", "more": "y"})
    assert text_of({"text": "x"}) == "x"
