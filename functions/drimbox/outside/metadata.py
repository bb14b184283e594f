"""METADATA.XML of a set: the stored submission (ITI-41), with the file's name of each document."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from functions.drimbox import safe_xml
from functions.drimbox.dmp import xds
from functions.drimbox.dmp.registry import ENTRY, read_entry
from functions.drimbox.dmp.soap import AnswerUnreadable
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from lxml import etree

    from functions.drimbox.dmp.registry import DocumentEntry

MAX_BYTES: Final = 2 * 1024 * 1024
MAX_DOCUMENTS: Final = 32
_LIST: Final = f"{{{xds.RIM}}}RegistryObjectList"
_SLOT: Final = f"{{{xds.RIM}}}Slot"
_VALUE: Final = f"{{{xds.RIM}}}Value"
_ASSOCIATION: Final = f"{{{xds.RIM}}}Association"
# RPLC and XFRM_RPLC; the DMP's own withdrawal.
_WITHDRAWING: Final = ("RPLC", xds.UPDATE_STATUS)
_CLASSIFICATION: Final = f"{{{xds.RIM}}}Classification"
_IDENTIFIER: Final = f"{{{xds.RIM}}}ExternalIdentifier"
# Classifications that an entry has once, by XDS; the others may be several.
_SINGLE: Final = frozenset({xds.TYPE_CODE, xds.FORMAT_CODE, xds.CLASS_CODE})


class MetadataUnreadable(ValueError):
    """The metadata cannot be read whole, or say two things; the message quotes nothing."""


@frozen
class SubmittedDocument:
    """One document: its entry, and the name of its file in the set's folder."""

    entry: DocumentEntry
    file: str


def read_metadata(data: bytes, folder: str) -> tuple[SubmittedDocument, ...]:
    """The documents of the set in ``folder``, in the metadata's order.

    Raises MetadataUnreadable: not one list of objects, an entry without identifiers, one that says
    something twice, a file of another folder, or a file or identifier of two entries.
    """
    root = _parsed(data)
    lists = list(root.iter(_LIST))
    if len(lists) != 1:
        raise MetadataUnreadable("not one list of objects")
    listed = lists[0].findall(ENTRY)
    if len(listed) != len(list(root.iter(ENTRY))) or len(listed) > MAX_DOCUMENTS:
        raise MetadataUnreadable("entries outside the list, or too many")
    documents = tuple(_document(one, folder) for one in listed)
    if not documents:
        raise MetadataUnreadable("no document")
    for names in ({one.file for one in documents}, {one.entry.unique_id for one in documents}):
        if len(names) < len(documents):
            raise MetadataUnreadable("one file or identifier of two entries")
    return documents


def withdrawn_in(data: bytes, folder: str) -> frozenset[str]:
    """The documents that the set in ``folder`` replaces, or whose status it changes, named as
    :func:`object_of` does. Raises MetadataUnreadable."""
    return frozenset(
        object_of(one.get("targetObject", ""), folder)
        for one in _parsed(data).iter(_ASSOCIATION)
        if one.get("associationType", "").endswith(_WITHDRAWING)
    )


def object_of(identifier: str, folder: str) -> str:
    """The name of an object: a UUID names one of any set, another text one of its own set."""
    name = identifier.strip()
    return name.lower() if name.lower().startswith("urn:uuid:") else f"{folder}/{name}"


def _parsed(data: bytes) -> etree._Element:
    try:
        return safe_xml.parse(data, max_bytes=MAX_BYTES)
    except safe_xml.UnsafeXml as error:
        raise MetadataUnreadable(str(error)) from None


def _document(element: etree._Element, folder: str) -> SubmittedDocument:
    _require_unambiguous(element)
    try:
        entry = read_entry(element)
    except AnswerUnreadable as error:
        raise MetadataUnreadable(str(error)) from None
    return SubmittedDocument(entry, _file(element, folder))


def _require_unambiguous(element: etree._Element) -> None:
    """A reader that takes the first of two values, and one that takes the last, must not differ."""
    told = [
        *(("slot", one.get("name", "")) for one in element.iterchildren(_SLOT)),
        *(
            ("identifier", one.get("identificationScheme", ""))
            for one in element.iterchildren(_IDENTIFIER)
        ),
        *(
            ("classification", scheme)
            for one in element.iterchildren(_CLASSIFICATION)
            if (scheme := one.get("classificationScheme", "")) in _SINGLE
        ),
    ]
    if any(count > 1 for count in Counter(told).values()):
        raise MetadataUnreadable("an entry says one thing twice")


def _file(element: etree._Element, folder: str) -> str:
    values = [
        (value.text or "").strip()
        for slot in element.iterchildren(_SLOT)
        if slot.get("name") == "URI"
        for value in slot.iter(_VALUE)
    ]
    uri = "".join(values)
    name = uri.removeprefix(f"{folder}/")
    if len(values) != 1 or not name or "/" in name:
        raise MetadataUnreadable("no file, or one of another set")
    return name
