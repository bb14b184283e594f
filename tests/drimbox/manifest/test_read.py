from __future__ import annotations

import copy
import struct
from contextlib import suppress
from io import BytesIO
from pathlib import Path

import pydicom
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom.uid import ExplicitVRBigEndian, ExplicitVRLittleEndian

from functions.drimbox.manifest.build import build
from functions.drimbox.manifest.key_images import read_selection
from functions.drimbox.manifest.read import Manifest, ManifestUnreadable, RequestReference, read
from tests.drimbox.manifest.samples import (
    DATA,
    FACTS,
    facts,
    large_study,
    refused,
    rewritten,
)

OFFICIAL = Path(__file__).parents[4] / "shared" / "data" / "official"


def test_reads_what_build_wrote() -> None:
    manifest = read(DATA)
    assert manifest.study_instance_uid == "1.2.250.9.1.77"
    assert manifest.sop_instance_uid == "2.25.77"
    assert manifest.series_instance_uid == "2.25.78"
    assert manifest.patient_id == "248039263001064"
    assert manifest.patient_id_issuer == "1.2.250.1.213.1.4.10"
    assert manifest.title == "113030"
    assert manifest.description.startswith("Examen : Scanner thoracique\nActe = ")
    assert manifest.requests == (
        RequestReference("ACN-77", "1.2.840.9.2", "OPN-77", "1.2.840.9.1"),
    )
    first = manifest.series[0]
    assert first.retrieve_url == (
        "https://db.example.org/tenants/tilleuls/dicomweb/studies/1.2.250.9.1.77/series/"
        "1.2.250.9.1.77.1"
    )
    assert (first.number, first.modality) == (2, "")
    assert manifest.series[2].number is None
    assert manifest.series[1].instances[0].number_of_frames == 24
    assert manifest.series[1].instances[1].instance_number is None
    assert "248039263001064" not in repr(manifest)


def test_finds_series_and_objects_where_they_are_and_only_there() -> None:
    manifest = read(DATA)
    series = manifest.find_series("1.2.250.9.1.77.2")
    assert series is manifest.series[1]
    assert manifest.find_series("1.2.250.9.1.77.4") is None
    assert manifest.series[0].find("1.2.250.9.1.77.1.11") is not None
    assert manifest.series[1].find("1.2.250.9.1.77.1.11") is None


@pytest.mark.parametrize("undefined", [False, True])
@pytest.mark.parametrize(
    "syntax", ["1.2.840.10008.1.2", ExplicitVRLittleEndian, ExplicitVRBigEndian]
)
def test_every_encoding_reads_the_same(syntax: str, undefined: bool) -> None:
    assert read(rewritten(syntax=syntax, undefined=undefined)) == read(DATA)


def test_unknown_attributes_and_sequences_are_stepped_over() -> None:
    def add(root: pydicom.Dataset) -> None:
        root.add_new(0x00091010, "UN", b"private")
        inner = pydicom.Dataset()
        inner.SeriesDescription = "x"
        root.RequestAttributesSequence = pydicom.Sequence([inner])
        root["RequestAttributesSequence"].is_undefined_length = True
        root.CurrentRequestedProcedureEvidenceSequence[0].ReferencedSeriesSequence[
            0
        ].Modality = "CT"

    manifest = read(rewritten(add, syntax=ExplicitVRLittleEndian))
    assert manifest.series[0].modality == "CT"
    assert manifest.series[1:] == read(DATA).series[1:]


def test_an_unknown_vr_of_undefined_length_is_an_implicit_sequence() -> None:
    data = rewritten(syntax=ExplicitVRLittleEndian)
    inner = struct.pack("<HHL", 0x0008, 0x0104, 2) + b"ab"
    item = struct.pack("<HHL", 0xFFFE, 0xE000, len(inner)) + inner
    element = b"\x09\x00\x10\x10UN\0\0\xff\xff\xff\xff" + item + b"\xfe\xff\xdd\xe0\0\0\0\0"
    at = data.index(b"\x10\x00\x10\x00PN")
    assert read(data[:at] + element + data[at:]) == read(DATA)


def test_utf_8_and_other_character_sets() -> None:
    assert "Acte = Œil" in read(build(facts(act_label="Œil"))).description

    latin_1, cyrillic = b"ISO_IR 100", b"ISO_IR 144"
    assert DATA.count(latin_1) == 1
    assert read(DATA.replace(latin_1, cyrillic)).series == read(DATA).series


def test_refuses_what_is_larger_than_accepted() -> None:
    assert read(DATA, max_bytes=len(DATA)).title == "113030"
    with pytest.raises(ManifestUnreadable, match="larger"):
        read(DATA, max_bytes=len(DATA) - 1)


@pytest.mark.parametrize("data", [b"", b"DICM", bytes(128) + b"DICM", DATA[132:], b"<xml/>" * 50])
def test_refuses_what_is_not_a_part_10_file(data: bytes) -> None:
    refused(data, "not a")


def test_refuses_another_class() -> None:
    def image(root: pydicom.Dataset) -> None:
        root.SOPClassUID = "1.2.840.10008.5.1.4.1.1.2"

    refused(rewritten(image), "not a Key Object Selection")


def test_refuses_a_deflated_file() -> None:
    syntax = b"\x02\x00\x10\x00UI"
    named = syntax + b"\x12\x001.2.840.10008.1.2\0"
    assert DATA.count(named) == 1
    refused(DATA.replace(named, syntax + b"\x16\x001.2.840.10008.1.2.1.99"), "deflated")


