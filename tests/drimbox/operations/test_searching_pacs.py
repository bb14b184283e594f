"""The study that a held report means is looked for in the PACS, within the operator's rights."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from functions.drimbox.breaker import SERVICE
from functions.drimbox.errors import (
    Absent,
    BadRequest,
    Forbidden,
    Held,
    PacsAnswerUnusable,
    PacsUnavailable,
)
from functions.drimbox.oid import Uid
from functions.drimbox.operations.overriding import Choice, override
from functions.drimbox.operations.permissions import Caller
from functions.drimbox.operations.searching_pacs import (
    MOST,
    Asked,
    _day,
    _numbers,
    search_pacs,
)
from functions.drimbox.publication.asking_pacs import PACS, SEARCHES
from functions.drimbox.publication.messages import ReportMessage, load
from functions.drimbox.tenants.model import Permission
from tests.drimbox.operations.conftest import CASE, OTHER, STUDY, Reported, but, only
from tests.fakes.world import OPERATOR, World, study_index

ACCESSION = CASE.orders[0].accession
EDITOR = only(Permission.EDIT)
FREE = only(Permission.EDIT, Permission.PATIENTS)


def search(held: Reported, caller: Caller = OPERATOR, **fields: str) -> dict[str, Any]:
    world = held.world
    fields = {"study": str(held.study)} | fields
    return search_pacs(world.at_rest, lambda: world.pacs, caller, message_id=held.id, fields=fields)


def arrive(world: World, study: Uid = OTHER, **changes: Any) -> None:
    index = study_index(study, accession=ACCESSION, patient=CASE.ipp)
    world.pacs.studies[study] = replace(index, **changes)


def audited(world: World) -> list[tuple[str, dict[str, str]]]:
    return [
        (result, dict(facts))
        for (event, _, result), facts in world.audit.records.items()
        if event == "pacs.searched"
    ]


def test_the_patient_s_studies_of_those_days_are_compared_with_the_report(held: Reported) -> None:
    arrive(held.world)
    arrive(held.world, Uid(f"{OTHER}.1"), accession_number="ACN-OTHER")
    arrive(held.world, Uid(f"{OTHER}.2"), study_date="20200101")
    arrive(held.world, Uid(f"{OTHER}.3"), patient_id="IPP999")
    found = search(held, EDITOR)
    assert found["asked"] == {"ipp": CASE.ipp, "day": "2021-01-08", "accession": "", "modality": ""}
    first, second = found["found"]
    assert (first["study_instance_uid"], first["named"]) == (OTHER, False)
    assert (first["study_date"], first["modalities"], first["instances"]) == ("20210108", ["CT"], 3)
    assert (first["description"], first["accession_number"]) == ("Scanner", ACCESSION)
    assert [row["field"] for row in first["compared"] if row["differs"]] == []
    assert [row["field"] for row in second["compared"] if row["differs"]] == ["accession"]
    assert (found["complete"], found["left_out"], found["fault"]) == (True, 0, "")


def test_the_nearest_day_is_first_among_equals(held: Reported) -> None:
    for number, day in enumerate(("20210111", "20210109", "", "20210106")):
        arrive(held.world, Uid(f"{OTHER}.{number}"), study_date=day)
    found = search(held)["found"]
    assert [one["study_date"] for one in found] == ["20210109", "20210106", "20210111", ""]


def test_one_record_tells_who_looked_for_whose_exams(held: Reported) -> None:
    arrive(held.world)
    search(held)
    [(result, facts)] = audited(held.world)
    assert result == "found"
    assert facts == {
        "who": "operator-1",
        "message_id": held.id,
        "study_instance_uid": STUDY,
        "ins": CASE.ins,
        "patient_id": CASE.ipp,
        "accession_number": "",
        "found": OTHER,
        "left_out": "0",
    }
    search(held, only(*Permission, request="2"), ipp="IPP999")
    assert [one for one, _ in audited(held.world)] == ["found", "nothing"]


def test_a_search_of_somebody_else_needs_the_right_to_patients(held: Reported) -> None:
    arrive(held.world, patient_id="IPP999")
    with pytest.raises(Forbidden):
        search(held, EDITOR, ipp="IPP999")
    with pytest.raises(Forbidden):
        search(held, EDITOR, ipp="IPP999", accession=ACCESSION)
    with pytest.raises(Forbidden):
        search(held, EDITOR, ipp=CASE.ipp, accession="ACN-OTHER")
    assert audited(held.world) == []
    assert ("operation.refused", "not_permitted") in held.world.audit.events()
    # The exam of the report's own order, whoever the images are of; and anybody, with the right.
    for caller, fields in ((EDITOR, {"accession": ACCESSION}), (FREE, {"ipp": "IPP999"})):
        [found] = search(held, caller, **fields)["found"]
        assert [row["field"] for row in found["compared"] if row["differs"]] == ["patient_id"]


def test_a_search_needs_the_right_to_edit_and_a_held_report(held: Reported) -> None:
    with pytest.raises(Forbidden):
        search(held, but(Permission.EDIT))
    for study in ("", "1.2.3", "nonsense"):
        with pytest.raises(BadRequest, match="study"):
            search(held, study=study)
    with pytest.raises(Absent):
        search(Reported(held.world, "0" * 32, STUDY))
    held.world.archive_study(CASE)
    held.world.replay(held.id)
    held.world.work()
    with pytest.raises(BadRequest, match="study"):
        search(held)


def test_only_a_report_has_a_study_to_look_for(published: Reported) -> None:
    world = published.world
    change = world.send(CASE, "OMI", control_id="omi").message_id
    world.work()
    with pytest.raises(BadRequest, match="publication"):
        search(Reported(world, change, STUDY))


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"ipp": "IPP*"}, "ipp"),
        ({"ipp": "IPP?"}, "ipp"),
        ({"ipp": "A\\B"}, "ipp"),
        ({"ipp": "A\nB"}, "ipp"),
        ({"ipp": "I" * 65}, "ipp"),
        ({"accession": "*"}, "accession"),
        ({"modality": "C T"}, "modality"),
        ({"modality": "C" * 17}, "modality"),
        ({"day": "08/01/2021"}, "day"),
        ({"day": "2021-02-30"}, "day"),
        ({"day": "0001-01-01"}, "day"),
        ({"day": "9999-12-31"}, "day"),
    ],
)
def test_an_ill_formed_criterion_is_named_and_nobody_is_asked(
    held: Reported, fields: dict[str, str], wrong: str
) -> None:
    held.world.pacs.fails = lambda: pytest.fail("asked")
    with pytest.raises(BadRequest) as raised:
        search(held, OPERATOR, **({"ipp": CASE.ipp} | fields))
    assert raised.value.field == wrong


def test_the_criteria_of_a_form_are_those_of_the_pacs() -> None:
    asked = Asked.read({"ipp": " IPP1 ", "day": "2021-01-01", "modality": "ct", "study": "1.2"})
    criteria = asked.criteria()
    assert (criteria.patient_id, criteria.accession_number, criteria.modality) == ("IPP1", "", "CT")
    assert (criteria.since, criteria.until) == ("20201229", "20210104")
    assert Asked.read({}).criteria().since == ""
    assert "IPP1" not in repr(asked)


def test_a_search_of_nobody_is_told_in_words(held: Reported) -> None:
    held.world.pacs.fails = lambda: pytest.fail("asked")
    found = search(held, EDITOR, ipp="", day="2021-01-08")
    assert (found["fault"], found["found"], found["complete"]) == ("no_patient", [], False)
    assert [one for one, _ in audited(held.world)] == ["no_patient"]


def raising(error: Exception) -> Callable[[], None]:
    def fails() -> None:
        raise error

    return fails


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (PacsUnavailable("no answer"), "pacs_unavailable"),
        (PacsAnswerUnusable("not JSON"), "pacs_answer_unusable"),
        (Held("pacs_refused"), "pacs_refused"),
    ],
)
def test_a_pacs_that_gives_no_answer_is_told_in_words(
    held: Reported, error: Exception, code: str
) -> None:
    held.world.pacs.fails = raising(error)
    found = search(held)
    assert (found["fault"], found["found"]) == (code, [])
    assert [one for one, _ in audited(held.world)] == [code]


def test_an_open_circuit_is_not_asked_through(held: Reported) -> None:
    world = held.world
    breaker = world.at_rest.breaker
    for _ in range(3):
        leave = breaker.admit(PACS, SERVICE)
        assert leave is not None
        breaker.failed(leave)
    world.pacs.fails = lambda: pytest.fail("asked")
    assert search(held)["fault"] == "pacs_unavailable"


def test_searches_that_fail_do_not_stop_publications(held: Reported) -> None:
    world = held.world
    world.pacs.fails = raising(PacsUnavailable("no answer"))
    for number in range(5):
        search(held, only(*Permission, request=str(number)))
    assert world.circuits.get(SEARCHES).circuit == "open"
    assert world.circuits.get(PACS).circuit == "closed"


def test_no_more_rows_than_a_page_has(held: Reported) -> None:
    for number in range(MOST + 1):
        arrive(held.world, Uid(f"{OTHER}.{number}"))
    found = search(held)
    assert (len(found["found"]), found["complete"]) == (MOST, False)


def test_a_study_of_the_publication_is_no_choice(held: Reported) -> None:
    held.world.archive_study(CASE, accession_number="ACN-OTHER")
    [found] = search(held)["found"]
    assert (found["study_instance_uid"], found["named"]) == (STUDY, True)


def test_a_study_that_was_chosen_before_has_the_exam_s_day_too(held: Reported) -> None:
    world = held.world
    arrive(world, patient_id="IPP999")
    override(world.at_rest, OPERATOR, message_id=held.id, choice=Choice({STUDY: OTHER}, None))
    world.replay(held.id)
    world.work()
    again = Reported(world, held.id, OTHER)
    assert again.outcome.reason == "patient_mismatch"
    assert search(again)["asked"]["day"] == "2021-01-08"


def test_a_report_without_local_identifier_or_day(held: Reported) -> None:
    """Images have the INS where the report has no local identifier."""
    message = load(held.world.at_rest, held.id)
    assert isinstance(message, ReportMessage)
    document = message.report.document
    exams = tuple(replace(one, period=replace(one.period, low=None)) for one in document.exams)
    bare = replace(document, patient=replace(document.patient, local_ids=()), exams=exams)
    assert _numbers(bare) == ((CASE.ins,), (ACCESSION,))
    assert (_day(bare, {STUDY}), _day(document, {STUDY})) == ("", "2021-01-08")
