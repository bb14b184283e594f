"""functions.drimbox.reading.readings: the sealed records of opened exams."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

from functions.drimbox.reading.readings import Opened
from functions.drimbox.tenants.model import ImageQuality
from tests.drimbox.reading.shelves import PAGE, SESSION, Records, shelf

OPENED = Opened(SESSION, "e" * 11, 4, runs=2, renewed=True)


def test_an_exam_is_known_by_its_page_and_name_alone() -> None:
    readings = shelf().readings
    assert readings.get(PAGE, "0" * 32) is None
    readings.keep(PAGE, "0" * 32, OPENED)
    assert readings.get(PAGE, "0" * 32) == OPENED
    assert readings.get("q" * 43, "0" * 32) is None
    assert readings.get(PAGE, "1" * 32) is None


def test_a_record_of_the_release_before_is_read() -> None:
    readings = shelf().readings
    former = {"session": SESSION, "edition": "e" * 11, "number": 4, "own": True}
    readings.keep(PAGE, "0" * 32, OPENED)
    records = readings.sealed.store
    assert isinstance(records, Records)
    (key,) = records.kept
    readings.sealed.put(key, json.dumps(former).encode())
    assert readings.get(PAGE, "0" * 32) == Opened(SESSION, "e" * 11, 4, own=True)
    viewed = replace(OPENED, quality=ImageQuality.VIEWING, ahead=True)
    readings.keep(PAGE, "0" * 32, viewed)
    found = readings.get(PAGE, "0" * 32)
    assert found == viewed
    assert isinstance(found.quality, ImageQuality)


def test_an_exam_is_fetched_ahead_once_for_each_page() -> None:
    readings = shelf().readings
    pages = (PAGE, PAGE, "q" * 43)
    assert [readings.claim_ahead(page) for page in pages] == [True, False, True]


def test_a_reader_of_the_store_learns_nothing() -> None:
    readings = shelf().readings
    readings.keep(PAGE, "0" * 32, OPENED)
    records = readings.sealed.store
    assert isinstance(records, Records)
    ((key, (facts, ends_at)),) = records.kept.items()
    assert SESSION not in str((key, facts))
    assert PAGE not in str((key, facts))
    assert ends_at - readings.sealed.clock.now() == timedelta(hours=8)
    assert SESSION not in repr(OPENED)


def test_a_record_moved_elsewhere_does_not_open() -> None:
    readings = shelf().readings
    readings.keep(PAGE, "0" * 32, OPENED)
    readings.keep(PAGE, "1" * 32, replace(OPENED, session="t" * 43))
    records = readings.sealed.store
    assert isinstance(records, Records)
    first, second = records.kept
    records.kept[second] = records.kept[first]
    assert readings.get(PAGE, "1" * 32) is None
