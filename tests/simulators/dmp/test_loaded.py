"""Documents put into the registry from outside, and found there like any other."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from simulators.dmp.loaded import BadDocument, read_body, read_loaded
from simulators.history.history import History, history
from tests.simulators.dmp.conftest import Bench
from tests.simulators.dmp.sender import APPROVED, Query, Vihf

ARCHIVED = "('urn:asip:ci-sis:2010:StatusType:Archived')"
DEPRECATED = "('urn:oasis:names:tc:ebxml-regrep:StatusType:Deprecated')"

VERSION = "{urn:oasis:names:tc:ebxml-regrep:xsd:rim:3.0}VersionInfo"


@pytest.fixture(scope="module")
def made() -> History:
    return history("demo")


def documents(made: History) -> list[dict[str, Any]]:
    return [dict(one) for one in read_body(made.body())]


def found(bench: Bench, made: History, status: str) -> int:
    patient = f"{made.patient.ins}^^^&{made.patient.ins_oid}&ISO^NH"
    query = Query(
        bench.site,
        slots=(
            ("$XDSDocumentEntryPatientId", (f"'{patient}'",)),
            ("$XDSDocumentEntryStatus", (status,)),
        ),
        vihf=Vihf(bench.site, patient=patient),
    )
    reply = bench.query(query)
    assert reply.success
    return len(reply.entries)


def test_a_history_is_found_by_status(bench: Bench, made: History) -> None:
    assert bench.registry.load(documents(made)) == len(made.documents)
    by_status = {one: found(bench, made, one) for one in (APPROVED, ARCHIVED, DEPRECATED)}
    assert all(by_status.values())
    assert sum(by_status.values()) == len(made.documents)


def test_bytes_hash_and_size_are_those_of_the_document(bench: Bench, made: History) -> None:
    bench.registry.load(documents(made))
    for shown in bench.held:
        _, content = bench.registry.content(shown["entry_uuid"]) or ("", b"")
        assert content in {one.content for one in made.documents}


def test_the_same_history_twice_is_there_once(bench: Bench, made: History) -> None:
    for _ in range(2):
        bench.registry.load(documents(made))
    assert len(bench.held) == len(made.documents)


def test_one_of_them_is_forgotten_alone(bench: Bench, made: History) -> None:
    bench.registry.load(documents(made))
    gone = bench.held[0]["entry_uuid"]
    assert bench.registry.forget(gone)
    left = {one["entry_uuid"] for one in bench.held}
    assert gone not in left
    assert len(left) == len(made.documents) - 1


def test_two_versions_of_one_document_s_metadata_are_both_there(
    bench: Bench, made: History
) -> None:
    """As a registry keeps them after a change of metadata (ITI-57)."""
    first, *_ = documents(made)
    element = etree.fromstring(first["entry"])
    element.set("id", "urn:uuid:00000000-0000-4000-8000-000000000001")
    next(element.iter(VERSION)).set("versionName", "2")
    newer = {**first, "entry": etree.tostring(element).decode()}
    assert bench.registry.load([first, newer]) == 2
    assert len({one["unique_id"] for one in bench.held}) == 1
    patient = f"{made.patient.ins}^^^&{made.patient.ins_oid}&ISO^NH"
    slots = (
        ("$XDSDocumentEntryPatientId", (f"'{patient}'",)),
        ("$XDSDocumentEntryStatus", (f"{APPROVED[:-1]},{ARCHIVED[1:]}",)),
    )
    query = Query(bench.site, slots=slots, vihf=Vihf(bench.site, patient=patient))
    versions = [
        one.get("versionName")
        for entry in bench.query(query).entries
        for one in entry.iter(VERSION)
    ]
    assert sorted(map(str, versions)) == ["1", "2"]


def test_a_bad_document_leaves_nothing(bench: Bench, made: History) -> None:
    wrong = [*documents(made), {"entry": "<x/>", "content": ""}]
    with pytest.raises(BadDocument):
        bench.registry.load(wrong)
    assert bench.held == []


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"entry": "<x"}, "XML"),
        ({"entry": "<x/>"}, "ExtrinsicObject"),
        ({"content": "*"}, "base64"),
        ({"content": None}, "base64"),
        (("urn:uuid:", "urn:uuid:x"), "entryUUID"),
        (("StatusType:Approved", "StatusType:Nowhere"), "status"),
        (("2e82c1f6", "2e82c1f7"), "uniqueId"),
        (("1.2.250.1.213.1.4.10", "1.2.250.1.213.1.4.1"), "INS"),
    ],
)
def test_what_a_document_needs(
    made: History, change: dict[str, Any] | tuple[str, str], reason: str
) -> None:
    document = next(one for one in documents(made) if "StatusType:Approved" in one["entry"])
    read_loaded(document)
    if isinstance(change, tuple):
        change = {"entry": document["entry"].replace(*change)}
        assert change["entry"] != document["entry"]
    with pytest.raises(BadDocument, match=reason):
        read_loaded({**document, **change})


@given(st.one_of(st.binary(), st.recursive(st.none() | st.text(), st.lists).map(json.dumps)))
def test_a_body_is_read_or_refused(body: bytes | str) -> None:
    try:
        read_body(body.encode() if isinstance(body, str) else body)
    except BadDocument:
        return


def test_a_body_s_documents() -> None:
    told = {"entry": "x", "content": base64.b64encode(b"y").decode()}
    assert read_body(json.dumps({"documents": [told]}).encode()) == [told]
    for wrong in (b"[]", b"{}", b'{"documents": {}}', b'{"documents": [1]}', b"\xff"):
        with pytest.raises(BadDocument):
            read_body(wrong)
