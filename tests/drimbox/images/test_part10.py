"""Reading an object's identifiers: every syntax, and refusals of objects that say too little."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from functions.drimbox.images.part10 import extent_of, facts_of, read_facts
from functions.drimbox.manifest.elements import Malformed
from tests.drimbox.images.samples import (
    ALL,
    CT,
    DEFLATED,
    JPEG_LS,
    SERIES,
    STUDY,
    instance,
    stored,
)


@pytest.mark.parametrize("syntax", ALL)
def test_facts_of_every_syntax(syntax: str, tmp_path: Path) -> None:
    facts = read_facts(stored(tmp_path, instance(7, syntax)))
    assert facts.sop_class_uid == CT
    assert facts.sop_instance_uid == f"{SERIES}.7"
    assert (facts.study_instance_uid, facts.series_instance_uid) == (STUDY, SERIES)
    assert facts.transfer_syntax == syntax
    assert facts.instance_number == 7


def test_an_object_without_number() -> None:
    assert facts_of(instance(1, InstanceNumber=None)).instance_number is None


@pytest.mark.parametrize(
    "data",
    [
        b"",
        bytes(128),
        bytes(128) + b"DICM",
        instance(SOPInstanceUID="1.2.3\\4"[:5], StudyInstanceUID=None),
        instance().replace(b"1.2.840.10008.1.2.1\0", b"not/a/uid/at/all///\0"),
        instance(1, DEFLATED)[: facts_of(instance(1, DEFLATED)).dataset_offset] + b"\x07\xff",
        instance()[:300],
    ],
    ids=["empty", "preamble", "prefix", "no-study", "syntax", "inflate", "cut"],
)
def test_refuses_what_it_cannot_identify(data: bytes, tmp_path: Path) -> None:
    with pytest.raises(Malformed):
        read_facts(stored(tmp_path, data))


def test_an_object_without_pixels_is_whole(tmp_path: Path) -> None:
    path = stored(tmp_path, instance(PixelData=None))
    assert extent_of(path, read_facts(path)) == (path.stat().st_size, ())


def test_the_data_set_names_the_object() -> None:
    data = instance()
    facts = facts_of(data.replace(b"1.2.250.9.5.1.1\0", b"1.2.250.9.5.1.2\0", 1))
    assert facts == replace(facts_of(data), header_agrees=False)


def test_encapsulated_pixels_hold_fragments_only(tmp_path: Path) -> None:
    data = instance(1, JPEG_LS)
    at = data.rindex(b"\xfe\xff\x00\xe0")
    path = stored(tmp_path, data[:at] + b"\xfe\xff\x0d\xe0" + data[at + 4 :])
    with pytest.raises(Malformed, match="cut"):
        extent_of(path, read_facts(path))


@pytest.mark.parametrize("stream", [b"\x07\xff", b"\x00\x05\x00\x00\x00"])
def test_a_stream_that_does_not_inflate_is_refused(stream: bytes) -> None:
    """A block of the reserved type; a stored block whose length is not what it says twice."""
    data = instance(1, DEFLATED)
    with pytest.raises(Malformed, match="inflate"):
        facts_of(data[: facts_of(data).dataset_offset] + stream + bytes(16))
