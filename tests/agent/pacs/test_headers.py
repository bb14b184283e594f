"""Objects as their headers describe them, and the header that we give them."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.pacs.headers import read_header, with_our_header
from functions.drimbox.images.answer_values import number, text
from functions.drimbox.images.part10 import read_facts
from functions.drimbox.manifest.elements import Malformed
from functions.drimbox.manifest.writer import file_meta
from tests.drimbox.images.samples import (
    ALL,
    BIG,
    CT,
    DEFLATED,
    EXPLICIT,
    IMPLICIT,
    JPEG_LS,
    SERIES,
    STUDY,
    deflate,
    instance,
    stored,
)

TAGS = ("0020000D", "0020000E", "00080018", "00080016", "00200013", "00280008", "00100020")


@pytest.mark.parametrize("syntax", [IMPLICIT, EXPLICIT, BIG, JPEG_LS, DEFLATED])
def test_a_header_is_read_in_every_syntax(syntax: str, tmp_path: Path) -> None:
    data = instance(7, syntax, NumberOfFrames=2, PatientID="É-471")
    found = read_header(stored(tmp_path, data), TAGS)
    assert (text(found, "0020000D"), text(found, "0020000E")) == (STUDY, SERIES)
    assert (text(found, "00080018"), text(found, "00080016")) == (f"{SERIES}.7", CT)
    assert (number(found, "00200013"), number(found, "00280008")) == (7, 2)
    assert text(found, "00100020") == "É-471"


def test_an_attribute_that_is_not_there_is_not_given_and_an_empty_one_is(tmp_path: Path) -> None:
    found = read_header(stored(tmp_path, instance(1, PatientID="")), ("00280008", "00100020"))
    assert found == {"00100020": {"vr": "LO"}}


@pytest.mark.parametrize("data", [b"", b"x" * 200, instance(1)[:150], b"junk"])
def test_a_file_that_is_no_object_is_malformed(data: bytes, tmp_path: Path) -> None:
    with pytest.raises(Malformed):
        read_header(stored(tmp_path, data), ("0020000D",))


def test_a_deflated_object_that_does_not_inflate_is_malformed(tmp_path: Path) -> None:
    data = file_meta(CT, f"{SERIES}.1", DEFLATED) + b"\xff" * 40
    with pytest.raises(Malformed):
        read_header(stored(tmp_path, data), ("0020000D",))
    good = file_meta(CT, f"{SERIES}.1", DEFLATED) + deflate(b"")
    assert read_header(stored(tmp_path, good), ("0020000D",)) == {}


@pytest.mark.parametrize("syntax", ALL)
def test_an_object_gets_our_header_and_keeps_its_data_set(syntax: str, tmp_path: Path) -> None:
    data = instance(1, syntax)
    path = stored(tmp_path, data)
    begin = read_facts(path).dataset_offset
    with_our_header(path)
    ours = file_meta(CT, f"{SERIES}.1", syntax)
    assert path.read_bytes() == ours + data[begin:]
    with_our_header(path)
    assert path.read_bytes() == ours + data[begin:]
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_that_is_no_object_stays_as_it_is(tmp_path: Path) -> None:
    path = stored(tmp_path, b"x" * 200)
    with_our_header(path)
    assert path.read_bytes() == b"x" * 200
