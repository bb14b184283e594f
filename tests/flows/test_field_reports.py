"""Inputs that people report of real senders and archives, through the whole stack: the flags of a
sender who errs, the identifiers of a merged patient, objects that a strict reader refuses.

Nothing that restricts is lost, and nothing sound is refused for its form.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import pydicom
import pytest
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.filebase import DicomBytesIO
from pydicom.filewriter import write_dataset, write_file_meta_info
from pydicom.uid import UID, ExplicitVRLittleEndian, ImplicitVRLittleEndian

from functions.drimbox.images.explicit import prepare
from functions.drimbox.images.part10 import read_facts
from simulators.pacs.load import load
from simulators.pacs.studies import Size, rejection_note, study_objects
from simulators.ris.cases import CASES, Case
from tests.flows.bad_messages import Spoil, kept, replaced, with_document, with_field
from tests.flows.exams import Exam, ask, named, parts
from tests.flows.stack import LocalStack, in_parallel

FOUND: Final = Path(__file__).parents[3] / "shared" / "cases-found"


def _flag(code: str, other: str, value: str) -> Spoil:
    """A flag under another code, with this value."""

    def spoil(raw: bytes) -> bytes:
        lines = raw.decode().split("\r")
        (index,) = (n for n, line in enumerate(lines) if f"|CE|{code}^" in line)
        fields = lines[index].replace(f"|{code}^", f"|{other}^").split("|")
        lines[index] = "|".join([*fields[:5], f"{value}^^expandedYes-NoIndicator", *fields[6:]])
        return "\r".join(lines).encode()

    return spoil


def _identifiers(*, before: str = "", after: str = "") -> Spoil:
    """More repetitions in PID-3."""
    return with_field("PID", 3, lambda own: "~".join(filter(None, (before, own, after))))


def _wrapped(width: int, end: str) -> Spoil:
    """The document's base64 in lines of ``width``, each with an escaped end."""

    def wrap(value: str) -> str:
        head, _, coded = value.rpartition("^")
        lines = [coded[at : at + width] for at in range(0, len(coded), width)]
        return f"{head}^{end.join(lines)}"

    return with_field("OBX", 5, wrap)


def _null_before(pattern: str) -> Spoil:
    """A first name that says that it is unknown, before the one that is known."""
    return with_document(replaced(pattern, r'\1<given nullFlavor="UNK"/>\2'))


# ---- messages

