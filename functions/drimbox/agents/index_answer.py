"""The index of a study as an agent gives it, read as strictly as that of an archive.

The form is that of :mod:`functions.drimbox.study.codec`; nothing in it is believed to have it. Its
statements may be wrong, as those of an archive may: the steps of a publication compare them with
the report.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from functions.drimbox.study import codec
from functions.drimbox.study.index import MAX_INSTANCES, MAX_NOTES, MAX_SERIES

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from functions.drimbox.oid import Uid
    from functions.drimbox.study.index import StudyIndex

# Characters. DICOM has 64 at most for a text of an index, but for that of a note; archives have
# more.
_LONGEST: Final = 1024
_LONGEST_NOTE: Final = 64 * 1024
# Integers of 32 bits, as an archive's are read.
_LEAST, _MOST = -(2**31), 2**31 - 1
_STUDY_TEXTS: Final = (
    *("patient_id", "patient_name", "patient_birth_date", "accession_number"),
    *("study_date", "study_time", "description", "study_id"),
)
_SERIES_TEXTS: Final = ("modality", "description")
_STUDY: Final = {*_STUDY_TEXTS, "study_instance_uid", "series", "key_images"}
_SERIES: Final = {*_SERIES_TEXTS, "series_instance_uid", "number", "instances"}
_NOTE: Final = {"series_instance_uid", "sop_instance_uid", "title", "text", "references"}
_ROW: Final = 4
_TITLE: Final = 3


def read_index(facts: Any, study: Uid) -> StudyIndex:
    """The index of ``study`` that parsed JSON holds.

    ValueError for another study, a field that is missing, unknown or ill-typed, no series or an
    empty one, a UID that is there twice, another order than that of an index, and more than an
    index has.
    """
    _require(isinstance(facts, dict) and facts.keys() == _STUDY)
    _require_texts(facts, _STUDY_TEXTS)
    _require_series(facts["series"])
    _require_notes(facts["key_images"])
    found = codec.read(facts)
    _require(found.study_instance_uid == study)
    _require_order([(one.number, one.series_instance_uid) for one in found.series])
    objects: list[Uid] = []
    for one in found.series:
        _require_order([(i.instance_number, i.sop_instance_uid) for i in one.instances])
        objects += [i.sop_instance_uid for i in one.instances]
    _require(len(set(objects)) == len(objects) <= MAX_INSTANCES)
    return found


def _require_series(series: Any) -> None:
    _require(isinstance(series, list) and 0 < len(series) <= MAX_SERIES)
    for one in series:
        _require(isinstance(one, dict) and one.keys() == _SERIES)
        _require_texts(one, _SERIES_TEXTS)
        _require_number(one["number"])
        _require(isinstance(one["instances"], list) and one["instances"])
        for row in one["instances"]:
            _require(isinstance(row, list) and len(row) == _ROW)
            for number in row[2:]:
                _require_number(number)


def _require_notes(notes: Any) -> None:
    _require(isinstance(notes, list) and len(notes) <= MAX_NOTES)
    for note in notes:
        _require(isinstance(note, dict) and note.keys() == _NOTE)
        _require(isinstance(note["text"], str) and len(note["text"]) <= _LONGEST_NOTE)
        _require(isinstance(note["title"], list) and len(note["title"]) == _TITLE)
        _require(all(isinstance(one, str) and len(one) <= _LONGEST for one in note["title"]))
        references = note["references"]
        _require(isinstance(references, list) and len(references) <= MAX_INSTANCES)


def _require_texts(facts: Mapping[str, Any], names: Collection[str]) -> None:
    values = [facts[name] for name in names]
    _require(all(isinstance(one, str) and len(one) <= _LONGEST for one in values))


def _require_number(number: Any) -> None:
    _require(number is None or (type(number) is int and _LEAST <= number <= _MOST))


def _require_order(places: list[tuple[int | None, Uid]]) -> None:
    """Numbered ones first, by number; then by UID, none of which is there twice."""
    ranked = [(number is None, number or 0, name) for number, name in places]
    _require(ranked == sorted(ranked) and len({name for _, name in places}) == len(places))


def _require(good: object) -> None:
    if not good:
        raise ValueError("not a study index")
