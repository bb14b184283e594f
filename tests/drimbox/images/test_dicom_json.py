"""DICOM JSON of our own writer, compared with pydicom's."""

from __future__ import annotations

import json
import struct
import warnings
from io import BytesIO
from typing import Any

import pydicom
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom import Dataset
from pydicom.sequence import Sequence

from functions.drimbox.images import dicom_json
from functions.drimbox.images.dicom_json import MAX_BINARY_BYTES, MAX_TEXT_BYTES, data_set_json
from functions.drimbox.manifest.elements import MAX_DEPTH, Malformed
from tests.drimbox.images.samples import EXPLICIT, JPEG_LS, dataset, part10

_UNDEFINED = b"\xff\xff\xff\xff"


def written(raw: bytes) -> dict[str, Any]:
    """Our JSON of a Part 10 file."""
    start = 144 + struct.unpack_from("<L", raw, 140)[0]
    found: dict[str, Any] = json.loads(json.dumps(data_set_json(raw, start), allow_nan=False))
    return found


def element(tag: int, vr: str, value: bytes, length: bytes | None = None) -> bytes:
    """One explicit element; ``length`` instead of the value's own."""
    head = struct.pack("<HH2s", tag >> 16, tag & 0xFFFF, vr.encode())
    if vr in {"OB", "OW", "UN", "SQ", "UT", "UC", "UR", "OF", "OD", "OV", "OL", "SV", "UV"}:
        return head + b"\0\0" + (length or struct.pack("<L", len(value))) + value
    return head + (length or struct.pack("<H", len(value))) + value


def of(*elements: bytes) -> dict[str, Any]:
    """Our JSON of a bare data set."""
    return data_set_json(b"".join(elements), 0)


def every_vr() -> Dataset:
    root = dataset(7)
    root.add_new(0x00080008, "CS", ["ORIGINAL", "PRIMARY", ""])
    root.add_new(0x00081140, "SQ", Sequence([]))
    root.add_new(0x00080054, "AE", "BOX")
    root.add_new(0x00101010, "AS", "042Y")
    root.add_new(0x00280009, "AT", [0x00181063, 0x00181065])
    root.add_new(0x00080012, "DA", ["20260102"])
    root.add_new(0x00280030, "DS", ["0.5", "1e-3"])
    root.add_new(0x0008002A, "DT", "20260102093015.12+0100")
    root.add_new(0x00189073, "FD", [0.25, -1.5])
    root.add_new(0x00189461, "FL", [0.5])
    root.add_new(0x00080064, "CS", "WSD")
    root.add_new(0x00081080, "LO", ["Étude", "deux"])
    root.add_new(0x001021B0, "LT", "une ligne \\ pas deux valeurs")
    root.add_new(0x00091101, "OB", b"\1\2")
    root.add_new(0x00091102, "OW", b"\1\2\3\4")
    root.add_new(0x00101001, "PN", ["DUPONT^ANNE", "Yamada^Tarou=X^Y=Z"])
    root.add_new(0x00186020, "SL", [-7, 8])
    root.add_new(0x00189219, "SS", -3)
    root.add_new(0x00081030, "LO", "")
    root.add_new(0x00400280, "ST", "court \\ texte")
    root.add_new(0x00080030, "TM", "093015")
    root.add_new(0x00189808, "UC", ["long", "long"])
    root.add_new(0x00280020, "UL", [1, 2**32 - 1])
    root.add_new(0x00091103, "UN", b"xyz ")
    root.add_new(0x00081190, "UR", "https://example.org/a\\b")
    root.add_new(0x00280100, "US", 16)
    root.add_new(0x0040A160, "UT", "tout " * 50)
    root.add_new(0x00091104, "SV", [-(2**40)])
    root.add_new(0x00091105, "UV", [2**63])
    root.add_new(0x00200013, "IS", "7")
    inner = Dataset()
    inner.add_new(0x00080100, "SH", "é")
    inner.ProcedureCodeSequence = [Dataset()]
    root.ProcedureCodeSequence = [inner, Dataset()]
    return root


def same(ours: Any, theirs: Any) -> bool:
    """Equality up to the forms that PS3.18 leaves open, and our own (0008,0005)."""
    return bool(_plain(ours) == _plain(theirs))


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        found = {key: _plain(one) for key, one in value.items() if key != "00080005"}
        return {k: v for k, v in found.items() if v not in ([], [None], "")}
    return [_plain(one) for one in value] if isinstance(value, list) else value or None


