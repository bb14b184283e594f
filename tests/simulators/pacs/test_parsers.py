"""Arbitrary bytes: each parser raises its own error or nothing."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom import dcmwrite

from simulators.pacs.archive import Archive, Refused
from simulators.pacs.faults import FaultError, operation_of, read_fault
from simulators.pacs.multipart import MultipartError, boundary_of, join, split
from simulators.pacs.negotiation import Range, accepts_json, dicom_ranges, satisfied
from simulators.pacs.query import QueryError, read_query
from simulators.pacs.studies import Size, study_objects
from simulators.ris.cases import CASES

BOUNDARY = "b-1"


@given(st.lists(st.binary(max_size=60).filter(lambda b: b"\r\n--" not in b)))
def test_multipart_round_trips(parts: list[bytes]) -> None:
    body = join(iter(parts), BOUNDARY, "application/dicom")

    assert [(kind, bytes(data)) for kind, data in split(body, BOUNDARY)] == [
        ("application/dicom", part) for part in parts
    ]


@given(st.lists(st.sampled_from([b"--b-1", b"\r\n", b"--", b"x", b"Content-Type: a/b", b":"])))
def test_multipart_raises_only_its_error(pieces: list[bytes]) -> None:
    try:
        parts = list(split(b"".join(pieces), BOUNDARY))
    except MultipartError:
        return
    assert all(b"\r\n--b-1" not in bytes(data) for _, data in parts)


@given(st.binary())
def test_any_bytes_are_multipart_or_not(body: bytes) -> None:
    try:
        list(split(body, BOUNDARY))
    except MultipartError:
        return
    assert b"--b-1--" in body


def test_a_cut_body_never_ends_well() -> None:
    body = join(iter([b"one", b"two"]), BOUNDARY, "application/dicom")

    for length in range(body.index(b"--b-1--") + 7):
        with pytest.raises(MultipartError):
            list(split(body[:length], BOUNDARY))


@given(st.text(max_size=80))
def test_any_content_type_has_a_boundary_or_not(content_type: str) -> None:
    try:
        boundary = boundary_of(content_type)
    except MultipartError:
        return
    assert 0 < len(boundary) <= 70


@given(st.lists(st.text(max_size=60), max_size=4))
def test_any_accept_gives_ranges(lines: list[str]) -> None:
    assert all(isinstance(r, Range) for r in dicom_ranges(lines))
    assert accepts_json(lines) in {True, False}


def test_ten_accept_lines_and_a_trailing_comma() -> None:
    line = 'multipart/related; type="application/dicom";transfer-syntax={};q=0.5;boundary=**,'
    syntaxes = [f"1.2.840.10008.1.2.4.{n}" for n in (50, 51, 70, 80)]
    separate = dicom_ranges([line.format(syntax) for syntax in syntaxes])

    assert separate == dicom_ranges(["".join(line.format(syntax) for syntax in syntaxes)])
    assert satisfied(separate, syntaxes[3])
    assert not satisfied(separate, "1.2.840.10008.1.2.1")


def test_a_quality_that_is_no_number_counts_as_one() -> None:
    text = "multipart/related; type=application/dicom; transfer-syntax=*; q={}"

    assert dicom_ranges([text.format("high")]) == (Range("*"),)
    assert dicom_ranges([text.format("0.0")]) == ()


def test_a_part_without_content_type_is_read() -> None:
    body = b"preamble\r\n--b-1\r\nX: y\r\n\r\ndata\r\n--b-1  \r\n\r\n\r\n--b-1--epilogue"

    assert [(kind, bytes(d)) for kind, d in split(body, BOUNDARY)] == [("", b"data"), ("", b"")]


@given(st.lists(st.tuples(st.text(max_size=20), st.text(max_size=20)), max_size=4))
def test_any_query_is_read_or_refused(parameters: list[tuple[str, str]]) -> None:
    try:
        query = read_query(parameters)
    except QueryError:
        return
    assert query.offset >= 0


@given(st.binary(max_size=200) | st.text(max_size=100).map(str.encode))
def test_any_fault_is_read_or_refused(body: bytes) -> None:
    with pytest.raises(FaultError):
        read_fault(body)


@pytest.mark.parametrize(
    ("method", "path", "operation"),
    [
        ("POST", "/studies", "stow"),
        ("GET", "/studies", "qido"),
        ("GET", "/studies/1.2/series", "qido"),
        ("GET", "/studies/1.2/series/1.3/instances", "qido"),
        ("GET", "/studies/1.2", "wado"),
        ("GET", "/studies/1.2/series/1.3/", "wado"),
        ("GET", "/studies/1.2/series/1.3/metadata", "metadata"),
    ],
)
def test_operations_by_path(method: str, path: str, operation: str) -> None:
    assert operation_of(method, path) == operation


def _object() -> bytes:
    written = BytesIO()
    item = next(study_objects(CASES["C"].archived_studies()[0], Size(1, 1, 16)))
    dcmwrite(written, item, enforce_file_format=True)
    return written.getvalue()


PLAIN = _object()


@pytest.mark.filterwarnings("ignore")
@settings(deadline=None, max_examples=200)
@given(
    st.binary(max_size=300)
    | st.binary(max_size=300).map(lambda data: PLAIN[:132] + data)
    | st.integers(0, len(PLAIN)).map(lambda n: PLAIN[:n])
    | st.tuples(st.integers(132, 1500), st.binary(min_size=1, max_size=8)).map(
        lambda spoil: PLAIN[: spoil[0]] + spoil[1] + PLAIN[spoil[0] + len(spoil[1]) :]
    )
)
def test_any_bytes_are_stored_or_refused(
    tmp_path_factory: pytest.TempPathFactory, data: bytes
) -> None:
    archive = Archive.open(tmp_path_factory.getbasetemp() / "fuzz")
    before = set(archive.entries)
    try:
        entry = archive.store(data)
    except Refused:
        assert set(archive.entries) == before
    else:
        assert Path(entry.path).read_bytes() == data
