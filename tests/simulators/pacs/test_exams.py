"""The images of a history's exams: those that its manifests name, of the right class and place."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from itertools import pairwise
from pathlib import Path

import numpy as np
import pydicom
import pytest
from pydicom import dcmwrite
from pydicom.dataset import Dataset

from simulators.dmp.kos import read_manifest
from simulators.history.acts import ACTS, Series
from simulators.history.history import History, history
from simulators.history.kinds import KINDS
from simulators.history.kos import manifest
from simulators.history.plan import Exam
from simulators.history.series import planned_study
from simulators.history.showcase import SHOWCASE
from simulators.pacs.exams.objects import exam_objects, write_exam

DOCUMENTS = {"measurements", "presentation", "document", "key_images"}


@cache
def made() -> History:
    return history("demo")


def exam_of(*series: Series, number: int = 1, key_images: bool = False) -> Exam:
    """An exam of these series, on the day of one of the history."""
    exam = made().plan.exams[number - 1]
    return replace(exam, act=replace(exam.act, series=series), key_images=key_images)


@cache
def objects(name: str) -> tuple[Dataset, ...]:
    """A series of that kind; a document's stands beside slices of a chest."""
    images = 3 if name.startswith(("ct", "mr", "pt")) or name in DOCUMENTS else 1
    series = [Series("Coupes", images, "ct_chest")] if name in DOCUMENTS else []
    if name == "key_images":
        exam = exam_of(*series, key_images=True)
    else:
        exam = exam_of(*series, Series("Série", 1 if series else images, name))
    return tuple(exam_objects(exam, made().patient))


@pytest.mark.parametrize("name", sorted(KINDS))
def test_a_series_of_each_kind_has_its_class_and_the_patient_s_identity(name: str) -> None:
    found = objects(name)
    kind, patient = KINDS[name], made().patient
    of_kind = [one for one in found if one.SOPClassUID == kind.sop_class]
    assert of_kind
    for one in found:
        assert one.PatientName == f"{patient.traits.family}^{patient.traits.given}"
        assert (one.PatientID, one.PatientBirthDate) == (patient.ipp, patient.traits.birth_date)
        assert one.AccessionNumber == made().plan.exams[0].accession
    assert of_kind[-1].Modality == kind.modality


@pytest.mark.parametrize("name", sorted(KINDS))
def test_the_independent_validator_finds_no_error(name: str, tmp_path: Path) -> None:
    if shutil.which("dciodvfy") is None:
        pytest.skip("dciodvfy is not installed")
    path = tmp_path / "object.dcm"
    dcmwrite(path, objects(name)[-1], enforce_file_format=True)
    told = subprocess.run(["dciodvfy", "-new", path], capture_output=True, text=True, check=False)
    lines = (told.stdout + told.stderr).splitlines()
    assert [line for line in lines if line.startswith("Error")] == []
    assert lines


def test_the_validator_refuses_a_spoilt_object(tmp_path: Path) -> None:
    if shutil.which("dciodvfy") is None:
        pytest.skip("dciodvfy is not installed")
    spoilt = Dataset()
    spoilt.update(objects("ct_chest")[0])
    spoilt.file_meta = objects("ct_chest")[0].file_meta
    del spoilt.PixelSpacing
    path = tmp_path / "object.dcm"
    dcmwrite(path, spoilt, enforce_file_format=True)
    told = subprocess.run(["dciodvfy", "-new", path], capture_output=True, text=True, check=False)
    assert "Error" in told.stderr + told.stdout


@pytest.mark.parametrize("number", [1, 3, 4, 9])
def test_an_exam_has_exactly_the_objects_of_its_manifest(number: int) -> None:
    exam = made().plan.exams[number - 1]
    few = replace(
        exam,
        act=replace(
            exam.act,
            series=tuple(one._replace(images=min(one.images, 2)) for one in exam.act.series),
        ),
    )
    patient = made().patient
    listed = read_manifest(
        manifest(
            *(few, patient.ins, patient.ins_oid, patient.traits),
            uid="1.2.3",
            created=few.started,
        )
    )
    got = {
        (str(one.SeriesInstanceUID), str(one.SOPInstanceUID), str(one.SOPClassUID))
        for one in exam_objects(few, patient)
    }
    study = planned_study(few)
    wanted = {(one.uid, uid, one.kind.sop_class) for one in study.series for uid in one.instances}
    if study.note is not None:
        wanted.add((*study.note, KINDS["key_images"].sop_class))
    assert got == wanted
    assert listed.study_instance_uid == few.study


