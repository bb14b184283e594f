"""Objects made fit for DICOMweb: explicit VR little endian, whole or refused."""

from __future__ import annotations

import subprocess
import zlib
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pydicom
import pytest
from pydicom import Dataset

from functions.drimbox.images import explicit
from functions.drimbox.images.explicit import prepare
from functions.drimbox.images.part10 import facts_of, read_facts
from functions.drimbox.manifest.elements import Malformed
from tests.drimbox.images.elements import read_explicit
from tests.drimbox.images.samples import (
    ALL,
    BIG,
    CT,
    DEFLATED,
    EXPLICIT,
    IMPLICIT,
    JPEG_LS,
    SERIES,
    dataset,
    deflate,
    instance,
    part10,
    prepared,
    readable,
    stored,
    swapped,
)


@pytest.mark.parametrize("syntax", [EXPLICIT, JPEG_LS])
def test_a_syntax_of_dicomweb_stays_as_it_is_but_for_the_preamble(
    syntax: str, tmp_path: Path
) -> None:
    data = b"MZ\x90\0" + instance(1, syntax)[4:]
    facts, after = prepared(tmp_path, data)
    assert facts.transfer_syntax == syntax
    assert after == bytes(128) + data[128:]


@pytest.mark.parametrize("syntax", [IMPLICIT, BIG, DEFLATED])
def test_the_others_become_explicit_little_endian_with_the_same_content(
    syntax: str, tmp_path: Path
) -> None:
    lut = Dataset()
    lut.LUTDescriptor, lut.ModalityLUTType = [4, 0, 16], "US"
    lut["LUTDescriptor"].VR = "US"
    words = bytes(range(8))
    lut.add_new(0x00283006, "OW", swapped(words) if syntax == BIG else words)
    root = dataset(3, ModalityLUTSequence=[lut], RescaleSlope=None, RescaleIntercept=None)
    facts, after = prepared(tmp_path, part10(root, syntax))
    assert facts.transfer_syntax == EXPLICIT
    assert after[:128] == bytes(128)
    expected = dataset(3)
    found = readable(after)
    assert found.file_meta.TransferSyntaxUID == EXPLICIT
    assert found.PixelData == expected.PixelData
    assert found.PatientName == expected.PatientName
    assert found.ProcedureCodeSequence[0].CodeMeaning == "Thorax"
    assert found.ModalityLUTSequence[0].LUTData == words
    assert found.SOPInstanceUID == found.file_meta.MediaStorageSOPInstanceUID
    assert facts_of(after) == facts


@pytest.mark.parametrize("syntax", [IMPLICIT, BIG])
def test_objects_without_pixels_and_with_a_trailer(syntax: str, tmp_path: Path) -> None:
    facts, after = prepared(tmp_path, instance(1, syntax, PixelData=None))
    assert facts.transfer_syntax == EXPLICIT
    assert "PixelData" not in readable(after)
    root = dataset(2)
    root.DataSetTrailingPadding = b"\0\0"
    _, after = prepared(tmp_path, part10(root, syntax))
    assert readable(after).DataSetTrailingPadding == b"\0\0"
    assert readable(after).PixelData == dataset(2).PixelData


def test_float_pixels_are_swapped_by_their_own_words(tmp_path: Path) -> None:
    root = dataset(1, PixelData=None)
    root.add_new(0x7FE00008, "OF", bytes(range(8)))
    _, after = prepared(tmp_path, part10(root, BIG))
    assert readable(after).FloatPixelData == bytes([3, 2, 1, 0, 7, 6, 5, 4])


@pytest.mark.judge
@pytest.mark.parametrize("syntax", [IMPLICIT, BIG, DEFLATED])
def test_dcmtk_converts_to_the_same_values(syntax: str, tmp_path: Path) -> None:
    source, theirs, ours = (tmp_path / name for name in ("source", "theirs", "ours"))
    source.write_bytes(instance(5, syntax))
    subprocess.run(["dcmconv", "+te", source, theirs], check=True)
    ours.write_bytes(source.read_bytes())
    prepare(ours, read_facts(ours))

    def elements(path: Path) -> object:
        data = path.read_bytes()
        return read_explicit(data, facts_of(data).dataset_offset)

    assert elements(ours) != {}
    assert elements(ours) == elements(theirs)
    spoilt = ours.read_bytes()
    ours.write_bytes(spoilt[:-2] + b"\x00\x00")
    assert elements(ours) != elements(theirs)


def renamed(data: bytes) -> bytes:
    """The same data set under the name of another object."""
    root = pydicom.dcmread(BytesIO(data))
    root.file_meta.MediaStorageSOPInstanceUID = pydicom.uid.UID(f"{SERIES}.99")
    out = BytesIO()
    root.save_as(out, enforce_file_format=False)
    return out.getvalue()