def test_refuses_a_second_study() -> None:
    def other(root: pydicom.Dataset) -> None:
        root.CurrentRequestedProcedureEvidenceSequence[0].StudyInstanceUID = "1.2.3"

    refused(rewritten(other), "another study")


def test_a_series_in_two_items_is_one_series_under_one_address() -> None:
    def split(root: pydicom.Dataset) -> None:
        series = root.CurrentRequestedProcedureEvidenceSequence[0].ReferencedSeriesSequence
        rest = copy.deepcopy(series[0])
        rest.ReferencedSOPSequence = pydicom.Sequence(series[0].ReferencedSOPSequence[1:])
        series[0].ReferencedSOPSequence = pydicom.Sequence(series[0].ReferencedSOPSequence[:1])
        assert rest.ReferencedSOPSequence
        series.append(rest)

    def moved(root: pydicom.Dataset) -> None:
        split(root)
        series = root.CurrentRequestedProcedureEvidenceSequence[0].ReferencedSeriesSequence
        series[-1].RetrieveURL = "https://elsewhere.example/rs"

    whole = read(rewritten(lambda root: None))
    parts = read(rewritten(split))
    assert parts.series == whole.series
    refused(rewritten(moved), "two addresses")


def test_refuses_a_manifest_of_nothing() -> None:
    def empty(root: pydicom.Dataset) -> None:
        root.CurrentRequestedProcedureEvidenceSequence = pydicom.Sequence()

    def hollow(root: pydicom.Dataset) -> None:
        for one in root.CurrentRequestedProcedureEvidenceSequence[0].ReferencedSeriesSequence:
            one.ReferencedSOPSequence = pydicom.Sequence()

    refused(rewritten(empty), "no object")
    refused(rewritten(hollow), "no object")


@pytest.mark.parametrize(
    "keyword", ["StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID", "ReferencedSOPClassUID"]
)
def test_refuses_an_ill_formed_uid_and_never_quotes_it(keyword: str) -> None:
    bad = b"../../etc/passwd;"
    uid = {
        "StudyInstanceUID": b"1.2.250.9.1.77\x20"[:14],
        "SeriesInstanceUID": b"2.25.78\0",
        "SOPInstanceUID": b"2.25.77\0",
        "ReferencedSOPClassUID": b"1.2.840.10008.5.1.4.1.1.12.1",
    }[keyword]
    data = DATA[:400] + DATA[400:].replace(uid, bad[: len(uid)])
    with pytest.raises(ManifestUnreadable) as error:
        read(data)
    assert "etc" not in str(error.value)


def same_or_refused(data: bytes) -> None:
    with suppress(ManifestUnreadable):
        assert read(data).sop_instance_uid
    with suppress(ManifestUnreadable):
        assert read_selection(data).place.instance


@settings(deadline=None)
@given(st.binary(max_size=400))
def test_arbitrary_bytes_are_refused(data: bytes) -> None:
    same_or_refused(data)
    same_or_refused(bytes(128) + b"DICM" + data)
    same_or_refused(DATA[:320] + data)


EXPLICIT = rewritten(syntax=ExplicitVRLittleEndian, undefined=True)


@settings(max_examples=400, deadline=None)
@given(st.sampled_from([DATA, EXPLICIT]), st.data())
def test_changed_bytes_are_read_or_refused(original: bytes, data: st.DataObject) -> None:
    changed = bytearray(original)
    for _ in range(data.draw(st.integers(1, 6))):
        changed[data.draw(st.integers(128, len(changed) - 1))] = data.draw(st.integers(0, 255))
    same_or_refused(bytes(changed[: data.draw(st.integers(130, len(changed)))]))


def test_a_manifest_is_not_lost_in_ten_thousand_objects() -> None:
    manifest: Manifest = read(build(facts(study=large_study(10_000))))
    assert len(manifest.series[0].instances) == 10_000


@pytest.mark.skipif(not OFFICIAL.is_dir(), reason="the network's samples are not here")
@pytest.mark.parametrize(
    ("name", "series", "objects"),
    [("KOS/ko.dcm", 2, 20), ("XDM/KA202401/IHE_XDM/SS000001/KOS_1_1.DCM", 1, 10)],
)
def test_the_samples_of_the_network_are_read(name: str, series: int, objects: int) -> None:
    data = (OFFICIAL / name).read_bytes()
    manifest = read(data)
    root = pydicom.dcmread(BytesIO(data))
    assert manifest.study_instance_uid == root.StudyInstanceUID
    assert manifest.patient_id == root.PatientID
    assert len(manifest.series) == series
    assert sum(len(one.instances) for one in manifest.series) == objects
    assert all(one.retrieve_url.endswith(one.series_instance_uid) for one in manifest.series)
    assert manifest.requests[0].accession_number == (
        root.ReferencedRequestSequence[0].AccessionNumber
    )


def test_key_images_are_the_objects_that_a_note_designates() -> None:
    manifest = read(DATA)
    noted = {uid for note in FACTS.study.key_images for uid in note.references}
    keys = {one.sop_instance_uid for s in manifest.series for one in s.instances if one.is_key}
    assert keys == noted
    assert manifest.key_images == len(noted) > 0


def test_a_rejection_marks_no_key_image() -> None:
    def reject(root: pydicom.Dataset) -> None:
        for series in root.CurrentRequestedProcedureEvidenceSequence[0].ReferencedSeriesSequence:
            for one in series.ReferencedSOPSequence:
                for mark in one.get("ReferencedSOPSequence", ()):
                    mark.ConceptNameCodeSequence[0].CodeValue = "113001"

    assert read(rewritten(reject)).key_images == 0
