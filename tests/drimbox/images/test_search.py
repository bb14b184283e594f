"""functions.drimbox.images.search: the answers to searches within a study, from the cache."""

from __future__ import annotations

import gzip
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pydicom import Dataset

from functions.drimbox.errors import (
    Absent,
    BadRequest,
    NotAcceptable,
    NotReady,
    StorageUnavailable,
    TooLarge,
)
from functions.drimbox.images import search
from functions.drimbox.images.cache import CachedSeries
from functions.drimbox.images.cache_keys import SeriesKeys
from functions.drimbox.images.fill import fill_series
from functions.drimbox.images.retrieve import Target
from functions.drimbox.images.search import Page, decide_search
from functions.drimbox.images.search_attributes import Level
from functions.drimbox.manifest.read import Manifest
from functions.drimbox.oid import Uid
from tests.drimbox.images.samples import (
    CT,
    MANIFEST,
    SERIES,
    STUDY,
    FolderPacs,
    MemoryStore,
    instance,
    manifest,
)

SECOND = Uid("1.2.250.9.5.2")
MR = Uid("1.2.840.10008.5.1.4.1.1.4")
BASE = f"https://db.example/tenants/demo/dicomweb/studies/{STUDY}"
STUDIES: tuple[Level, ...] = ("study",)
ALL_SERIES: tuple[Level, ...] = ("series",)
ALL_OBJECTS: tuple[Level, ...] = ("series", "instance")
OBJECTS_OF_ONE: tuple[Level, ...] = ("instance",)


class Box:
    """A study of two series in the cache: a CT of three objects, an MR of one."""

    def __init__(self, spool: Path) -> None:
        self.store = MemoryStore()
        self.manifest: Manifest | None = self._two_series()
        made = {
            SERIES: [instance(number) for number in (1, 2, 3)],
            SECOND: [
                instance(
                    1,
                    SOPClassUID=MR,
                    SOPInstanceUID=f"{SECOND}.1",
                    SeriesInstanceUID=SECOND,
                    Modality="MR",
                    SeriesNumber=7,
                    SeriesDescription=None,
                    AccessionNumber=None,
                    NumberOfFrames=1,
                )
            ],
        }
        self.indexes: dict[SeriesKeys, CachedSeries] = {}
        for series, objects in made.items():
            keys = SeriesKeys(STUDY, MANIFEST, series)
            assert self.manifest is not None
            self.indexes[keys] = fill_series(
                FolderPacs(objects), self.store, self.manifest, series, spool=spool
            )

    @staticmethod
    def _two_series() -> Manifest:
        first, second = manifest(1, 2, 3), manifest(1, series=SECOND)
        (mr,) = second.series
        (image,) = mr.instances
        of_mr = replace(
            mr,
            modality="",
            retrieve_url=f"{BASE}/series/{SECOND}",
            instances=(replace(image, sop_class_uid=MR),),
        )
        of_ct = replace(first.series[0], modality="", retrieve_url=f"{BASE}/series/{SERIES}")
        return replace(first, series=(of_ct, of_mr))

    def page(
        self,
        levels: tuple[Level, ...],
        *uids: str,
        accept: Sequence[str] = (),
        kos: Sequence[str] = (MANIFEST,),
        **parameters: str | list[str],
    ) -> Page:
        given = {name: [one] if isinstance(one, str) else one for name, one in parameters.items()}
        answer = decide_search(
            self.manifest,
            Target(*(uids or (STUDY,))),
            self.indexes.get,
            levels=levels,
            parameters=given,
            accept=accept,
            kos_sop_instance_uid=kos,
        )
        assert answer.content_type in {"application/dicom+json", "application/json"}
        return answer.page(self.store.objects.get)

    def found(self, levels: tuple[Level, ...], *uids: str, **changes: Any) -> list[dict[str, Any]]:
        body = self.page(levels, *uids, **changes).body
        rows: list[dict[str, Any]] = json.loads(body) if body else []
        return rows


@pytest.fixture
def box(tmp_path: Path) -> Box:
    return Box(tmp_path)


def told(row: dict[str, Any]) -> Dataset:
    """A result, as pydicom reads it."""
    return Dataset.from_json(row)