REFUSED: Final[dict[str, Spoil]] = {
    "a mask by the XDS name": _flag("INVISIBLE_REP_LEGAUX", "INVISIBLE_REPRESENTANT_LEGAL", "Y"),
    "a mask without its underscore": _flag("INVISIBLE_PATIENT", "INVISIBLEPATIENT", "Y"),
    "a mask with a letter more": _flag("MASQUE_PS", "MASQUES_PS", "Y"),
    "not for the DMP, letters changed": _flag("DESTDMP", "DESTDPM", "N"),
    "not for the DMP, a blank": _flag("DESTDMP", "DEST DMP", "N"),
}
_INS_C: Final = "9876543210987654321098^^^ASIP-SANTE-INS-C&1.2.250.1.213.1.4.2&ISO^INS-C"
_FORMER: Final = "IPP0042^^^AUT-AFFECTATION&1.2.250.1.213.4.5.2.4&ISO^PI^^20090301^20190630"
ACCEPTED: Final[dict[str, tuple[dict[str, Any], Spoil]]] = {
    "an INS-C before the INS": ({}, _identifiers(before=_INS_C)),
    "an INS-C behind all others": ({}, _identifiers(after=_INS_C)),
    "a former identifier first": ({}, _identifiers(before=_FORMER)),
    "base64 in lines of 64": ({"pdf_size": 500_000}, _wrapped(64, "\\X0A\\")),
    "base64 in lines of 76": ({"pdf_size": 800_000}, _wrapped(76, "\\X0D\\\\X0A\\")),
    "an empty line before MSH": ({}, lambda raw: b"\r" + raw),
    "lines of two characters before MSH": ({}, lambda raw: b"\r\n\r\n\r\n" + raw),
    "a first name without a value": ({}, _null_before(r"(PAT-TROIS</family>)(<given qual)")),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_flag_that_is_not_understood_refuses(stack: LocalStack, name: str) -> None:
    case = CASES["C"].fresh(uuid4().hex)
    raw = stack.report(case)
    before = kept(stack)
    spoiled = REFUSED[name](raw)
    assert spoiled != raw
    ack = stack.send(spoiled)
    assert (ack.status, ack.code) == (200, "AE"), ack.content
    assert kept(stack) == before
    assert stack.documents(case.studies[0]) == []


def test_messages_whose_form_is_unusual_are_published(stack: LocalStack) -> None:
    def publish(name: str) -> tuple[str, str, int]:
        options, spoil = ACCEPTED[name]
        case = CASES["C"].fresh(uuid4().hex)
        stack.store(case, Size(instances=1, pixels=16))
        raw = stack.report(case, **options)
        assert spoil(raw) != raw
        entry = stack.await_outcome(stack.accepted(spoil(raw)))
        return name, entry.state, len(stack.documents(case.studies[0]))

    assert in_parallel(publish, list(ACCEPTED)) == [(name, "published", 1) for name in ACCEPTED]


# ---- objects


def _encoded(
    root: Dataset,
    syntax: UID,
    *,
    tail: bytes = b"",
    header_uid: str = "",
    more: tuple[int, bytes] | None = None,
) -> bytes:
    """Part 10 whose meta information names ``header_uid``, or the object itself; then ``tail``.

    ``more``: one element more, in Implicit VR, with exactly these bytes.
    """
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = syntax
    meta.MediaStorageSOPClassUID = root.SOPClassUID
    meta.MediaStorageSOPInstanceUID = UID(header_uid or root.SOPInstanceUID)
    out = DicomBytesIO()
    out.is_little_endian, out.is_implicit_VR = True, syntax == ImplicitVRLittleEndian
    write_dataset(out, root)
    data = out.getvalue()
    if more is not None:
        data = _inserted(data, *more)
    out = DicomBytesIO()
    write_file_meta_info(out, meta, enforce_standard=True)
    return bytes(128) + b"DICM" + out.getvalue() + data + tail


def _inserted(data: bytes, tag: int, value: bytes) -> bytes:
    """A data set in Implicit VR with one element more, at its place."""
    at = 0
    while at < len(data):
        group, element, length = struct.unpack_from("<HHI", data, at)
        if group << 16 | element > tag:
            break
        at += 8 + length
    head = struct.pack("<HHI", tag >> 16, tag & 0xFFFF, len(value))
    return data[:at] + head + value + data[at:]


def _raw(tag: int, value: bytes) -> Callable[[Dataset], bytes]:
    """The object in Implicit VR, with an element whose bytes are these."""
    return lambda root: _encoded(root, ImplicitVRLittleEndian, more=(tag, value))


def _another_uid_in_the_header(root: Dataset) -> bytes:
    return _encoded(root, ExplicitVRLittleEndian, header_uid=f"{root.SOPInstanceUID}.7")


def _zeros_behind_an_object_without_pixels(root: Dataset) -> bytes:
    for tag in ("PixelData", "Rows", "Columns", "BitsAllocated", "BitsStored", "HighBit"):
        delattr(root, tag)
    return _encoded(root, ExplicitVRLittleEndian, tail=bytes(128))


# Elements whose value is not of the VR that the dictionary has, and texts of no character set.
RAW: Final[dict[int, bytes]] = {
    0x00204000: b"apr\xe8s injection ",
    0x50023000: b"\x01\x00\x02\x00\x03\x00",
    0x00189073: b"\x01\x02\x03\x04\x05\x06",
}
ODD: Final[tuple[Callable[[Dataset], bytes], ...]] = (
    *(_raw(tag, value) for tag, value in RAW.items()),
    _another_uid_in_the_header,
    _zeros_behind_an_object_without_pixels,
)


def _publish(stack: LocalStack, case: Case, files: list[bytes], folder: Path) -> tuple[str, str]:
    """Put these files into the PACS and send the report: the state, and the study's reason."""
    paths = []
    for number, data in enumerate(files):
        paths.append(folder / f"{number}.dcm")
        paths[-1].write_bytes(data)
    assert load(paths, stack.endpoints["pacs"]) == len(files)
    entry = stack.await_outcome(stack.accepted(stack.report(case)))
    return entry.state, entry.studies[case.studies[0]][1]


def _images(case: Case, count: int) -> list[Dataset]:
    (study,) = case.archived_studies()
    size = Size(instances=count, pixels=16, transfer_syntax=ExplicitVRLittleEndian)
    return [one for one in study_objects(study, size) if one.Modality != "KO"][:count]


def test_objects_that_a_strict_reader_refuses_are_served(stack: LocalStack, tmp_path: Path) -> None:
    case = CASES["C"].fresh(uuid4().hex)
    images = _images(case, len(ODD))
    files = [write(image) for write, image in zip(ODD, images, strict=True)]
    assert _publish(stack, case, files, tmp_path) == ("published", "")
    (document,) = stack.documents(case.studies[0])
    exam: Exam = named(stack, case, document)
    (series,) = exam.series
    answer = ask(stack, exam, series=series)
    assert answer.status_code == 200
    served = {
        str(one.SOPInstanceUID): one
        for one in (pydicom.dcmread(BytesIO(data)) for data in parts(answer))
    }
    assert served.keys() == {str(image.SOPInstanceUID) for image in images}
    for (tag, value), image in zip(RAW.items(), images, strict=False):
        found = served[str(image.SOPInstanceUID)].get_item(tag)
        assert found.value == value, f"{tag:08X}"
    for root in served.values():
        assert root.file_meta.MediaStorageSOPInstanceUID == root.SOPInstanceUID


def test_an_object_whose_uid_is_ill_formed_is_held_at_once(
    stack: LocalStack, tmp_path: Path
) -> None:
    case = CASES["C"].fresh(uuid4().hex)
    (image,) = _images(case, 1)
    data = _encoded(image, ExplicitVRLittleEndian)
    own = str(image.SOPInstanceUID)
    # A component that begins with a zero.
    data = data.replace(own.encode(), f"{own[:-3]}.09".encode())
    held = _publish(stack, case, [data], tmp_path)
    assert held == ("held", "pacs_uid_invalid")
    assert stack.documents(case.studies[0]) == []


def test_a_rejection_that_cannot_be_read_publishes_no_image_that_it_may_reject(
    stack: LocalStack, tmp_path: Path
) -> None:
    case = CASES["C"].fresh(uuid4().hex)
    (study,) = case.archived_studies()
    images = _images(case, 2)
    note = rejection_note(study, images[:1])
    files = [_encoded(one, ExplicitVRLittleEndian) for one in images]
    files.append(_encoded(note, ExplicitVRLittleEndian, tail=bytes(96)))
    state, _ = _publish(stack, case, files, tmp_path)
    documents = stack.documents(case.studies[0])
    if state == "published":
        (series,) = named(stack, case, documents[0]).series.values()
        assert series == [str(images[1].SOPInstanceUID)]
    else:
        assert (state, documents) == ("held", [])


def test_a_note_with_an_ill_formed_reference_rejects_by_the_other(stack: LocalStack) -> None:
    case = CASES["C"].fresh(uuid4().hex)
    (study,) = case.archived_studies()
    assert stack.publish(case).state == "published"
    (document,) = stack.documents(case.studies[0])
    exam = named(stack, case, document)
    images = [one for one in study_objects(study) if one.Modality != "KO"]
    first, second = (str(one.SOPInstanceUID) for one in images[:2])
    data = _encoded(rejection_note(study, images[:2]), ExplicitVRLittleEndian)
    assert second.encode() in data
    data = data.replace(second.encode(), f"{second[:-2]}.x".encode())
    body = b"--b\r\nContent-Type: application/dicom\r\n\r\n" + data + b"\r\n--b--\r\n"
    credential = (stack.layout.pki / "pacs-credential").read_text()
    headers = {
        "Content-Type": 'multipart/related; type="application/dicom"; boundary=b',
        "Authorization": f"Bearer {credential}",
    }
    url = f"{stack.images_url('')}/studies"
    with stack.client() as http:
        assert http.post(url, content=body, headers=headers).status_code == 202
        assert http.options(url).status_code == 200
    series = str(images[0].SeriesInstanceUID)
    assert ask(stack, exam, series=series, instance=first).status_code == 404


@pytest.mark.parametrize(
    ("tag", "value"),
    # Orthanc takes no text where a sequence should be; other archives do.
    [*RAW.items(), (0x00081140, b"SEE NOTE"), (0x0040A730, b"")],
    ids=lambda value: f"{value:08X}" if isinstance(value, int) else "",
)
def test_an_element_keeps_its_bytes(tag: int, value: bytes, tmp_path: Path) -> None:
    (image,) = _images(CASES["C"], 1)
    path = tmp_path / "object"
    path.write_bytes(_raw(tag, value)(image))
    prepare(path, read_facts(path))
    found = pydicom.dcmread(path).get_item(tag)
    assert (found.value or b"") == value


# ---- the inputs themselves, where they are beside the project


def _found(pattern: str) -> list[Path]:
    """Those that are there."""
    return sorted(FOUND.glob(pattern))


@pytest.mark.skipif(not FOUND.is_dir(), reason="the inputs that failed are not here")
@pytest.mark.parametrize("path", _found("hl7/*.hl7"), ids=lambda path: path.stem)
def test_a_found_message(stack: LocalStack, path: Path) -> None:
    raw = path.read_bytes()
    assert raw.count(b"|HUNT-1|") == 1
    ack = stack.send(raw.replace(b"|HUNT-1|", f"|{uuid4().hex[:20]}|".encode()))
    assert (ack.status, ack.code) == (200, "AE" if path.stem.startswith("05") else "AA")


@pytest.mark.skipif(not FOUND.is_dir(), reason="the inputs that failed are not here")
@pytest.mark.parametrize("path", _found("dicom/*.dcm"), ids=lambda path: path.stem)
def test_a_found_object_can_be_prepared(path: Path, tmp_path: Path) -> None:
    copy = tmp_path / "object"
    copy.write_bytes(path.read_bytes())
    prepared = prepare(copy, read_facts(copy))
    root = pydicom.dcmread(copy)
    assert (
        prepared.facts.sop_instance_uid == root.SOPInstanceUID == root.file_meta[0x00020003].value
    )
