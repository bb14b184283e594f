"""Every object of an exam, and their files."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Final

from pydicom import dcmwrite
from pydicom.dataset import Dataset

from simulators.history.history import Patient
from simulators.history.plan import Exam
from simulators.history.series import planned_study
from simulators.pacs.exams import cine, ct, documents, emission, mr, projection
from simulators.pacs.exams.making import Making

# The beginning of a kind's name -> the maker of its series.
_MAKERS: Final[Mapping[str, Callable[[Making], Iterator[Dataset]]]] = {
    "ct": ct.series,
    "mr": mr.series,
    "dx": projection.series,
    "mg": projection.series,
    "us": cine.ultrasound,
    "xa": cine.angiography,
    "nm": cine.nuclear,
    "pt": emission.series,
    "measurements": documents.measurements,
    "presentation": documents.presentation,
    "document": documents.document,
}


def exam_objects(exam: Exam, patient: Patient) -> Iterator[Dataset]:
    """The objects of ``exam``, series after series; the same bytes every time."""
    study = planned_study(exam)
    for series in study.series:
        maker = _MAKERS[series.name.partition("_")[0]]
        yield from maker(Making(patient, exam, study, series))
    if study.note is not None:
        series = documents.note_series(study.note)
        yield documents.key_images(Making(patient, exam, study, series))


def write_exam(exam: Exam, patient: Patient, folder: Path) -> tuple[Path, ...]:
    """Write ``<study>/<series>/<instance>.dcm`` under ``folder``; the paths, in order.

    A study whose folder is there is whole, and is not made again.
    """
    whole = folder / exam.study
    if whole.is_dir():
        return tuple(sorted(whole.rglob("*.dcm")))
    aside = folder / f".{exam.study}.{os.getpid()}"
    for item in exam_objects(exam, patient):
        path = aside / item.SeriesInstanceUID / f"{item.SOPInstanceUID}.dcm"
        path.parent.mkdir(parents=True, exist_ok=True)
        dcmwrite(path, item, enforce_file_format=True)
    aside.replace(whole)
    return tuple(sorted(whole.rglob("*.dcm")))