HEADERS: dict[str, Callable[[bytes], bytes]] = {
    "another instance": renamed,
    "another class": lambda data: data.replace(CT.encode(), CT[:-1].encode() + b"4", 1),
    "no instance": lambda data: data.replace(b"\2\0\3\0UI", b"\2\0\x05\0UI", 1),
    "a wrong length": lambda data: data[:140] + b"\xff\0\0\0" + data[144:],
    "no length": lambda data: data[:132] + data[144:],
}


@pytest.mark.parametrize("syntax", ALL)
@pytest.mark.parametrize("name", HEADERS)
def test_the_header_names_the_object_that_the_data_set_is(
    name: str, syntax: str, tmp_path: Path
) -> None:
    sound = instance(1, syntax)
    spoilt = HEADERS[name](sound)
    assert not facts_of(spoilt).header_agrees
    _, expected = prepared(tmp_path, sound)
    facts, after = prepared(tmp_path, spoilt)
    assert facts.header_agrees
    assert facts_of(after) == facts
    assert readable(after).file_meta.MediaStorageSOPInstanceUID == f"{SERIES}.1"
    assert after[facts.dataset_offset :] == expected[facts_of(expected).dataset_offset :]
    assert after[:128] == bytes(128)


@pytest.mark.parametrize("zeros", [1, 8, 64, 3 << 20])
@pytest.mark.parametrize(
    ("syntax", "pixels"),
    [*((syntax, {}) for syntax in ALL), *((one, {"PixelData": None}) for one in ALL[:-1])],
)
def test_zeros_after_the_data_set_are_cut_off(
    syntax: str, pixels: dict[str, None], zeros: int, tmp_path: Path
) -> None:
    data = instance(1, syntax, **pixels)
    _, expected = prepared(tmp_path, data)
    assert prepared(tmp_path, data + bytes(zeros))[1] == expected


def test_other_bytes_behind_explicit_pixels_are_left(tmp_path: Path) -> None:
    data = instance(1, EXPLICIT) + b"\0\0\1"
    assert prepared(tmp_path, data)[1] == data


@pytest.mark.parametrize("syntax", ALL)
def test_a_cut_object_is_refused(syntax: str, tmp_path: Path) -> None:
    data = instance(1, syntax)
    for cut in (len(data) - 2, len(data) - 20):
        path = stored(tmp_path, data[:cut])
        with pytest.raises(Malformed):
            prepare(path, read_facts(path))
        assert list(tmp_path.iterdir()) == [path]


def test_encapsulated_pixels_in_implicit_vr_are_refused(tmp_path: Path) -> None:
    data = instance(1, IMPLICIT)
    at = data.rindex(b"\xe0\x7f\x10\x00")
    path = stored(tmp_path, data[: at + 4] + b"\xff\xff\xff\xff" + data[at + 8 :])
    with pytest.raises(Malformed, match="encapsulated"):
        prepare(path, read_facts(path))


def test_odd_pixels_are_padded(tmp_path: Path) -> None:
    data = instance(1, IMPLICIT)
    at = data.rindex(b"\xe0\x7f\x10\x00")
    odd = data[: at + 4] + b"\x03\0\0\0" + b"abc"
    _, after = prepared(tmp_path, odd)
    assert readable(after).PixelData == b"abc\0"


def test_an_unknown_element_of_the_pixel_group_is_kept(tmp_path: Path) -> None:
    data = instance(1, IMPLICIT, PixelData=None) + b"\xe0\x7f\x20\x00\x02\0\0\0ab"
    _, after = prepared(tmp_path, data)
    assert after.endswith(b"ab")


def test_inflation_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = instance(1, DEFLATED)
    offset = facts_of(data).dataset_offset
    root = part10(dataset(1, PixelData=None), EXPLICIT)
    plain = (
        root[facts_of(root).dataset_offset :] + b"\xe0\x7f\x10\x00OW\0\0\0\0\x40\0" + bytes(4 << 20)
    )
    path = stored(tmp_path, data[:offset] + deflate(plain))
    assert path.stat().st_size < 20_000
    monkeypatch.setattr(explicit, "MAX_INFLATED_BYTES", 2 << 20)
    with pytest.raises(Malformed, match="limit"):
        prepare(path, read_facts(path))
    monkeypatch.undo()
    facts, _ = prepare(path, read_facts(path))
    assert facts.transfer_syntax == EXPLICIT
    assert path.stat().st_size > 4 << 20


def test_a_deflated_stream_that_breaks_later_is_refused(tmp_path: Path) -> None:
    data = instance(1, DEFLATED)
    offset = facts_of(data).dataset_offset
    root = part10(dataset(1), EXPLICIT)
    plain = root[facts_of(root).dataset_offset :] + b"\xfc\xff\xfc\xffOB\0\0\0\0\x40\0"
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    packed = packer.compress(plain + bytes(4 << 20)) + packer.flush(zlib.Z_SYNC_FLUSH)
    # A last block of the reserved type.
    path = stored(tmp_path, data[:offset] + packed + b"\x07")
    with pytest.raises(Malformed, match="inflate"):
        prepare(path, read_facts(path))
