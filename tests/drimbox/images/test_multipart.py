from __future__ import annotations

import email.policy
import itertools
from collections.abc import Iterable, Iterator
from email.parser import BytesParser
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from functions.drimbox.images import multipart
from functions.drimbox.images.multipart import (
    Item,
    MultipartUnreadable,
    boundary_for,
    boundary_of,
    lay_out,
    read_bodies,
    read_parts,
)

ELE = "1.2.840.10008.1.2.1"
JPEG_LS = "1.2.840.10008.1.2.4.80"


def body(objects: list[tuple[bytes, str]], boundary: str = "b") -> bytes:
    """The whole body of objects given as (bytes, transfer syntax)."""
    layout = lay_out(boundary, [Item(len(data), ts) for data, ts in objects])
    pieces = [
        part for head, (data, _) in zip(layout.heads, objects, strict=True) for part in (head, data)
    ]
    whole = b"".join(pieces) + layout.tail
    assert len(whole) == layout.size
    for offset, (data, _) in zip(layout.offsets, objects, strict=True):
        assert whole[offset : offset + len(data)] == data
    return whole


def parts(
    chunks: Iterable[bytes], boundary: bytes = b"b", **limits: int
) -> list[tuple[dict[str, str], bytes]]:
    """Every part as (headers, content); fails when a file is left behind, and when a reader that
    holds small parts reads otherwise."""
    chunks = list(chunks)
    try:
        found, failure = _parts(chunks, boundary, limits), None
    except MultipartUnreadable as error:
        found, failure = [], error
    for held in HELD:
        if failure is None:
            assert _bodies(chunks, boundary, held, limits) == [content for _, content in found]
        else:
            with pytest.raises(MultipartUnreadable) as other:
                _bodies(chunks, boundary, held, limits)
            assert (str(other.value), other.value.cut) == (str(failure), failure.cut)
    if failure is not None:
        raise failure
    return found


HELD = (7, 1_000_000)


def _bodies(chunks: list[bytes], boundary: bytes, held: int, limits: dict[str, int]) -> list[bytes]:
    with TemporaryDirectory() as folder:
        found = []
        try:
            for one in read_bodies(chunks, boundary, Path(folder), held=held, **limits):
                if isinstance(one, bytes):
                    assert len(one) <= held
                    found.append(one)
                else:
                    found.append(one.read_bytes())
                    one.unlink()
        finally:
            assert list(Path(folder).iterdir()) == []
        return found


def _parts(
    chunks: list[bytes], boundary: bytes, limits: dict[str, int]
) -> list[tuple[dict[str, str], bytes]]:
    with TemporaryDirectory() as folder:
        spool = Path(folder)
        found = []
        try:
            for part in read_parts(chunks, boundary, spool, **limits):
                assert part.path.stat().st_size == part.size
                found.append((dict(part.headers), part.path.read_bytes()))
                part.path.unlink()
        finally:
            assert list(spool.iterdir()) == []
        return found


OBJECTS = [(b"DICM one\r\n--", ELE), (b"", ELE), (b"\n--x two \r\n", JPEG_LS)]


def test_body_has_the_form_of_the_standard() -> None:
    assert body([(b"AB", ELE), (b"C", JPEG_LS)]) == (
        b"--b\r\nContent-Type: application/dicom;transfer-syntax=1.2.840.10008.1.2.1\r\n"
        b"Content-Length: 2\r\n\r\nAB"
        b"\r\n--b\r\nContent-Type: application/dicom;transfer-syntax=1.2.840.10008.1.2.4.80\r\n"
        b"Content-Length: 1\r\n\r\nC\r\n--b--\r\n"
    )


def test_content_type_names_a_syntax_that_all_share() -> None:
    one = lay_out("b", [Item(1, ELE), Item(2, ELE)]).content_type
    assert one == f'multipart/related;type="application/dicom";transfer-syntax={ELE};boundary=b'
    mixed = lay_out("b", [Item(1, ELE), Item(2, JPEG_LS)]).content_type
    assert mixed == 'multipart/related;type="application/dicom";boundary=b'


def test_boundary_depends_on_the_content_alone_and_is_legal() -> None:
    assert boundary_for("a", "b") == boundary_for("a", "b")
    assert boundary_for("a", "b") != boundary_for("ab")
    assert boundary_of(f"multipart/related; boundary={boundary_for('a')}").startswith(b"drimbox-")


def test_the_standard_library_reads_what_we_write() -> None:
    layout = lay_out("b", [Item(2, ELE), Item(4, JPEG_LS)])
    message = BytesParser(policy=email.policy.HTTP).parsebytes(
        b"Content-Type: "
        + layout.content_type.encode()
        + b"\r\n\r\n"
        + body([(b"AB", ELE), (b"CDEF", JPEG_LS)])
    )
    found = list(message.iter_parts())
    assert [one.get_payload(decode=True) for one in found] == [b"AB", b"CDEF"]
    assert [one.get_content_type() for one in found] == ["application/dicom"] * 2


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
def test_reads_what_it_writes_whatever_the_chunks(size: int) -> None:
    data = body(OBJECTS)
    found = parts(data[i : i + size] for i in range(0, len(data), size))
    assert [content for _, content in found] == [data for data, _ in OBJECTS]
    assert found[2][0]["content-type"] == f"application/dicom;transfer-syntax={JPEG_LS}"


