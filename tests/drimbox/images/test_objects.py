"""Reading objects, making them fit for DICOMweb, and their metadata."""

from __future__ import annotations

import gzip
import json
import logging
import subprocess
import warnings
import zlib
from io import BytesIO
from pathlib import Path

import pydicom
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydicom import Dataset

from functions.drimbox.images import explicit
from functions.drimbox.images.explicit import prepare
from functions.drimbox.images.part10 import ObjectFacts, check_whole, facts_of, read_facts
from functions.drimbox.images.pydicom_settings import quiet_pydicom
from functions.drimbox.images.series_metadata import MAX_BINARY_BYTES, instance_json, write_metadata
from functions.drimbox.manifest.elements import Malformed
from tests.drimbox.images.samples import (
    BIG,
    CT,
    DEFLATED,
    EXPLICIT,
    IMPLICIT,
    JPEG_LS,
    SERIES,
    STUDY,
    dataset,
    deflate,
    instance,
    part10,
    swapped,
)

ALL = [IMPLICIT, EXPLICIT, BIG, DEFLATED, JPEG_LS]


def stored(folder: Path, data: bytes) -> Path:
    path = folder / "object"
    path.write_bytes(data)
    return path


def prepared(folder: Path, data: bytes) -> tuple[ObjectFacts, bytes]:
    path = stored(folder, data)
    facts = prepare(path, read_facts(path))
    assert list(folder.iterdir()) == [path]
    return facts, path.read_bytes()


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
        instance().replace(b"1.2.250.9.5.1.1\0", b"1.2.250.9.5.1.2\0", 1),
        instance().replace(b"1.2.840.10008.1.2.1\0", b"not/a/uid/at/all///\0"),
        instance(1, DEFLATED)[: facts_of(instance(1, DEFLATED)).dataset_offset] + b"\x07\xff",
        instance()[:300],
    ],
    ids=["empty", "preamble", "prefix", "no-study", "two-names", "syntax", "inflate", "cut"],
)
def test_refuses_what_it_cannot_identify(data: bytes, tmp_path: Path) -> None:
    with pytest.raises(Malformed):
        read_facts(stored(tmp_path, data))


@pytest.mark.parametrize("syntax", [EXPLICIT, JPEG_LS])
def test_a_syntax_of_dicomweb_stays_as_it_is_but_for_the_preamble(
    syntax: str, tmp_path: Path
) -> None:
    data = b"MZ\x90\0" + instance(1, syntax)[4:]
    facts, after = prepared(tmp_path, data)
    assert facts.transfer_syntax == syntax
    assert after == bytes(128) + data[128:]


def readable(data: bytes) -> Dataset:
    root = pydicom.dcmread(BytesIO(data))
    root.remove_private_tags()
    return root


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


def test_an_object_without_pixels_is_whole(tmp_path: Path) -> None:
    path = stored(tmp_path, instance(PixelData=None))
    check_whole(path, read_facts(path))


def test_encapsulated_pixels_hold_fragments_only(tmp_path: Path) -> None:
    data = instance(1, JPEG_LS)
    at = data.rindex(b"\xfe\xff\x00\xe0")
    path = stored(tmp_path, data[:at] + b"\xfe\xff\x0d\xe0" + data[at + 4 :])
    with pytest.raises(Malformed, match="cut"):
        check_whole(path, read_facts(path))


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


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.sampled_from(ALL), st.data())
def test_changed_objects_are_served_whole_or_refused(
    tmp_path: Path, syntax: str, data: st.DataObject
) -> None:
    changed = bytearray(instance(1, syntax))
    for _ in range(data.draw(st.integers(1, 5))):
        changed[data.draw(st.integers(128, len(changed) - 1))] = data.draw(st.integers(0, 255))
    path = stored(tmp_path, bytes(changed[: data.draw(st.integers(130, len(changed)))]))
    try:
        facts = prepare(path, read_facts(path))
    except Malformed:
        assert list(tmp_path.iterdir()) == [path]
        return
    assert read_facts(path) == facts
    assert json.loads(instance_json(facts, path))["00080018"]["Value"] == [facts.sop_instance_uid]


def test_metadata_is_dicom_json_without_bulk(tmp_path: Path) -> None:
    root = dataset(1)
    root.add_new(0x00090110, "OB", b"x" * (MAX_BINARY_BYTES + 2))
    inner = Dataset()
    inner.add_new(0x00090110, "UN", b"y" * (MAX_BINARY_BYTES + 2))
    inner.add_new(0x00090112, "UN", b"kept")
    inner.add_new(0x00189073, "FD", float("nan"))
    root.ProcedureCodeSequence.append(inner)
    path = stored(tmp_path, part10(root))
    found = json.loads(instance_json(read_facts(path), path))
    assert found["00100010"]["Value"] == [{"Alphabetic": "BÉZIERS^ZOÉ"}]
    assert found["00200013"]["Value"] == [1]
    assert "7FE00010" not in found
    assert "00090110" not in found
    item = found["00081032"]["Value"][1]
    assert item["00090112"] == {"vr": "UN", "InlineBinary": "a2VwdA=="}
    assert "00090110" not in item
    assert item["00189073"]["Value"] == [None]


def test_metadata_of_a_series_is_a_gzipped_array_that_never_differs(tmp_path: Path) -> None:
    objects = []
    for number in (1, 2):
        path = tmp_path / str(number)
        path.write_bytes(instance(number))
        objects.append((read_facts(path), path))
    written = []
    for name in ("a", "b"):
        write_metadata(tmp_path / name, objects)
        written.append((tmp_path / name).read_bytes())
    assert written[0] == written[1]
    found = json.loads(gzip.decompress(written[0]))
    assert [one["00200013"]["Value"] for one in found] == [[1], [2]]
    write_metadata(tmp_path / "none", [])
    assert json.loads(gzip.decompress((tmp_path / "none").read_bytes())) == []


def test_an_object_that_pydicom_cannot_read_has_its_identifiers(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = stored(tmp_path, instance(StudyDate=None))
    facts = read_facts(path)
    path.write_bytes(b"not DICOM")
    with caplog.at_level(logging.DEBUG):
        found = json.loads(instance_json(facts, path))
    assert set(found) == {"00080016", "00080018", "0020000D", "0020000E"}
    assert caplog.text == ""


def test_pydicom_says_nothing_of_values(caplog: pytest.LogCaptureFixture) -> None:
    logger = logging.getLogger("pydicom")
    with caplog.at_level(logging.DEBUG), warnings.catch_warnings():
        warnings.simplefilter("error")
        with quiet_pydicom():
            root = Dataset()
            root.PatientBirthDate = "CANARY-47"
            logger.warning("CANARY-47")
            warnings.warn("CANARY-47", stacklevel=1)
        with pytest.raises(Malformed) as error, quiet_pydicom():
            raise ValueError("CANARY-47")
    assert "CANARY" not in caplog.text + str(error.value)
    assert error.value.__suppress_context__
    assert not logger.disabled
