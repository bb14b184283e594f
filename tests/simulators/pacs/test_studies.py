"""The generated studies: coherent with their case, readable, and valid for an independent judge."""

from __future__ import annotations

import itertools
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from pydicom import Dataset, dcmread
from pydicom.uid import ExplicitVRLittleEndian, JPEGLSLossless

from simulators.pacs.studies import (
    REJECTIONS,
    Size,
    full_series,
    rejection_note,
    study_objects,
    write,
)
from simulators.ris.cases import CASES

SMALL = Size(instances=3, frames=2, pixels=32)
# One case per modality; A has the key image note.
NAMES = ("A", "D", "E", "G1")


def _objects(name: str, size: Size = SMALL) -> list[Dataset]:
    return list(study_objects(CASES[name].archived_studies()[0], size))


@pytest.fixture(scope="module")
def dciodvfy() -> str:
    found = shutil.which("dciodvfy")
    if found is None:
        pytest.skip("dciodvfy (dicom3tools) is not installed")
    return found


def _errors(dciodvfy: str, path: Path) -> list[str]:
    run = subprocess.run([dciodvfy, str(path)], capture_output=True, text=True, check=False)
    lines = (run.stdout + run.stderr).splitlines()
    assert lines, "dciodvfy says nothing"
    return [line for line in lines if line.startswith("Error")]


@pytest.mark.judge
@pytest.mark.parametrize("name", NAMES)
def test_every_object_is_valid(dciodvfy: str, name: str, tmp_path: Path) -> None:
    for path in write(iter(_objects(name)), tmp_path):
        assert _errors(dciodvfy, path) == []


@pytest.mark.judge
@pytest.mark.parametrize("title", REJECTIONS)
def test_every_rejection_note_is_valid(dciodvfy: str, title: str, tmp_path: Path) -> None:
    (study,) = CASES["C"].archived_studies()
    images = list(study_objects(study, SMALL))
    first = rejection_note(study, images[:2], title, 1)
    undone = rejection_note(study, [first], title, 2)
    assert first.SOPInstanceUID != undone.SOPInstanceUID
    for path in write(iter([first, undone]), tmp_path):
        assert _errors(dciodvfy, path) == []


@pytest.mark.judge
def test_the_judge_rejects_a_spoiled_object(dciodvfy: str, tmp_path: Path) -> None:
    spoiled = _objects("A")[0]
    del spoiled.ImageOrientationPatient
    (path,) = write(iter([spoiled]), tmp_path)

    assert _errors(dciodvfy, path)


@pytest.mark.parametrize("name", CASES)
def test_objects_carry_the_facts_of_the_case(name: str) -> None:
    case = CASES[name]
    for study in case.archived_studies():
        for item in study_objects(study, SMALL):
            assert item.StudyInstanceUID == study.study_instance_uid
            assert item.AccessionNumber == study.accession
            assert item.PatientID == case.ipp
            issuer = item.IssuerOfPatientIDQualifiersSequence[0]
            assert issuer.UniversalEntityID == case.ipp_root
            assert item.IssuerOfAccessionNumberSequence[0].UniversalEntityID == case.accession_root
            assert item.PatientBirthDate == study.traits.birth_date
            assert item.Modality in {study.act.modality[0], "KO"}


@pytest.mark.parametrize(("name", "count"), [("A", 7), ("D", 6), ("E", 1), ("G1", 2)])
def test_uids_are_unique_and_legal(name: str, count: int) -> None:
    objects = _objects(name)
    fresh = study_objects(CASES[name].fresh("token").archived_studies()[0], SMALL)
    uids = {str(item.SOPInstanceUID) for item in (*objects, *fresh)}

    assert len(objects) == count
    assert len(uids) == 2 * count
    assert all(len(uid) <= 64 for uid in uids)


def test_numbers_do_not_follow_uids() -> None:
    objects = [o for o in _objects("C", Size(8, 1, 32)) if o.SeriesInstanceUID.endswith(".201")]
    by_uid = [int(o.InstanceNumber) for o in sorted(objects, key=lambda o: str(o.SOPInstanceUID))]
    series = {str(o.SeriesInstanceUID): int(o.SeriesNumber) for o in _objects("C")}

    assert sorted(by_uid) == list(range(1, 9))
    assert by_uid != sorted(by_uid)
    assert [series[uid] for uid in sorted(series)] == [3, 2]


@pytest.mark.parametrize(("name", "frames"), [("E", 2), ("G1", 2), ("C", None), ("D", None)])
def test_only_xa_and_nm_have_frames(name: str, frames: int | None) -> None:
    for item in _objects(name):
        assert item.get("NumberOfFrames") == frames


def test_pixels_survive_both_transfer_syntaxes(tmp_path: Path) -> None:
    syntaxes = (ExplicitVRLittleEndian, JPEGLSLossless)
    read = []
    for syntax in syntaxes:
        objects = _objects("C", Size(2, 1, 64, syntax))
        paths = write(iter(objects), tmp_path / syntax)
        read.append([dcmread(path) for path in paths])

    for plain, coded in zip(*read, strict=True):
        assert plain.file_meta.TransferSyntaxUID == ExplicitVRLittleEndian
        assert coded.file_meta.TransferSyntaxUID == JPEGLSLossless
        assert plain.SOPInstanceUID == coded.SOPInstanceUID
        assert len(coded.PixelData) < len(plain.PixelData)
        assert (plain.pixel_array == coded.pixel_array).all()
        assert plain.pixel_array.max() > 1500  # bone


def test_the_same_case_gives_the_same_bytes(tmp_path: Path) -> None:
    one, other = (write(iter(_objects("A")), tmp_path / name) for name in ("one", "other"))

    assert [p.read_bytes() for p in one] == [p.read_bytes() for p in other]


def test_accents_survive(tmp_path: Path) -> None:
    path = write(iter(_objects("E")), tmp_path)[0]

    assert dcmread(path).StudyDescription == "Scintigraphie thyroïdienne"
    assert "thyroïdienne".encode() in path.read_bytes()


def test_the_key_image_note_designates_images_of_the_study() -> None:
    *images, note = _objects("A")
    title = note.ConceptNameCodeSequence[0]
    content = [
        item.ReferencedSOPSequence[0].ReferencedSOPInstanceUID
        for item in note.ContentSequence
        if item.ValueType == "IMAGE"
    ]
    evidence = [
        reference.ReferencedSOPInstanceUID
        for series in note.CurrentRequestedProcedureEvidenceSequence[0].ReferencedSeriesSequence
        for reference in series.ReferencedSOPSequence
    ]

    assert (title.CodeValue, title.CodingSchemeDesignator) == ("113000", "DCM")
    assert note.Modality == "KO"
    assert content == evidence
    assert set(content) <= {image.SOPInstanceUID for image in images}
    assert len(content) == 2
    assert not [o for o in _objects("C") if o.Modality == "KO"]


def test_the_reference_series_has_realistic_sizes() -> None:
    study = CASES["C"].archived_studies()[0]
    objects = list(itertools.islice(full_series(study), 3))

    assert {str(o.file_meta.TransferSyntaxUID) for o in objects} == {JPEGLSLossless}
    for item in objects:
        assert (item.Rows, item.Columns, item.BitsStored) == (512, 512, 12)
        assert 145_000 < len(item.PixelData) < 180_000


def test_an_unknown_modality_is_refused() -> None:
    study = CASES["C"].archived_studies()[0]
    other = replace(study, act=replace(study.act, modality=("US", "")))

    with pytest.raises(KeyError):
        next(study_objects(other))
