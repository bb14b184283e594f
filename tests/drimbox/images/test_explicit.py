"""Objects made fit for DICOMweb: explicit VR little endian, whole or refused."""

from __future__ import annotations

import subprocess
import zlib
from pathlib import Path

import pytest
from pydicom import Dataset

from functions.drimbox.images import explicit
from functions.drimbox.images.explicit import prepare
from functions.drimbox.images.part10 import facts_of, read_facts
from functions.drimbox.manifest.elements import Malformed
from tests.drimbox.images.samples import (
    ALL,
    BIG,
    DEFLATED,
    EXPLICIT,
    IMPLICIT,
    JPEG_LS,
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

    def dump(path: Path) -> str:
        run = subprocess.run(["dcmdump", "+L", path], capture_output=True, check=True)
        return run.stdout.decode("latin-1").split("Data-Set", 1)[1]

    assert dump(ours) == dump(theirs)
    spoilt = ours.read_bytes()
    ours.write_bytes(spoilt[:-2] + b"\x00\x00")
    assert dump(ours) != dump(theirs)


@pytest.mark.parametrize("syntax", ALL)
def test_a_cut_object_is_refused(syntax: str, tmp_path: Path) -> None:
    data = instance(1, syntax)
    for cut in (len(data) - 2, len(data) - 20):
        path = stored(tmp_path, data[:cut])
        with pytest.raises(Malformed):
            prepare(path, read_facts(path))
        assert list(tmp_path.iterdir()) == [path]


def test_elements_after_the_pixels_are_bounded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(explicit, "MAX_TRAILER_BYTES", 4)
    root = dataset()
    root.DataSetTrailingPadding = bytes(8)
    path = stored(tmp_path, part10(root, IMPLICIT))
    with pytest.raises(Malformed, match="follows"):
        prepare(path, read_facts(path))


def test_encapsulated_pixels_in_implicit_vr_are_refused(tmp_path: Path) -> None:
    data = instance(1, IMPLICIT)
    at = data.rindex(b"\xe0\x7f\x10\x00")
    path = stored(tmp_path, data[: at + 4] + b"\xff\xff\xff\xff" + data[at + 8 :])
    with pytest.raises(Malformed, match="cut"):
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
    facts = prepare(path, read_facts(path))
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
