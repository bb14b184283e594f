"""STOW-RS (PS3.18 10.5): the objects of a store request, and the dataset that answers it."""

from __future__ import annotations

import json
from enum import IntEnum
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Final

from lxml import etree

from functions.drimbox.accept import parameters
from functions.drimbox.errors import BadRequest, UnsupportedMedia
from functions.drimbox.images.multipart import MultipartUnreadable, boundary_of, read_parts
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from functions.drimbox.oid import Uid

DICOM_JSON: Final = "application/dicom+json"
DICOM_XML: Final = "application/dicom+xml"
# The media types of the answer; the first one by default (PS3.18 8.7.3.2).
ANSWERS: Final = (DICOM_JSON, DICOM_XML, "application/json")
MAX_OBJECTS: Final = 100

_MULTIPART: Final = "multipart/related"
_DICOM: Final = "application/dicom"


class Failure(IntEnum):
    """Failure Reason (0008,1197): PS3.18 table I.2-2, and PS3.7 annex C for codes that it leaves
    open.
    """

    INVALID_VALUE = 0x0106
    DUPLICATE = 0x0111
    MISSING_VALUE = 0x0121
    CLASS_NOT_SUPPORTED = 0x0122
    OUT_OF_RESOURCES = 0xA700
    DOES_NOT_MATCH = 0xA900
    CANNOT_UNDERSTAND = 0xC000


class Notice(IntEnum):
    """Warning Reason (0008,1196) of a stored object: PS3.18 table I.2-1."""

    DOES_NOT_MATCH_CLASS = 0xB007


@frozen
class Stored:
    """The outcome of one object: ``failure`` None when it was stored, perhaps with a ``notice``.

    Both UIDs are None for bytes that are no DICOM object at all.
    """

    sop_class_uid: Uid | None
    sop_instance_uid: Uid | None
    failure: Failure | None
    notice: Notice | None = None


def read_objects(content_type: str, body: bytes, *, spool: Path) -> Iterator[bytes]:
    """Each object of a store request (PS3.18 10.5.2), at most MAX_OBJECTS of them. ``spool`` is a
    folder for files that last until the next object.

    Raises UnsupportedMedia for anything but multipart/related of application/dicom, BadRequest for
    a body that is malformed, holds no object or too many.
    """
    media, _, tail = content_type.partition(";")
    kind = parameters(tail).get("type", "").lower()
    if media.strip().lower() != _MULTIPART or kind != _DICOM:
        raise UnsupportedMedia("not multipart/related of application/dicom")
    try:
        with TemporaryDirectory(dir=spool) as folder:
            empty = True
            for part in read_parts(
                [body], boundary_of(content_type), Path(folder), max_parts=MAX_OBJECTS
            ):
                empty = False
                yield part.path.read_bytes()
    except MultipartUnreadable:
        raise BadRequest("body") from None
    if empty:
        raise BadRequest("body")


def status_of(results: Sequence[Stored]) -> int:
    """200 when all are stored, 202 when some are or one with a warning, 409 when none is (PS3.18
    table 10.5.3-1).
    """
    stored = sum(one.failure is None for one in results)
    if stored == len(results) and not any(one.notice for one in results):
        return 200
    return 202 if stored else 409


Attribute = tuple[str, str, str, Any]


def write_answer(results: Sequence[Stored], media_type: str) -> bytes:
    """The Store Instances Response (PS3.18 I.2.2) as DICOM JSON, or as Native DICOM XML."""
    dataset = _dataset(results)
    if media_type == DICOM_XML:
        root = etree.Element(f"{{{_NATIVE}}}NativeDicomModel", nsmap={None: _NATIVE})  # type: ignore[dict-item]  # the stubs know no default namespace
        root.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
        _append_xml(root, dataset)
        return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8"))
    return json.dumps(_json(dataset), separators=(",", ":")).encode()


# PS3.19 A.1.
_NATIVE: Final = "http://dicom.nema.org/PS3.19/models/NativeDICOM"


def _dataset(results: Sequence[Stored]) -> list[Attribute]:
    """(tag, keyword, VR, value) in the order of tags; a sequence's value is a list of the same.

    A stored object has no Retrieve URL: a note is kept and never served.
    """
    stored = [
        [*_reference(one), _NOWHERE, *_warning(one.notice)]
        for one in results
        if one.failure is None
    ]
    failed = [
        [*_reference(one), _reason(one.failure)]
        for one in results
        if one.failure is not None and one.sop_instance_uid is not None
    ]
    others = [
        [_reason(one.failure)]
        for one in results
        if one.failure is not None and one.sop_instance_uid is None
    ]
    sequences = (
        ("00081198", "FailedSOPSequence", failed),
        ("00081199", "ReferencedSOPSequence", stored),
        ("0008119A", "OtherFailuresSequence", others),
    )
    present = [(tag, keyword, "SQ", items) for tag, keyword, items in sequences if items]
    return [_NOWHERE, *present]


_NOWHERE: Final[Attribute] = ("00081190", "RetrieveURL", "UR", None)


def _reference(one: Stored) -> list[Attribute]:
    return [
        ("00081150", "ReferencedSOPClassUID", "UI", one.sop_class_uid),
        ("00081155", "ReferencedSOPInstanceUID", "UI", one.sop_instance_uid),
    ]


def _reason(failure: Failure) -> Attribute:
    return ("00081197", "FailureReason", "US", int(failure))


def _warning(notice: Notice | None) -> list[Attribute]:
    return [] if notice is None else [("00081196", "WarningReason", "US", int(notice))]


def _json(dataset: Sequence[Attribute]) -> dict[str, Any]:
    written: dict[str, Any] = {}
    for tag, _, vr, value in dataset:
        written[tag] = {"vr": vr}
        if value is not None:
            values = [_json(item) for item in value] if vr == "SQ" else [value]
            written[tag]["Value"] = values
    return written


def _append_xml(parent: etree._Element, dataset: Sequence[Attribute]) -> None:
    for tag, keyword, vr, value in dataset:
        attribute = etree.SubElement(
            parent, f"{{{_NATIVE}}}DicomAttribute", tag=tag, vr=vr, keyword=keyword
        )
        if vr == "SQ":
            for number, item in enumerate(value, 1):
                element = etree.SubElement(attribute, f"{{{_NATIVE}}}Item", number=str(number))
                _append_xml(element, item)
        elif value is not None:
            etree.SubElement(attribute, f"{{{_NATIVE}}}Value", number="1").text = str(value)
