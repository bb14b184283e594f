"""STOW-RS: the requests that are read, and the content of the answer."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any, Final

import pydicom
import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.drimbox.errors import BadRequest, UnsupportedMedia
from functions.drimbox.images.store_request import (
    DICOM_JSON,
    DICOM_XML,
    MAX_OBJECTS,
    Failure,
    Notice,
    Stored,
    read_objects,
    status_of,
    write_answer,
)
from functions.drimbox.oid import Uid
from functions.drimbox.safe_xml import parse

KOS = Uid("1.2.840.10008.5.1.4.1.1.88.59")
TYPE = 'multipart/related; type="application/dicom"; boundary=b'
NATIVE = "{http://dicom.nema.org/PS3.19/models/NativeDICOM}"
GOOD = Stored(KOS, Uid("1.2.1"), None)
BAD = Stored(KOS, Uid("1.2.2"), Failure.INVALID_VALUE)
WARNED = Stored(KOS, Uid("1.2.4"), None, Notice.DOES_NOT_MATCH_CLASS)
NOTHING = Stored(None, None, Failure.CANNOT_UNDERSTAND)


SPOOL: Final = Path(tempfile.gettempdir())


def body(*objects: bytes, end: bytes = b"\r\n--b--\r\n") -> bytes:
    head = b"--b\r\nContent-Type: application/dicom\r\n\r\n"
    return b"\r\n".join(head + one for one in objects) + end


def test_every_object_is_read_in_order() -> None:
    assert list(read_objects(TYPE, body(b"one", b"two\r\n"), spool=SPOOL)) == [b"one", b"two\r\n"]
    for spelling in ("type=application/dicom", 'TYPE="APPLICATION/DICOM"'):
        named = f"Multipart/Related; {spelling}; boundary=b"
        assert list(read_objects(named, body(b"one"), spool=SPOOL)) == [b"one"]


def test_a_boundary_as_orthanc_makes_it() -> None:
    """73 characters, where RFC 2046 allows 70; and no line end after the last delimiter."""
    boundary = "-".join(["77639a7c-8c8e-497f-ad1e-59880becc12a"] * 2)
    content = body(b"one", end=b"\r\n--b--").replace(b"--b", b"--" + boundary.encode())
    named = f'multipart/related; type="application/dicom"; boundary={boundary}'
    assert list(read_objects(named, content, spool=SPOOL)) == [b"one"]


@pytest.mark.parametrize(
    "content_type",
    [
        "",
        "application/dicom",
        "multipart/form-data; type=application/dicom; boundary=b",
        "multipart/related; boundary=b",
        'multipart/related; type="application/dicom+json"; boundary=b',
        'multipart/related; type="application/dicom+xml"; boundary=b',
    ],
)
def test_other_media_are_415(content_type: str) -> None:
    with pytest.raises(UnsupportedMedia):
        list(read_objects(content_type, body(b"one"), spool=SPOOL))


@pytest.mark.parametrize(
    ("content_type", "content"),
    [
        (TYPE, b""),
        (TYPE, b"no delimiter"),
        (TYPE, b"--b--\r\n"),
        (TYPE, body(b"one", end=b"")),
        (TYPE.replace("boundary=b", ""), body(b"one")),
        (TYPE, body(*[b"x"] * (MAX_OBJECTS + 1))),
    ],
)
def test_a_malformed_body_is_400(content_type: str, content: bytes) -> None:
    with pytest.raises(BadRequest):
        list(read_objects(content_type, content, spool=SPOOL))


@given(st.text(max_size=60), st.binary(max_size=300))
def test_no_bytes_do_more_than_be_refused(text: str, content: bytes) -> None:
    for kind in (text, TYPE):
        try:
            assert list(read_objects(kind, content, spool=SPOOL))
        except (BadRequest, UnsupportedMedia):
            continue


@pytest.mark.parametrize(
    ("results", "status"),
    [
        ([GOOD], 200),
        ([WARNED], 202),
        ([GOOD, WARNED], 202),
        ([GOOD, BAD], 202),
        ([BAD], 409),
        ([NOTHING], 409),
        ([GOOD, NOTHING], 202),
    ],
)
def test_the_status_says_how_many(results: list[Stored], status: int) -> None:
    assert status_of(results) == status


def test_the_answer_is_a_dataset_that_pydicom_reads() -> None:
    answer = pydicom.Dataset.from_json(write_answer([GOOD, BAD, NOTHING], DICOM_JSON).decode())
    assert list(answer.keys()) == sorted(answer.keys())
    assert answer.RetrieveURL is None or answer.RetrieveURL == ""
    (stored,) = answer.ReferencedSOPSequence
    assert (stored.ReferencedSOPClassUID, stored.ReferencedSOPInstanceUID) == (KOS, "1.2.1")
    (failed,) = answer.FailedSOPSequence
    assert (failed.ReferencedSOPInstanceUID, failed.FailureReason) == ("1.2.2", 0x0106)
    (other,) = answer.OtherFailuresSequence
    assert (len(other), other.FailureReason) == (1, 0xC000)


def test_a_stored_object_may_have_a_warning() -> None:
    answer = pydicom.Dataset.from_json(write_answer([WARNED], DICOM_JSON).decode())
    (stored,) = answer.ReferencedSOPSequence
    assert list(stored.keys()) == sorted(stored.keys())
    assert (stored.ReferencedSOPInstanceUID, stored.WarningReason) == ("1.2.4", 0xB007)


def test_the_same_dataset_in_xml() -> None:
    results = [GOOD, BAD, NOTHING, WARNED]

    def read(parent: Any) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for one in parent.findall(f"{NATIVE}DicomAttribute"):
            element: dict[str, Any] = {"vr": one.get("vr")}
            items = [read(item) for item in one.findall(f"{NATIVE}Item")]
            values = [value.text for value in one.findall(f"{NATIVE}Value")]
            if one.get("vr") == "US":
                values = [int(value) for value in values]
            if items or values:
                element["Value"] = items or values
            found[one.get("tag")] = element
            assert pydicom.datadict.keyword_for_tag(one.get("tag")) == one.get("keyword")
        return found

    root = parse(write_answer(results, DICOM_XML), max_bytes=10_000)
    assert root.tag == f"{NATIVE}NativeDicomModel"
    assert read(root) == json.loads(write_answer(results, DICOM_JSON))