def test_the_same_bytes_every_time_and_others_for_another_exam(tmp_path: Path) -> None:
    def files(folder: Path, number: int) -> list[bytes]:
        exam = exam_of(Series("Coupes", 2, "ct_chest"), number=number)
        return [path.read_bytes() for path in write_exam(exam, made().patient, folder)]

    first = files(tmp_path / "a", 1)
    assert files(tmp_path / "b", 1) == first
    # A study that is there is whole: nothing is made again.
    assert files(tmp_path / "a", 1) == first
    assert files(tmp_path / "a", 7) != first
    assert not [path for path in (tmp_path / "a").iterdir() if path.name.startswith(".")]


@pytest.mark.parametrize("name", ["ct_chest", "ct_low_dose", "pt", "mr_knee_coronal", "mr_head_t1"])
def test_slices_stand_in_a_row_in_the_study_s_frame(name: str) -> None:
    found = [one for one in objects(name) if "ImagePositionPatient" in one]
    across, down = (
        np.array(found[0].ImageOrientationPatient[part : part + 3], dtype=float) for part in (0, 3)
    )
    assert abs(across @ down) < 1e-6
    normal = np.cross(across, down)
    places = [np.array(one.ImagePositionPatient, dtype=float) for one in found]
    steps = [after - before for before, after in pairwise(places)]
    for step in steps:
        assert np.allclose(np.cross(step, normal), 0, atol=1e-3), "along the normal"
        assert np.allclose(step, steps[0], atol=1e-3)
    assert len({one.FrameOfReferenceUID for one in found}) == 1
    assert {one.FrameOfReferenceUID for one in found} == {
        objects("ct_chest")[0].FrameOfReferenceUID
    }


def nodule(number: int) -> int:
    """The pixels of the nodule's largest slice, at its own place."""
    exam = exam_of(Series("Coupes", 130, "ct_chest"), number=number)
    [shown] = [
        one
        for one in at_nodule(exam_objects(exam, made().patient))
        if abs(float(one.SliceLocation) - 62) < 1
    ]
    values = shown.pixel_array.astype(int) - 1024
    spacing = float(shown.PixelSpacing[0])
    column, row = (round(place / spacing + 255.5) for place in (-72, -12))
    around = values[row - 15 : row + 15, column - 15 : column + 15]
    return int((around > -300).sum())


def at_nodule(found: Iterator[Dataset]) -> Iterator[Dataset]:
    for one in found:
        yield one
        if float(one.SliceLocation) < 61:
            return


def test_the_nodule_grows_from_exam_to_exam() -> None:
    first, later, now = nodule(7), nodule(6), nodule(1)
    assert 0 < first < later < now


def test_the_chosen_exams_show_every_kind_of_image() -> None:
    shown = {
        one.kind
        for preset in SHOWCASE
        for exam in history(preset).plan.exams[:44]
        for one in exam.act.series
    }
    drawn = {one.kind for act in ACTS for one in act.series}
    assert {KINDS[name].modality for name in shown} >= {
        *("CT", "MR", "DX", "MG", "US", "XA", "PT", "SR", "PR", "DOC")
    }
    assert shown | drawn | {"key_images"} == set(KINDS)


def test_an_ultrasound_film_is_in_colour_and_moves() -> None:
    film = objects("us_cine")[0]
    assert (film.PhotometricInterpretation, film.NumberOfFrames) == ("RGB", 24)
    frames = film.pixel_array
    assert (frames[0] != frames[6]).any()
    assert (frames[..., 0] != frames[..., 2]).any()


def test_a_mammogram_tells_its_side_and_view() -> None:
    for name, side, view in (("mg_rcc", "R", "CC"), ("mg_lmlo", "L", "MLO")):
        shown = objects(name)[0]
        assert (shown.ImageLaterality, shown.ViewPosition) == (side, view)
        half = shown.Columns // 2
        left, right = (
            part.mean() for part in (shown.pixel_array[:, :half], shown.pixel_array[:, half:])
        )
        # The chest wall, where the breast is thick, is at the right of a right breast's picture.
        assert bool(right > left) is (side == "R")


def test_documents_point_at_images_of_their_study() -> None:
    slices = {one.SOPInstanceUID for one in objects("measurements") if "PixelData" in one}
    for name in ("measurements", "presentation", "key_images"):
        named = {
            str(item.value)
            for item in objects(name)[-1].iterall()
            if item.keyword == "ReferencedSOPInstanceUID"
        }
        assert named
        assert named <= slices
    pdf = objects("document")[-1]
    assert bytes(pdf.EncapsulatedDocument).startswith(b"%PDF")
    assert pydicom.uid.UID(pdf.SOPClassUID).name == "Encapsulated PDF Storage"
