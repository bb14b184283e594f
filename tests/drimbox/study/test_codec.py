"""The study index as the archive keeps it."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.drimbox.oid import Uid
from functions.drimbox.study.codec import decode, encode
from functions.drimbox.study.index import InstanceRef, KeyImageNote, SeriesIndex, StudyIndex

UIDS = st.integers(0, 10**30).map(lambda number: Uid(f"2.25.{number}"))
TEXTS = st.text(max_size=20)
NUMBERS = st.none() | st.integers(-(2**31), 2**31 - 1)
INSTANCES = st.builds(InstanceRef, UIDS, UIDS, NUMBERS, NUMBERS)
SERIES = st.builds(
    SeriesIndex, UIDS, TEXTS, NUMBERS, TEXTS, st.lists(INSTANCES, max_size=3).map(tuple)
)
NOTES = st.builds(
    KeyImageNote, UIDS, UIDS, TEXTS, TEXTS, TEXTS, TEXTS, st.lists(UIDS, max_size=3).map(tuple)
)
STUDIES = st.builds(
    StudyIndex,
    UIDS,
    *[TEXTS] * 6,
    st.lists(SERIES, max_size=3).map(tuple),
    st.lists(NOTES, max_size=2).map(tuple),
    TEXTS,
    TEXTS,
)


@given(STUDIES)
def test_every_index_comes_back_equal_and_has_one_form(study: StudyIndex) -> None:
    data = encode(study)
    assert decode(data) == study
    assert encode(decode(data)) == data


def test_an_instance_is_one_row() -> None:
    instance = InstanceRef(Uid("1.2.1"), Uid("1.2.2"), 7, 3)
    series = SeriesIndex(Uid("1.2.3"), "CT", 1, "Axial", (instance,))
    study = StudyIndex(Uid("1.2"), "IPP101", "ACN", "20210108", "1025", "Crâne", "S1", (series,))
    facts = json.loads(encode(study))
    assert facts["series"][0]["instances"] == [["1.2.1", "1.2.2", 7, 3]]
    assert "Crâne".encode() in encode(study)


@pytest.mark.parametrize(
    "data",
    [b"", b"{", b"{}", b"0", b"null", b"\xff", b'{"study_instance_uid":"x"}', b"[" * 100_000],
)
def test_bytes_that_are_not_an_index_are_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="not a study index"):
        decode(data)


@given(st.binary(max_size=200))
def test_arbitrary_bytes_raise_nothing_else(data: bytes) -> None:
    with pytest.raises(ValueError, match="not a study index"):
        decode(data)