def numbers(rows: list[dict[str, Any]]) -> list[int]:
    return [told(one).InstanceNumber for one in rows]


def test_the_study_is_told_by_one_result(box: Box) -> None:
    (row,) = box.found(STUDIES, StudyInstanceUID=STUDY)
    study = told(row)
    assert (study.StudyInstanceUID, study.PatientName) == (STUDY, "BÉZIERS^ZOÉ")
    assert (study.StudyDate, study.StudyID, study.InstanceAvailability) == (
        "20260102",
        "S77",
        "ONLINE",
    )
    assert list(study.ModalitiesInStudy) == ["CT", "MR"]
    assert (study.NumberOfStudyRelatedSeries, study.NumberOfStudyRelatedInstances) == (2, 4)
    assert study.RetrieveURL == BASE
    assert row["00080090"] == {"vr": "PN"}, "asked by the standard, unknown here"
    assert "00081030" not in row
    assert "00200011" not in row, "nothing of a series"


def test_more_of_the_study_is_told_where_it_is_asked_for(box: Box) -> None:
    asked = {"StudyInstanceUID": STUDY}
    (row,) = box.found(STUDIES, **asked, includefield="StudyDescription,SOPClassesInStudy")
    assert told(row).StudyDescription == "Scanner thoracique"
    assert sorted(told(row).SOPClassesInStudy) == sorted([CT, MR])
    (row,) = box.found(STUDIES, **asked, includefield="all")
    assert {"00081030", "00081032", "00080062"} <= row.keys()
    (row,) = box.found(STUDIES, **asked, includefield="InstanceNumber")
    assert "00200013" not in row, "an attribute of a lower level"


@pytest.mark.parametrize(
    ("parameters", "is_found"),
    [
        ({"ModalitiesInStudy": "MR"}, True),
        ({"ModalitiesInStudy": "US"}, False),
        ({"StudyDate": "20260101-20260131"}, True),
        ({"StudyDate": "20260103"}, False),
        ({"StudyTime": "09-"}, True),
        ({"StudyTime": "10-"}, False),
        ({"ModalitiesInStudy": "US", "StudyDate": "20260102"}, False),
    ],
)
def test_the_study_is_found_by_what_is_known_of_it(
    box: Box,
    parameters: dict[str, Any],
    is_found: bool,
) -> None:
    rows = box.found(STUDIES, StudyInstanceUID=STUDY, **parameters)
    assert bool(rows) is is_found


def test_the_series_of_the_study(box: Box) -> None:
    rows = box.found(ALL_SERIES)
    ct, mr = map(told, rows)
    assert (ct.SeriesInstanceUID, mr.SeriesInstanceUID) == (SERIES, SECOND)
    assert (ct.Modality, ct.SeriesNumber, ct.SeriesDescription) == ("CT", 3, "Axiales")
    assert (ct.NumberOfSeriesRelatedInstances, mr.NumberOfSeriesRelatedInstances) == (3, 1)
    assert ct.RetrieveURL == f"{BASE}/series/{SERIES}"
    assert rows[1]["0008103E"] == {"vr": "LO"}
    assert not {"00100010", "00080020", "00280010"} & rows[0].keys()
    (row,) = box.found(ALL_SERIES, Modality="M?")
    assert told(row).SeriesInstanceUID == SECOND
    (row,) = box.found(ALL_SERIES, SeriesNumber="3", SeriesInstanceUID=f"{SERIES},{SECOND}")
    assert told(row).SeriesInstanceUID == SERIES
    assert box.found(ALL_SERIES, SeriesInstanceUID="1.2.3") == []


def test_a_series_with_more_of_it_and_of_its_study(box: Box) -> None:
    row, _ = box.found(ALL_SERIES, includefield="StudyDate,00081030,Rows,SeriesDate")
    assert told(row).StudyDate == "20260102"
    assert told(row).StudyDescription == "Scanner thoracique"
    assert "00280010" not in row, "an attribute of an object"
    assert "00080021" not in row, "the objects have none"


