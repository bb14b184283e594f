"""A generated history: the same for a seed, whole, and readable by our own readers."""

from __future__ import annotations

import io
from collections import Counter
from datetime import timedelta

import pydicom
import pytest
from lxml import etree

from functions.drimbox.dmp import xds
from functions.drimbox.dmp.registry import DocumentEntry, read_entries
from functions.drimbox.identity.ins import Ins
from functions.drimbox.manifest.read import read
from functions.drimbox.oid import Oid
from functions.drimbox.report.cda import read_cda
from simulators.dmp.ebrim import structure_errors
from simulators.dmp.kos import read_manifest
from simulators.history.history import PRESETS, UNTIL, Document, History, history, patient
from simulators.history.plan import BLOCK, INVISIBLE, MASKED, plan
from simulators.history.sites import SITES, served_at
from simulators.ris.cases import CASES

REPORT = "18748-4"


@pytest.fixture(scope="module", params=["demo", "long"])
def made(request: pytest.FixtureRequest) -> History:
    return history(request.param)


def entry_of(document: Document) -> DocumentEntry:
    """The entry as our own client reads it in an answer of the registry."""
    answer = etree.Element(f"{{{xds.QUERY}}}AdhocQueryResponse")
    listed = etree.SubElement(answer, f"{{{xds.RIM}}}RegistryObjectList")
    listed.append(etree.fromstring(document.entry))
    [entry] = read_entries(answer)
    return entry


def entries(made: History) -> list[tuple[DocumentEntry, bytes]]:
    return [(entry_of(one), one.content) for one in made.documents]


def kind(entry: DocumentEntry) -> str:
    assert entry.type_code is not None
    return entry.type_code.code


def test_the_same_seed_gives_the_same_bytes_and_another_seed_another_patient() -> None:
    assert history("demo").body() == history("demo").body()
    assert history("demo", "autre").body() != history("demo").body()
    first, second = patient("un"), patient("deux")
    assert first.ins != second.ins
    assert Ins(first.ins, Oid(first.ins_oid)).value == first.ins
    assert {patient(f"seed {n}").ins for n in range(20)}.isdisjoint(c.ins for c in CASES.values())


@pytest.mark.parametrize("wanted", ["", "0", "-1", "5001", "demos", "1.5"])
def test_another_preset_is_refused(wanted: str) -> None:
    with pytest.raises(ValueError, match="number of exams"):
        history(wanted)


def test_a_history_without_exam_and_an_unknown_site_are_refused() -> None:
    with pytest.raises(ValueError, match="at least one"):
        plan("x", 0, 1, UNTIL, SITES)
    with pytest.raises(KeyError):
        served_at({"nowhere": "https://x"})


def test_the_number_of_exams_and_their_time(made: History) -> None:
    exams = made.plan.exams
    assert len(exams) in {preset.exams for preset in PRESETS.values()}
    started = [one.started for one in exams]
    assert started == sorted(started, reverse=True)
    assert UNTIL - timedelta(days=365 * 40) <= started[-1].date() <= started[0].date() <= UNTIL
    assert len({one.study for one in exams}) == len(exams)
    assert {one.site.key for one in exams} == {site.key for site in SITES}


