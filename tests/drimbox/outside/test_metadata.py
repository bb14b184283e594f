"""The metadata of a set: whole and unambiguous, or unreadable."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from functions.drimbox.dmp import xds
from functions.drimbox.dmp.documents import Kind
from functions.drimbox.outside import metadata
from functions.drimbox.outside.metadata import MetadataUnreadable, read_metadata, withdrawn_in
from tests.drimbox.outside.archives import FOLDER, SIGNATURE, submitted
from tests.drimbox.reading.exam_scenes import MANIFEST

STORED = submitted()["METADATA.XML"]
ENVELOPE = b'<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Body>%s</s:Body></s:Envelope>'
URI = (
    b'<rim:Slot name="URI"><rim:ValueList><rim:Value>SS000001/KOS_1_1.DCM</rim:Value>'
    b"</rim:ValueList></rim:Slot>"
)
TYPE = b'classificationScheme="%s"' % xds.TYPE_CODE.encode()


@pytest.mark.parametrize("stored", [STORED, ENVELOPE % STORED])
def test_the_documents_are_told_with_their_files(stored: bytes) -> None:
    manifest, signature = read_metadata(stored, FOLDER)
    assert (manifest.entry.unique_id, manifest.file) == (MANIFEST, "KOS_1_1.DCM")
    assert manifest.entry.kind is Kind.MANIFEST
    assert (signature.entry.unique_id, signature.file) == (str(SIGNATURE), "SIGN_1.XML")


@pytest.mark.parametrize(
    ("kind", "target", "told"),
    [
        (xds.REPLACES, "urn:uuid:AB", {"urn:uuid:ab"}),
        ("urn:ihe:iti:2007:AssociationType:XFRM_RPLC", "urn:uuid:ab", {"urn:uuid:ab"}),
        (xds.UPDATE_STATUS, "Document01", {"SS000001/Document01"}),
        (xds.SIGNS, "urn:uuid:ab", set()),
    ],
)
def test_the_documents_that_a_set_withdraws(kind: str, target: str, told: set[str]) -> None:
    association = f'<rim:Association id="a" associationType="{kind}" targetObject="{target}"/>'
    end = b"</rim:RegistryObjectList>"
    stored = STORED.replace(end, association.encode() + end)
    assert stored != STORED
    assert withdrawn_in(stored, FOLDER) == told
    assert withdrawn_in(STORED, FOLDER) == set()


def test_unreadable_metadata_withdraw_nothing() -> None:
    with pytest.raises(MetadataUnreadable):
        withdrawn_in(b"<a", FOLDER)


def _first(old: bytes, new: bytes) -> Callable[[bytes], bytes]:
    return lambda data: data.replace(old, new, 1)


@pytest.mark.parametrize(
    "change",
    [
        lambda _: b"<a",
        lambda _: b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>',
        lambda _: b"<a/>",
        lambda data: ENVELOPE % (data + data),
        _first(URI, b""),
        _first(URI, URI + URI),
        _first(b"SS000001/KOS", b"SS000002/KOS"),
        _first(b"SS000001/KOS_1_1.DCM", b"SS000001/"),
        _first(b"SIGN_1.XML", b"KOS_1_1.DCM"),
        lambda data: data.replace(b'value="2.25.1003"', b'value="2.25.1"'),
        _first(b'value="2.25.1"', b'value=""'),
        _first(
            b'identificationScheme="%s"' % xds.ENTRY_PATIENT_ID.encode(),
            b'identificationScheme="%s"' % xds.ENTRY_UNIQUE_ID.encode(),
        ),
        _first(b'classificationScheme="%s"' % xds.FORMAT_CODE.encode(), TYPE),
        _first(b'name="size"', b'name="hash"'),
        lambda data: data.replace(b'value="Reference', b'value="' + b"a" * 20_000),
        lambda data: data.replace(b"<rim:ExtrinsicObject", b"<rim:Else").replace(
            b"</rim:ExtrinsicObject", b"</rim:Else"
        ),
    ],
)
def test_metadata_that_say_two_things_or_nothing_are_unreadable(
    change: Callable[[bytes], bytes],
) -> None:
    changed = change(STORED)
    assert changed != STORED
    with pytest.raises(MetadataUnreadable):
        read_metadata(changed, FOLDER)


def test_documents_and_bytes_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metadata, "MAX_DOCUMENTS", 1)
    with pytest.raises(MetadataUnreadable):
        read_metadata(STORED, FOLDER)
    monkeypatch.setattr(metadata, "MAX_DOCUMENTS", 2)
    monkeypatch.setattr(metadata, "MAX_BYTES", len(STORED) - 1)
    with pytest.raises(MetadataUnreadable):
        read_metadata(STORED, FOLDER)