def test_the_objects_of_a_series(box: Box) -> None:
    rows = box.found(OBJECTS_OF_ONE, STUDY, SERIES)
    assert numbers(rows) == [1, 2, 3]
    first = told(rows[0])
    assert (first.SOPInstanceUID, first.SOPClassUID) == (f"{SERIES}.1", CT)
    assert (first.Rows, first.Columns, first.BitsAllocated) == (4, 4, 16)
    assert first.RetrieveURL == f"{BASE}/series/{SERIES}/instances/{SERIES}.1"
    assert not {"00080060", "00201209", "00280008", "00100020"} & rows[0].keys()
    assert numbers(box.found(OBJECTS_OF_ONE, STUDY, SERIES, InstanceNumber="2")) == [2]
    assert numbers(box.found(OBJECTS_OF_ONE, STUDY, SERIES, SOPInstanceUID=f"{SERIES}.3")) == [3]
    assert box.found(OBJECTS_OF_ONE, STUDY, SERIES, SOPClassUID=MR) == []


def test_the_objects_of_a_study_with_their_series(box: Box) -> None:
    rows = box.found(ALL_OBJECTS)
    assert numbers(rows) == [1, 2, 3, 1]
    assert [told(one).Modality for one in rows] == ["CT", "CT", "CT", "MR"]
    assert told(rows[0]).NumberOfSeriesRelatedInstances == 3
    assert told(rows[3]).NumberOfFrames == 1
    assert told(rows[3]).RetrieveURL == f"{BASE}/series/{SECOND}/instances/{SECOND}.1"
    rows = box.found(ALL_OBJECTS, Modality="CT", InstanceNumber="1")
    assert [told(one).SOPInstanceUID for one in rows] == [f"{SERIES}.1"]
    assert len(box.found(ALL_OBJECTS, SOPClassUID=f"{CT},{MR}")) == 4


def test_an_object_with_more_of_it(box: Box) -> None:
    row, *_ = box.found(OBJECTS_OF_ONE, STUDY, SERIES, includefield="00091001,PatientName,00281052")
    assert row["00091001"]["Value"] == ["privé"]
    assert row["00090010"]["Value"] == ["DRIMBOX TEST"]
    assert (told(row).PatientName, told(row).RescaleIntercept) == ("BÉZIERS^ZOÉ", -1024)
    row, *_ = box.found(OBJECTS_OF_ONE, STUDY, SERIES, includefield="all")
    assert {"00100010", "00281052", "00081190", "00080056"} <= row.keys()


def test_a_manifest_without_addresses(box: Box) -> None:
    box.manifest = replace(manifest(1, 2, 3), series=manifest(1, 2, 3).series)
    for levels, uids in ((STUDIES, ()), (ALL_SERIES, ()), (OBJECTS_OF_ONE, (STUDY, SERIES))):
        row, *_ = box.found(levels, *uids)
        assert "00081190" not in row
    assert box.page(ALL_SERIES, fuzzymatching="true").warnings[0].startswith('299 - "The fuzzy')


@pytest.mark.parametrize(
    ("page", "found", "left"),
    [
        ({}, [1, 2, 3], 0),
        ({"limit": "2"}, [1, 2], 1),
        ({"limit": "2", "offset": "2"}, [3], 0),
        ({"offset": "1"}, [2, 3], 0),
        ({"offset": "1", "limit": "1"}, [2], 1),
        ({"limit": "0"}, [], 3),
        ({"offset": "3"}, [], 0),
        ({"offset": "9"}, [], 0),
        ({"limit": "9"}, [1, 2, 3], 0),
    ],
)
def test_pages(box: Box, page: dict[str, Any], found: list[int], left: int) -> None:
    answer = box.page(OBJECTS_OF_ONE, STUDY, SERIES, **page)
    assert numbers(json.loads(answer.body or b"[]")) == found
    text = f'299 db.example "There are {left} additional results that can be requested"'
    assert answer.warnings == ((text,) if left else ())


