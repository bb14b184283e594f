"""Which exam and which order of a report a study is."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from functions.drimbox.errors import Held
from functions.drimbox.identity.parties import Code, Interval
from functions.drimbox.oid import Uid
from functions.drimbox.publication.match_images import contradict, exam_of, match_order
from functions.drimbox.report.model import ClinicalDocument
from functions.drimbox.report.reading import read_report
from simulators.ris.messages import message
from tests.fakes.memory import VirtualClock
from tests.fakes.world import case, study_index


def document(name: str) -> ClinicalDocument:
    raw = message(case(name), control_id="1", at=VirtualClock().now())
    return read_report(raw).document


def test_several_acts_on_one_study_are_one_exam() -> None:
    report = document("C")
    (exam,) = report.exams
    other = replace(
        exam,
        act=Code("24728-8", "2.16.840.1.113883.6.1", "second act"),
        regions=(Code("51185008", "2.16.840.1.113883.6.96", "thorax"),),
        period=Interval(datetime(2021, 1, 8, 9, 0), datetime(2021, 1, 8, 9, 30, tzinfo=UTC)),  # noqa: DTZ001
    )
    merged = exam_of(replace(report, exams=(exam, other)), exam.study_instance_uid)
    assert merged.act == exam.act
    assert merged.modalities == exam.modalities
    assert merged.regions == (*exam.regions, *other.regions)
    assert merged.period == Interval(other.period.low, exam.period.high)


def test_a_study_that_the_report_does_not_name_is_an_error_of_ours() -> None:
    with pytest.raises(ValueError, match="does not name"):
        exam_of(document("C"), Uid("1.2.3"))


def test_each_study_of_a_report_finds_its_own_order() -> None:
    report = document("F")
    for archived in case("F").archived_studies():
        study = study_index(archived.study_instance_uid, accession=archived.accession)
        assert match_order(report, study).accession.extension == archived.accession


def test_a_report_without_local_identifier_matches_images_named_after_the_ins() -> None:
    report = document("C")
    report = replace(report, patient=replace(report.patient, local_ids=()))
    accession = report.orders[0].accession.extension
    study = study_index("1.2.3", accession=accession, patient=report.patient.ins.value)
    assert match_order(report, study) == report.orders[0]
    with pytest.raises(Held) as held:
        match_order(report, study_index("1.2.3", accession=accession))
    assert held.value.code == "patient_mismatch"


BORN = "19790328"


@pytest.mark.parametrize(
    ("name", "born", "expected"),
    [
        ("D'ALÈS-ROUX^ZOÉ", "20120125", False),
        ("d ales roux^zoe", "20120125", False),
        ("ROUX D ALES ZOE", "20120125", False),
        ("Müller^ZOÉ", "20120125", False),
        ("ALES^ZOÉ", "20120125", True),
        ("ROUXDALES^ZOÉ", "20120125", True),
        ("PERSONNE^ZOÉ", "20120125", True),
        ("PERSONNE^ZOÉ", BORN, False),
        ("PERSONNE^ZOÉ", "", False),
        ("", "20120125", False),
        ("^^", "20120125", False),
    ],
)
def test_images_of_somebody_else_have_another_name_and_birth_date(
    name: str, born: str, expected: bool
) -> None:
    patient = replace(
        document("C").patient, birth_family="D'ALES ROUX", used_family="MULLER", birth_date=BORN
    )
    study = replace(study_index("1.2.3", accession="A"), patient_name=name, patient_birth_date=born)
    assert contradict(patient, study) is expected


def test_a_family_name_that_is_not_there_is_nobody_s() -> None:
    patient = replace(document("C").patient, birth_family="", used_family="", birth_date=BORN)
    study = replace(
        study_index("1.2.3", accession="A"), patient_name="X^Y", patient_birth_date="20120125"
    )
    assert contradict(patient, study)