@pytest.mark.parametrize("syntax", [EXPLICIT, JPEG_LS])
@pytest.mark.parametrize("charset", ["ISO_IR 100", "ISO_IR 192"])
def test_every_vr_is_written_as_pydicom_writes_it(syntax: str, charset: str) -> None:
    root = every_vr()
    root.SpecificCharacterSet = charset
    raw = part10(root, syntax)
    read = pydicom.dcmread(BytesIO(raw), stop_before_pixels=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = json.loads(json.dumps(read.to_json_dict()))
    ours = written(raw)
    assert same(ours, theirs)
    assert ours["00080005"] == {"vr": "CS", "Value": ["ISO_IR 192"]}
    assert "7FE00010" not in ours
    assert ours["00080008"]["Value"] == ["ORIGINAL", "PRIMARY", None]
    assert ours["00081030"] == {"vr": "LO"}
    assert ours["00081140"] == {"vr": "SQ"}


def test_open_ended_sequences_are_read_like_those_with_a_length() -> None:
    item = element(0x00080100, "SH", b"T1")
    closed = element(0x00081032, "SQ", struct.pack("<HHL", 0xFFFE, 0xE000, len(item)) + item)
    opened = element(
        0x00081032,
        "SQ",
        struct.pack("<HH", 0xFFFE, 0xE000)
        + _UNDEFINED
        + item
        + struct.pack("<HHL", 0xFFFE, 0xE00D, 0)
        + struct.pack("<HHL", 0xFFFE, 0xE0DD, 0),
        _UNDEFINED,
    )
    last = element(0x00100020, "LO", b"P1")
    assert of(closed, last) == of(opened, last)
    assert of(opened, last)["00081032"]["Value"] == [{"00080100": {"vr": "SH", "Value": ["T1"]}}]


def test_texts_of_an_item_are_in_its_own_set_or_in_that_around_it() -> None:
    def items(*contents: bytes) -> bytes:
        framed = (struct.pack("<HHL", 0xFFFE, 0xE000, len(one)) + one for one in contents)
        return element(0x00081032, "SQ", b"".join(framed))

    name = 0x00080104
    found = of(
        element(0x00080005, "CS", b"ISO_IR 192"),
        items(
            element(name, "LO", "é".encode()),
            element(0x00080005, "CS", b"ISO_IR 100") + element(name, "LO", "é ".encode("latin-1")),
        ),
        element(0x00100010, "PN", "ZOÉ ".encode()),
    )
    codes = [one["00080104"]["Value"] for one in found["00081032"]["Value"]]
    assert codes == [["é"], ["é"]]
    assert found["00100010"]["Value"] == [{"Alphabetic": "ZOÉ"}]


def test_numbers_that_json_or_their_vr_does_not_know() -> None:
    found = of(
        element(0x00189073, "FD", struct.pack("<3d", float("nan"), float("inf"), 1.0)),
        element(0x00280030, "DS", b"1.5\\x\\\\nan "),
        element(0x00200013, "IS", b"+4\\4.5 "),
        element(0x00280010, "US", b"\1\0\2"),
        element(0x00280009, "AT", b"\x18\0\x63\x10\1"),
    )
    assert found["00189073"]["Value"] == [None, None, 1.0]
    assert found["00280030"]["Value"] == [1.5, "x", None, "nan"]
    assert found["00200013"]["Value"] == [4, "4.5"]
    assert found["00280010"]["Value"] == [1]
    assert found["00280009"]["Value"] == ["00181063"]


def test_bulk_group_lengths_and_implicit_sequences_are_left_out() -> None:
    implicit = (
        struct.pack("<HHL", 0xFFFE, 0xE000, 10)
        + struct.pack("<HHL", 0x0008, 0x0100, 2)
        + b"T1"
        + struct.pack("<HHL", 0xFFFE, 0xE0DD, 0)
    )
    fragments = (
        struct.pack("<HHL", 0xFFFE, 0xE000, 2) + b"ab" + struct.pack("<HHL", 0xFFFE, 0xE0DD, 0)
    )
    data = (
        element(0x00080000, "UL", b"\4\0\0\0"),
        element(0x00090010, "OB", b"x" * (MAX_BINARY_BYTES + 2)),
        element(0x00090011, "UN", implicit, _UNDEFINED),
        element(0x00090012, "OB", fragments, _UNDEFINED),
        element(0x00090013, "OB", b""),
        element(0x0040A160, "UT", b"x" * (MAX_TEXT_BYTES + 2)),
        element(0x00100020, "LO", b"P1"),
    )
    kept = {"00090013": {"vr": "OB"}, "00100020": {"vr": "LO", "Value": ["P1"]}}
    assert of(*data) == kept
    assert data_set_json(b"".join(data), 0, named=True) == kept | {
        "00090010": {"vr": "OB"},
        "00090011": {"vr": "UN"},
        "00090012": {"vr": "OB"},
        "0040A160": {"vr": "UT"},
    }


def test_elements_that_nobody_wants_are_stepped_over_whatever_they_hold() -> None:
    item_start = struct.pack("<HH", 0xFFFE, 0xE000)
    end = struct.pack("<HHL", 0xFFFE, 0xE0DD, 0)
    item_end = struct.pack("<HHL", 0xFFFE, 0xE00D, 0)
    inner = element(0x00080100, "SH", b"T1")
    open_item = item_start + _UNDEFINED + inner + item_end + end
    data = b"".join(
        (
            element(0x00080005, "CS", b"ISO_IR 192"),
            element(0x00081032, "SQ", open_item, _UNDEFINED),
            element(0x00081033, "SQ", b"no item"),
            element(0x00081034, "SQ", open_item, _UNDEFINED),
            element(0x00090010, "UN", end, _UNDEFINED),
            element(0x00100010, "PN", "É".encode()),
            element(0x00100020, "LO", b"P1"),
        )
    )
    found = data_set_json(data, 0, wanted=frozenset({0x00081034, 0x00100010}))
    assert found == {
        "00080005": {"vr": "CS", "Value": ["ISO_IR 192"]},
        "00081034": {"vr": "SQ", "Value": [{"00080100": {"vr": "SH", "Value": ["T1"]}}]},
        "00100010": {"vr": "PN", "Value": [{"Alphabetic": "É"}]},
    }
    with pytest.raises(Malformed):
        data_set_json(data[:-1], 0, wanted=frozenset())


def test_known_attributes_are_read_once_and_only_under_their_character_set(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(dicom_json, "_MOST_KNOWN", 3)
    known: dicom_json.Known = {}
    name = element(0x00100010, "PN", b"\xc3\x89")
    for terms, read in (("ISO_IR 192", "É"), ("ISO_IR 100", "Ã\x89"), ("ISO_IR 192", "É")):
        data = element(0x00080005, "CS", terms.encode()) + name
        found = data_set_json(data, 0, known=known)
        assert found["00100010"]["Value"] == [{"Alphabetic": read}]
    assert len(known) == 2
    long = element(0x00100020, "LO", b"x" * 66)
    others = b"".join(element(0x00100030 + n, "LO", b"%02d" % n) for n in range(5))
    first = data_set_json(long + others, 0, known=known)
    assert len(known) == 3
    assert data_set_json(long + others, 0, known=known) == first


def test_zeros_after_the_last_element_are_none() -> None:
    assert of(element(0x00100020, "LO", b"P1"), bytes(64)) == of(element(0x00100020, "LO", b"P1"))


_DEEP = (element(0x00081032, "SQ", struct.pack("<HH", 0xFFFE, 0xE000) + _UNDEFINED, _UNDEFINED)) * (
    MAX_DEPTH + 2
)


@pytest.mark.parametrize(
    "raw",
    [
        b"\x08\0\x16",
        element(0x00080016, "UI", b"1.2", b"\x09\0"),
        b"\x08\0\x16\0ui\0\0\0\0",
        b"\x08\0\x16\0OB\0\0",
        element(0x00081032, "SQ", b"", b"\x10\0\0\0"),
        element(0x00081032, "SQ", b"\x08\0\x16\0\0\0\0\0"),
        element(0x00081032, "SQ", b"\xfe\xff\x00\xe0"),
        element(0x00081032, "SQ", struct.pack("<HHL", 0xFFFE, 0xE000, 0), _UNDEFINED),
        element(0x00081032, "SQ", struct.pack("<HHL", 0xFFFE, 0xE000, 9)),
        element(0x00081032, "SQ", struct.pack("<HH", 0xFFFE, 0xE000) + _UNDEFINED, _UNDEFINED),
        _DEEP,
    ],
)
def test_a_cut_or_ill_formed_data_set_is_refused(raw: bytes) -> None:
    with pytest.raises(Malformed):
        data_set_json(raw, 0)


@given(st.data())
def test_changed_bytes_give_json_or_a_refusal(data: st.DataObject) -> None:
    changed = bytearray(part10(every_vr()))
    start = 144 + struct.unpack_from("<L", changed, 140)[0]
    for _ in range(data.draw(st.integers(1, 5))):
        changed[data.draw(st.integers(start, len(changed) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(start, len(changed)))
    try:
        found = data_set_json(bytes(changed[:cut]), start)
    except Malformed:
        return
    json.dumps(found, allow_nan=False).encode("utf-8", "surrogatepass")
