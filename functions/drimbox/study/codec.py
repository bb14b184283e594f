"""The study index as JSON; the archive keeps it beside each manifest."""

from __future__ import annotations

import json
from typing import Any

from functions.drimbox.oid import Uid
from functions.drimbox.study.index import InstanceRef, KeyImageNote, SeriesIndex, StudyIndex


def encode(study: StudyIndex) -> bytes:
    """UTF-8 JSON with sorted keys; :func:`decode` gives an equal value back."""
    text = json.dumps(write(study), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return text.encode()


def write(study: StudyIndex) -> dict[str, Any]:
    """The same as a value of JSON; :func:`read` gives an equal index back."""
    return {
        "study_instance_uid": study.study_instance_uid,
        "patient_id": study.patient_id,
        "patient_name": study.patient_name,
        "patient_birth_date": study.patient_birth_date,
        "accession_number": study.accession_number,
        "study_date": study.study_date,
        "study_time": study.study_time,
        "description": study.description,
        "study_id": study.study_id,
        "series": [_series(series) for series in study.series],
        "key_images": [_note(note) for note in study.key_images],
    }


def decode(data: bytes) -> StudyIndex:
    """The index that :func:`encode` wrote; ValueError for anything else."""
    try:
        return read(json.loads(data))
    except (ValueError, RecursionError):
        raise ValueError("not a study index") from None


def read(facts: Any) -> StudyIndex:
    """The index that :func:`write` wrote. The types of texts and numbers are not looked at.

    ValueError for another form.
    """
    try:
        return _study(facts)
    except (ValueError, LookupError, TypeError, AttributeError):
        raise ValueError("not a study index") from None


def _study(facts: dict[str, Any]) -> StudyIndex:
    return StudyIndex(
        study_instance_uid=Uid(facts["study_instance_uid"]),
        patient_id=facts["patient_id"],
        accession_number=facts["accession_number"],
        study_date=facts["study_date"],
        study_time=facts["study_time"],
        description=facts["description"],
        study_id=facts["study_id"],
        series=tuple(
            SeriesIndex(
                series_instance_uid=Uid(series["series_instance_uid"]),
                modality=series["modality"],
                number=series["number"],
                description=series["description"],
                instances=tuple(
                    InstanceRef(Uid(sop_class), Uid(sop_instance), number, frames)
                    for sop_class, sop_instance, number, frames in series["instances"]
                ),
            )
            for series in facts["series"]
        ),
        key_images=tuple(
            KeyImageNote(
                series_instance_uid=Uid(note["series_instance_uid"]),
                sop_instance_uid=Uid(note["sop_instance_uid"]),
                title_code=note["title"][0],
                title_scheme=note["title"][1],
                title_meaning=note["title"][2],
                text=note["text"],
                references=tuple(Uid(uid) for uid in note["references"]),
            )
            for note in facts["key_images"]
        ),
        patient_name=facts["patient_name"],
        patient_birth_date=facts["patient_birth_date"],
    )


def _series(series: SeriesIndex) -> dict[str, Any]:
    return {
        "series_instance_uid": series.series_instance_uid,
        "modality": series.modality,
        "number": series.number,
        "description": series.description,
        # A row per instance: a study of thousands of instances stays small and quick to read.
        "instances": [
            [i.sop_class_uid, i.sop_instance_uid, i.instance_number, i.number_of_frames]
            for i in series.instances
        ],
    }


def _note(note: KeyImageNote) -> dict[str, Any]:
    return {
        "series_instance_uid": note.series_instance_uid,
        "sop_instance_uid": note.sop_instance_uid,
        "title": [note.title_code, note.title_scheme, note.title_meaning],
        "text": note.text,
        "references": list(note.references),
    }