def test_every_kind_of_document_is_there(made: History) -> None:
    exams, reports = made.plan.exams, made.plan.reports
    reported = {exam.number for one in reports for exam in one.exams}
    assert [one for one in exams if one.number not in reported], "an exam without a report"
    assert [one for one in exams if not one.versions], "a report without its exam"
    assert Counter(len(one.exams) for one in reports)[2] >= 1
    assert {one.body for one in reports} == {"pdf", "text"}
    assert {one.state for one in exams} == {"Approved", "Archived"}
    assert [one for one in exams if MASKED in one.masking]
    assert [one for one in exams if INVISIBLE in one.masking]
    assert [one for one in exams if one.key_images]
    states = Counter(entry.status.rpartition(":")[2] for entry, _ in entries(made))
    # A replaced manifest and a replaced report in each block.
    assert states["Deprecated"] >= 2 * (len(exams) // BLOCK)
    assert states["Archived"] >= 2 * (len(exams) // BLOCK)


def test_every_entry_is_read_whole(made: History) -> None:
    for document in made.documents:
        assert list(structure_errors(etree.fromstring(document.entry))) == []
    found = entries(made)
    assert len({entry.entry_uuid for entry, _ in found}) == len(found)
    assert len({entry.unique_id for entry, _ in found}) == len(found)
    cx = f"{made.patient.ins}^^^&{made.patient.ins_oid}&ISO^NH"
    for entry, _ in found:
        assert entry.patient_id == cx
        assert entry.modalities
        assert entry.regions
        assert len(entry.event_codes) > len(entry.modalities) + len(entry.regions)
        assert entry.confidentiality_codes[0].code == "N"
        assert entry.author_institutions[0].count("^") == 9
        assert entry.title
        assert entry.service_start_time


def test_manifests_and_reports_meet_by_their_references(made: History) -> None:
    """The three references of each exam, in its manifest and in its report alike."""
    by_study: dict[str, set[str]] = {}
    for entry, _ in entries(made):
        kinds = Counter(one.kind for one in entry.reference_ids)
        assert kinds[xds.ACCESSION] == kinds[xds.ORDER] == kinds[xds.STUDY_INSTANCE_UID] >= 1
        assert kind(entry) == REPORT or kinds[xds.ORDER] == 1
        for one in entry.reference_ids:
            if one.kind == xds.STUDY_INSTANCE_UID:
                by_study.setdefault(one.value, set()).add(kind(entry))
    assert by_study.keys() == {one.study for one in made.plan.exams}
    assert {frozenset(kinds) for kinds in by_study.values()} == {
        frozenset({"IMG-KOS", REPORT}),
        frozenset({"IMG-KOS"}),
        frozenset({REPORT}),
    }


def test_every_manifest_is_read_by_three_readers(made: History) -> None:
    exams = {one.study: one for one in made.plan.exams}
    read_ones = 0
    for entry, content in entries(made):
        if kind(entry) != "IMG-KOS":
            continue
        read_ones += 1
        ours, simulated = read(content), read_manifest(content)
        exam = exams[ours.study_instance_uid]
        assert (ours.sop_instance_uid, ours.patient_id) == (entry.unique_id, made.patient.ins)
        assert simulated.sop_instance_uid == entry.unique_id
        assert ours.requests[0].accession_number == exam.accession
        for series in ours.series:
            assert series.retrieve_url.startswith(f"{exam.site.images}/studies/{exam.study}/")
        dataset = pydicom.dcmread(io.BytesIO(content))
        assert str(dataset.PatientName).startswith(made.patient.traits.family)
        notes = [s for s in ours.series if s.modality == "KO"]
        assert len(notes) == exam.key_images
        assert len(ours.series) == len(exam.act.series) + exam.key_images
    assert read_ones == sum(one.versions for one in made.plan.exams)


def test_a_newer_manifest_names_the_same_images(made: History) -> None:
    versions: dict[str, list[object]] = {}
    for entry, content in entries(made):
        if kind(entry) == "IMG-KOS":
            versions.setdefault(entry.study_instance_uid, []).append(read(content).series)
    twice = [found for found in versions.values() if len(found) == 2]
    assert twice
    assert all(first == second for first, second in twice)


def test_every_report_is_read_and_names_its_exams(made: History) -> None:
    for entry, content in entries(made):
        if kind(entry) != REPORT:
            continue
        root = etree.fromstring(content)
        body = etree.QName(root[-1][0]).localname
        assert (body == "nonXMLBody") == entry_is_pdf(entry, made)
        studies = {
            one.get("root") for one in root.iterfind("{*}documentationOf/{*}serviceEvent/{*}id")
        }
        assert studies == {
            one.value for one in entry.reference_ids if one.kind == xds.STUDY_INSTANCE_UID
        }
        if body == "nonXMLBody":
            document = read_cda(content)
            assert document.patient.ins.value == made.patient.ins
            assert document.patient.birth_family == made.patient.traits.family


def entry_is_pdf(entry: DocumentEntry, made: History) -> bool:
    [xml] = [one.entry for one in made.documents if f'id="{entry.entry_uuid}"' in one.entry]
    return "urn:ihe:iti:xds-sd:pdf:2008" in xml


def test_the_hosts_of_the_images_are_chosen() -> None:
    made = history("demo", sites=served_at({"roches": "https://nobody.example/rs"}))
    urls = {
        series.retrieve_url.split("/studies/")[0]
        for entry, content in entries(made)
        if kind(entry) == "IMG-KOS"
        for series in read(content).series
    }
    assert "https://nobody.example/rs" in urls


def test_a_history_may_be_of_another_patient() -> None:
    other = patient("somebody")
    made = history("demo", of=other)
    assert made.patient == other
    assert {entry.patient_id for entry, _ in entries(made)} == {
        f"{other.ins}^^^&{other.ins_oid}&ISO^NH"
    }
    case = other.case()
    assert (case.ins, case.traits, case.ipp) == (other.ins, other.traits, other.ipp)


def test_the_manifests_of_some_studies_are_left_out_and_their_reports_stay(made: History) -> None:
    gone = made.plan.exams[1]
    left = entries(made.without({gone.study}))
    assert len(left) == len(made.documents) - 1
    kinds = {
        kind(entry) for entry, _ in left if gone.study in {one.value for one in entry.reference_ids}
    }
    assert kinds == {REPORT}
    assert made.without(()).documents == made.documents
