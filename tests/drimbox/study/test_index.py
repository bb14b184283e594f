"""A study's index: its image modalities, and the rest of it without some objects."""

from __future__ import annotations

from dataclasses import replace

from functions.drimbox.oid import Uid
from functions.drimbox.study.index import KeyImageNote, SeriesIndex
from tests.fakes.world import study_index

STUDY = study_index("1.2.3", accession="ACN", patient="IPP-CANARY")
OBJECTS = [one.sop_instance_uid for one in STUDY.series[0].instances]
NOTE = KeyImageNote(Uid("1.2.3.8"), Uid("1.2.3.8.1"), "113000", "DCM", "Of interest", "", ())


def with_note() -> SeriesIndex:
    """The series of a key object selection, which is no modality of the study."""
    (axial,) = STUDY.series
    held = replace(axial.instances[0], sop_instance_uid=NOTE.sop_instance_uid)
    return SeriesIndex(NOTE.series_instance_uid, "KO", 8, "", (held,))


def test_modalities_are_named_once_in_order_and_without_selections() -> None:
    (axial,) = STUDY.series
    series = (replace(axial, modality="PT"), axial, with_note(), replace(axial, modality="PT"))
    assert replace(STUDY, series=series).modalities == ("PT", "CT")


def test_without_nothing_it_is_the_same() -> None:
    assert STUDY.without(()) is STUDY


def test_rejected_objects_their_notes_and_empty_series_are_left_out() -> None:
    study = replace(STUDY, series=(*STUDY.series, with_note()), key_images=(NOTE,))
    less = study.without([OBJECTS[0], NOTE.sop_instance_uid])
    assert less is not None
    assert [len(series.instances) for series in less.series] == [2]
    assert less.key_images == ()
    kept = study.without([Uid("1.9")])
    assert kept == study


def test_without_all_of_it_nothing_is_left() -> None:
    assert STUDY.without(OBJECTS) is None


def test_its_text_form_has_no_patient() -> None:
    assert repr(STUDY) == "StudyIndex(1 series)"
