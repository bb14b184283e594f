"""functions.drimbox.reading.keys: nobody learns or guesses anything by a name."""

from __future__ import annotations

from functions.drimbox.oid import Uid
from functions.drimbox.reading.keys import EXAM, ExamKeys, exam_name, report_key, session_prefix
from tests.drimbox.images.samples import MANIFEST, SERIES


def test_everything_of_a_session_stands_under_its_prefix() -> None:
    exam = exam_name("page", MANIFEST)
    assert EXAM.fullmatch(exam)
    keys = ExamKeys.of("session", "page", exam)
    folder = keys.series(MANIFEST, SERIES)
    for key in (keys.manifest, folder.have, folder.pack("pack-1")):
        assert key.startswith(session_prefix("session"))
        for text in ("page", "session", SERIES, MANIFEST):
            assert text not in key.removeprefix("readings/")


def test_each_name_belongs_to_all_names_before_it() -> None:
    exam = exam_name("page", MANIFEST)
    assert exam != exam_name("other", MANIFEST)
    keys = ExamKeys.of("session", "page", exam)
    others = [
        ExamKeys.of("session2", "page", exam),
        ExamKeys.of("session", "page2", exam),
        ExamKeys.of("session", "page", exam_name("page", "2.25.1")),
    ]
    assert len({one.prefix for one in (keys, *others)}) == 4
    folders = {one.series(MANIFEST, SERIES).prefix for one in (keys, *others)}
    folders |= {keys.series(MANIFEST, Uid("1.2.3")).prefix}
    folders |= {keys.series(Uid("2.25.9"), SERIES).prefix}
    assert len(folders) == 6


def test_an_exam_of_a_file_never_has_the_place_of_the_dmp_s() -> None:
    names = {exam_name("page", MANIFEST, at) for at in ("", "2026-11-29T13:22:05", "later")}
    assert len(names) == 3


def test_a_report_stands_under_its_session_too() -> None:
    key = report_key("session", "page", "2.25.7")
    assert key.startswith(session_prefix("session"))
    assert key == report_key("session", "page", "2.25.7")
    others = [("other", "page", "2.25.7"), ("session", "other", "2.25.7"), ("session", "page", "1")]
    names = {report_key(*one).rpartition("/")[2] for one in others}
    assert len({key.rpartition("/")[2], *names}) == 4
    assert not any(text in key for text in ("page", "2.25.7"))


def test_an_import_s_places_are_those_of_its_exam() -> None:
    keys = ExamKeys.of("session", "page", exam_name("page", MANIFEST, ""))
    parts = {keys.outgoing("2.25.1", "1"), keys.outgoing("2.25.1", "2"), keys.outgoing("2.25.11")}
    assert len({keys.imported, *parts}) == 4
    assert all(one.startswith(keys.prefix) for one in (keys.imported, *parts))
    assert not any("2.25" in one for one in parts)