def test_a_page_ends_where_an_answer_may_be_no_larger(
    box: Box, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = box.page(OBJECTS_OF_ONE, STUDY, SERIES).body
    monkeypatch.setattr(search, "DIRECT_LIMIT", len(whole) - 1)
    answer = box.page(OBJECTS_OF_ONE, STUDY, SERIES)
    assert numbers(json.loads(answer.body)) == [1, 2]
    assert len(answer.body) < len(whole)
    assert "There are 1 additional" in answer.warnings[0]
    assert numbers(box.found(OBJECTS_OF_ONE, STUDY, SERIES, offset="2")) == [3]
    monkeypatch.setattr(search, "DIRECT_LIMIT", 100)
    with pytest.raises(TooLarge):
        box.page(OBJECTS_OF_ONE, STUDY, SERIES)


def test_names_are_never_guessed(box: Box) -> None:
    answer = box.page(ALL_SERIES, fuzzymatching="true", limit="1")
    fuzzy, more = answer.warnings
    assert fuzzy.startswith('299 db.example "The fuzzymatching parameter is not supported.')
    assert "There are 1 additional" in more


def test_only_the_objects_of_the_manifest_are_told(box: Box) -> None:
    """An index or metadata that have more are not ours to trust."""
    assert box.manifest is not None
    ct, mr = box.manifest.series
    box.manifest = replace(box.manifest, series=(replace(ct, instances=ct.instances[:2]), mr))
    with pytest.raises(StorageUnavailable):
        box.found(OBJECTS_OF_ONE, STUDY, SERIES)
    (study,) = box.found(STUDIES, StudyInstanceUID=STUDY)
    assert told(study).NumberOfStudyRelatedInstances == 3
    box.manifest = replace(box.manifest, series=(mr,))
    (row,) = box.found(ALL_SERIES)
    assert told(row).SeriesInstanceUID == SECOND
    with pytest.raises(Absent):
        box.found(OBJECTS_OF_ONE, STUDY, SERIES)


def test_an_object_whose_modality_is_no_text(box: Box) -> None:
    key = SeriesKeys(STUDY, MANIFEST, SECOND).metadata
    (line,) = json.loads(gzip.decompress(box.store.objects[key]))
    for odd in ([{}, 7, None, "MR"], [["MR"], "MR"]):
        line["00080060"] = {"vr": "SQ", "Value": odd}
        box.store.objects[key] = gzip.compress(json.dumps([line]).encode())
        (study,) = box.found(STUDIES, StudyInstanceUID=STUDY)
        assert study["00080061"]["Value"] == ["CT", "MR"]


def test_a_line_of_another_object_is_never_told(box: Box) -> None:
    key = SeriesKeys(STUDY, MANIFEST, SERIES).metadata
    plain = gzip.decompress(box.store.objects[key])[1:-1]
    box.store.objects[key] = gzip.compress(b"[" + b",\n".join(plain.split(b",\n")[::-1]) + b"]")
    for levels, uids in ((STUDIES, ()), (ALL_SERIES, ()), (OBJECTS_OF_ONE, (STUDY, SERIES))):
        with pytest.raises(StorageUnavailable):
            box.found(levels, *uids)


def test_the_checks_are_those_of_a_retrieve_in_their_order(box: Box) -> None:
    stale, odd = {"kos": ["2.25.1"]}, {"PatientName": "X"}
    with pytest.raises(NotAcceptable):
        box.page(ALL_SERIES, accept=['multipart/related; type="application/dicom+xml"'], **odd)
    with pytest.raises(BadRequest):
        box.page(ALL_SERIES, **stale, **odd)
    box.indexes = {}
    for kos, error in (([], BadRequest), (["2.25.1"], Absent), ([MANIFEST, MANIFEST], BadRequest)):
        with pytest.raises(error):
            box.page(ALL_SERIES, kos=kos)
    with pytest.raises(NotReady):
        box.page(ALL_SERIES)
    box.manifest = None
    with pytest.raises(Absent):
        box.page(ALL_SERIES)


def test_a_study_is_told_once_its_series_are_cached(box: Box) -> None:
    del box.indexes[SeriesKeys(STUDY, MANIFEST, SECOND)]
    for levels in (STUDIES, ALL_SERIES, ALL_OBJECTS):
        with pytest.raises(NotReady):
            box.found(levels)
    assert len(box.found(OBJECTS_OF_ONE, STUDY, SERIES)) == 3