@settings(deadline=None)
@given(
    st.lists(st.binary(max_size=80), min_size=1, max_size=4),
    st.lists(st.integers(0, 700), max_size=12),
    st.sampled_from([b"\r\n", b"\n"]),
    st.booleans(),
    st.binary(max_size=30).filter(lambda b: b"--b" not in b and not b.endswith(b"\r")),
)
def test_any_split_gives_the_same_parts(
    contents: list[bytes], cuts: list[int], eol: bytes, lengths: bool, preamble: bytes
) -> None:
    boundary = b"b0undary"
    # With LF alone a CR at the end of a content cannot be told from a line end.
    contents = [one.rstrip(b"\r") for one in contents]
    data = preamble + eol if preamble else b""
    for one in contents:
        length = b"Content-Length: %d" % len(one) + eol if lengths else b""
        data += b"--" + boundary + eol + b"Content-Type: x/y" + eol + length + eol + one + eol
    data += b"--" + boundary + b"--" + eol + b"epilogue"
    edges = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
    chunks = [data[a:b] for a, b in itertools.pairwise(edges)]
    assert [content for _, content in parts(chunks, boundary)] == contents


@settings(deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 50))
def test_a_cut_stream_never_gives_a_partial_part(cut: int, size: int) -> None:
    data = body(OBJECTS)
    # Whole up to the closing delimiter: the rest is of no interest.
    cut %= len(data) - 2
    whole: list[bytes] = []

    def chunks() -> Iterator[bytes]:
        for start in range(0, cut, size):
            yield data[start : min(start + size, cut)]

    with TemporaryDirectory() as folder:
        found = read_parts(chunks(), b"b", Path(folder))
        with pytest.raises(MultipartUnreadable):
            whole.extend(part.path.read_bytes() for part in found)
        assert len(list(Path(folder).iterdir())) == len(whole)
    assert whole == [content for content, _ in OBJECTS][: len(whole)]


@settings(deadline=None)
@given(st.lists(st.binary(max_size=60), max_size=6))
def test_any_stream_is_read_or_refused(chunks: list[bytes]) -> None:
    for start in (b"", b"--b\r\n"):
        try:
            found = parts([start, *chunks])
        except MultipartUnreadable:
            continue
        assert all(isinstance(content, bytes) for _, content in found)


def test_preamble_padding_and_headers() -> None:
    data = b"skip\r\n--b-not\r\n--b \t\r\nX-A : 1 \r\nnone\r\n\r\ncontent\r\n--bc\r\n--b--"
    assert parts([data]) == [({"x-a": "1", "none": ""}, b"content\r\n--bc")]


def test_an_answer_of_no_part() -> None:
    assert parts([b"--b--"]) == []


@pytest.mark.parametrize(
    ("data", "because"),
    [
        (b"", "ends"),
        (b"--b", "ends"),
        (b"--b\r\nX: 1\r\n\r\nabc", "ends"),
        (b"--b\r\nX: 1\r\n\r\nabc\r\n--b", "ends"),
        (b"--b\r\nContent-Length: 4\r\n\r\nabc\r\n--b--", "length"),
        (b"--b trailing\r\n\r\nabc\r\n--b--", "malformed"),
        (b"--b\r\nX: 1\r\n\r\nabc\r\n--b \rx\n", "malformed"),
    ],
)
def test_refuses_what_is_malformed(data: bytes, because: str) -> None:
    with pytest.raises(MultipartUnreadable, match=because):
        parts([data])


def test_limits() -> None:
    data = body([(b"abcd", ELE), (b"ef", ELE)])
    assert len(parts([data], max_part_bytes=4, max_parts=2)) == 2
    with pytest.raises(MultipartUnreadable, match="larger"):
        parts([data], max_part_bytes=3)
    with pytest.raises(MultipartUnreadable, match="too many parts"):
        parts([data], max_parts=1)
    with pytest.raises(MultipartUnreadable, match="headers"):
        parts([b"--b\r\n" + b"X" * (multipart.MAX_HEADER_BYTES + 2) + b"\r\n\r\n"])
    with pytest.raises(MultipartUnreadable, match="headers"):
        parts(b"--b\r\n" + b"X" * 999 for _ in range(100))
    with pytest.raises(MultipartUnreadable, match="does not start"):
        parts(b"x" * 1000 for _ in range(100))


@pytest.mark.parametrize(
    ("content_type", "boundary"),
    [
        ("multipart/related; boundary=abc", b"abc"),
        ('Multipart/Related; type="application/dicom"; boundary="a b;c"', None),
        ('Multipart/Related; type="application/dicom"; Boundary="a b:c"', b"a b:c"),
        ("multipart/related;start=<x@y>;boundary=7544a517-4f5a", b"7544a517-4f5a"),
        ("multipart/related", None),
        ("multipart/related; boundary=", None),
        ("multipart/related; boundary=" + "x" * 201, None),
        ("multipart/related; boundary=é", None),
        ('multipart/related; boundary="a "', None),
        ("application/dicom", None),
        ("", None),
    ],
)
def test_boundary_of(content_type: str, boundary: bytes | None) -> None:
    if boundary is None:
        with pytest.raises(MultipartUnreadable):
            boundary_of(content_type)
    else:
        assert boundary_of(content_type) == boundary
