"""The index of a study from an archive's statements, over no protocol; ``test_pacs`` has the
statements of real ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from functions.drimbox.errors import Held, PacsAnswerUnusable
from functions.drimbox.images.listing import Listing
from functions.drimbox.images.pacs_index import header_of, index_study, is_there
from functions.drimbox.oid import Uid
from tests.drimbox.images.pacs_scenes import KO, Json, image, series, study
from tests.drimbox.images.samples import SERIES, STUDY, selection

NOTES = Uid("1.2.99")


@dataclass
class Statements:
    """Implements ``pacs_index.Described`` from values; ``asked`` are the calls."""

    headers: list[Json] = field(default_factory=lambda: [study()])
    listed: dict[Uid, list[Json]] = field(default_factory=lambda: {SERIES: [image(1), image(2)]})
    described: dict[Uid, list[Json]] = field(default_factory=dict)
    notes: dict[Uid, list[bytes]] = field(default_factory=dict)
    first: Json | None = None
    is_proved: bool = True
    asked: list[str] = field(default_factory=list)

    def studies(self, of: Uid) -> Sequence[Json]:
        assert of == STUDY
        return self.headers

    def series(self, of: Uid, announced: int | None) -> Listing:
        return Listing({one: series(one) for one in self.listed}, self.is_proved)

    def instances(self, of: Uid, within: Uid, announced: int | None) -> Listing:
        return Listing(by_uid(self.listed[within]), self.is_proved)

    def metadata(self, of: Uid, within: Uid) -> Mapping[Uid, Json]:
        self.asked.append(f"metadata {within}")
        return by_uid(self.described.get(within, []))

    def one(self, of: Uid, within: Uid, instance: Uid) -> Json | None:
        self.asked.append(f"one {instance}")
        return self.first

    def note(self, of: Uid, within: Uid, instance: Uid) -> Sequence[bytes]:
        self.asked.append(f"note {instance}")
        return self.notes.get(instance, [])


def by_uid(objects: list[Json]) -> dict[Uid, Any]:
    return {Uid(one["00080018"]["Value"][0]): one for one in objects}


def test_statements_that_are_whole_need_no_object() -> None:
    archive = Statements()
    found = index_study(archive, STUDY)
    assert found is not None
    assert [one.sop_instance_uid for one in found.series[0].instances] == [
        f"{SERIES}.1",
        f"{SERIES}.2",
    ]
    assert archive.asked == []


def test_no_description_is_no_study_and_a_count_of_none_is_no_object() -> None:
    archive = Statements(headers=[])
    assert index_study(archive, STUDY) is None
    assert not is_there(header_of(archive, STUDY))
    assert is_there(header_of(Statements(), STUDY))
    empty = Statements(headers=[study(NumberOfStudyRelatedInstances=0)])
    assert not is_there(header_of(empty, STUDY))


def test_two_patients_or_two_counts_are_none() -> None:
    with pytest.raises(Held, match="patient_mismatch"):
        header_of(Statements(headers=[study(), study(PatientID="other")]), STUDY)
    twice = [study(NumberOfStudyRelatedSeries=1), study(NumberOfStudyRelatedSeries=2)]
    with pytest.raises(PacsAnswerUnusable):
        header_of(Statements(headers=twice), STUDY)


def test_attributes_that_a_listing_lacks_come_from_the_objects_and_agree_with_it() -> None:
    bare = image(1, SOPClassUID=None)
    archive = Statements(listed={SERIES: [bare]}, described={SERIES: [image(1)]})
    found = index_study(archive, STUDY)
    assert found is not None
    assert archive.asked == [f"metadata {SERIES}"]
    for described in ([], [image(2)], [image(1, InstanceNumber=7)]):
        archive.described[SERIES] = described
        with pytest.raises(PacsAnswerUnusable):
            index_study(archive, STUDY)


@pytest.mark.parametrize("first", [None, {}, study(AccessionNumber="ACN-9")])
def test_identifiers_come_from_an_object_where_one_is_given(first: Json | None) -> None:
    archive = Statements(headers=[study(AccessionNumber=None)], first=first)
    found = index_study(archive, STUDY)
    assert found is not None
    assert found.accession_number == ("ACN-9" if first else "")
    assert archive.asked == [f"one {SERIES}.1"]


def test_notes_are_read_and_their_rejections_left_out() -> None:
    names = [Uid("1.2.99.1"), Uid("1.2.99.2")]
    archive = Statements(
        listed={
            SERIES: [image(1), image(2)],
            NOTES: [image(n, NOTES, SOPClassUID=KO) for n in (1, 2)],
        },
        notes={
            names[0]: [selection("113000", names[0], f"{SERIES}.1")],
            names[1]: [selection("113001", names[1], f"{SERIES}.2")],
        },
    )
    found = index_study(archive, STUDY)
    assert found is not None
    assert archive.asked == [f"note {name}" for name in names]
    kept = {one.sop_instance_uid for part in found.series for one in part.instances}
    assert kept == {f"{SERIES}.1", names[0]}
    assert [one.sop_instance_uid for one in found.key_images] == [names[0]]


@pytest.mark.parametrize(
    ("notes", "error"),
    [
        ([], PacsAnswerUnusable),
        ([b"", b""], PacsAnswerUnusable),
        ([b"no note"], Held),
        ([selection("113000", "1.2.99.7", f"{SERIES}.1")], PacsAnswerUnusable),
    ],
)
def test_a_note_that_is_not_given_may_be_a_rejection(
    notes: list[bytes], error: type[Exception]
) -> None:
    archive = Statements(listed={NOTES: [image(1, NOTES, SOPClassUID=KO)]})
    archive.notes[Uid("1.2.99.1")] = notes
    with pytest.raises(error):
        index_study(archive, STUDY)
