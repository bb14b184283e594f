"""Wrong messages and wrong callers: the answer says what is wrong, and nothing is kept of it."""

from __future__ import annotations

import base64
import json
import re
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import httpx
import pytest

from simulators.pki import CLIENT, Authority
from simulators.ris.cases import CASES
from simulators.ris.messages import Form
from tests.flows.stack import NEIGHBOUR, LocalStack

MIB: Final = 1024 * 1024
Spoil = Callable[[bytes], bytes]


# ---- how a message is spoiled


def without(name: str, ordinal: int = 1) -> Spoil:
    """The message without one segment."""

    def spoil(raw: bytes) -> bytes:
        lines = raw.split(b"\r")
        mine = [line for line in lines if line.startswith(name.encode() + b"|")]
        lines.remove(mine[ordinal - 1])
        return b"\r".join(lines)

    return spoil


def with_field(name: str, number: int, value: str | Callable[[str], str]) -> Spoil:
    """The message with one field of the first such segment changed (MSH-n included)."""

    def spoil(raw: bytes) -> bytes:
        lines = raw.decode().split("\r")
        index = next(n for n, line in enumerate(lines) if line.startswith(f"{name}|"))
        fields = lines[index].split("|")
        place = number - 1 if name == "MSH" else number
        fields += [""] * (place + 1 - len(fields))
        fields[place] = value if isinstance(value, str) else value(fields[place])
        changed = "|".join(fields)
        assert changed != lines[index], "the spoil changes the message"
        lines[index] = changed
        return "\r".join(lines).encode()

    return spoil


def with_document(edit: Callable[[str], str]) -> Spoil:
    """The message with its clinical document changed."""

    def change(value: str) -> str:
        head, _, coded = value.rpartition("^")
        return (
            f"{head}^{base64.b64encode(edit(base64.b64decode(coded).decode()).encode()).decode()}"
        )

    return with_field("OBX", 5, change)


def replaced(pattern: str, by: str) -> Callable[[str], str]:
    """A text with every match of a pattern replaced; there is one."""

    def edit(text: str) -> str:
        changed, count = re.subn(pattern, by, text, flags=re.DOTALL)
        assert count, "the spoil finds its place"
        return changed

    return edit


def with_payload(coded: str) -> Spoil:
    """OBX-5.5 is ``coded`` as it is."""
    return with_field("OBX", 5, lambda value: f"{value.rpartition('^')[0]}^{coded}")


def of_xml(text: str) -> Spoil:
    """The document is this XML."""
    return with_payload(base64.b64encode(text.encode()).decode())


V3: Final = "urn:hl7-org:v3"
# Name: (form, spoil, (MSA-1, ERR-2, ERR-3, ERR-7)).
WRONG: Final[dict[str, tuple[Form, Spoil, tuple[str, str, str, str]]]] = {
    "no PID": ("ORU", without("PID"), ("AE", "PID^1", "100", "segment_missing")),
    "no ORC": ("ORU", without("ORC"), ("AE", "ORC^1", "100", "segment_missing")),
    "no document": ("ORU", without("OBX"), ("AE", "OBX^1^5", "101", "document_missing")),
    "an empty document": ("MDM", with_payload(""), ("AE", "OBX^1^5", "101", "document_missing")),
    "not base64": ("ORU", with_payload("@@@"), ("AE", "OBX^1^5", "102", "document_not_base64")),
    "not XML": ("ORU", of_xml("<broken"), ("AE", "OBX^1^5", "102", "document_not_xml")),
    "an entity": (
        "ORU",
        of_xml('<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/hostname">]><a>&b;</a>'),
        ("AE", "OBX^1^5", "102", "document_not_xml"),
    ),
    "XML that is no CDA": ("ORU", of_xml("<a/>"), ("AE", "OBX^1^5", "102", "document_not_cda")),
    "no study": (
        "ORU",
        with_document(replaced(r"(<serviceEvent[^>]*>)(\s*<id [^>]*/>)+", r"\1")),
        ("AE", "OBX^1^5", "101", "study_missing"),
    ),
    "no INS": (
        "ORU",
        with_field("PID", 3, lambda value: value.partition("~")[2]),
        ("AE", "PID^1^3", "101", "ins_missing"),
    ),
    "no INS in the document": (
        "ORU",
        with_document(replaced(r'<id [^>]*"1\.2\.250\.1\.213\.1\.4\.10"[^>]*/>', "")),
        ("AE", "OBX^1^5", "101", "ins_missing"),
    ),
    "an INS with a wrong key": (
        "ORU",
        with_field("PID", 3, replaced("279035121518989", "279035121518988")),
        ("AE", "PID^1^3", "102", "ins_invalid"),
    ),
    "an INS of an unknown OID": (
        "ORU",
        with_field("PID", 3, replaced(r"1\.2\.250\.1\.213\.1\.4\.10&", "1.2.250.1.213.1.4.99&")),
        ("AE", "PID^1^3", "103", "ins_unknown_oid"),
    ),
    "an identity that is not qualified": (
        "ORU",
        with_field("PID", 32, "PROV"),
        ("AE", "PID^1^32", "207", "identity_not_qualified"),
    ),
    "an identity without status": (
        "MDM",
        with_field("PID", 32, ""),
        ("AE", "PID^1^32", "101", "identity_not_qualified"),
    ),
    "the INS of another in PID-3": (
        "ORU",
        with_field("PID", 3, replaced("279035121518989", "248039263001064")),
        ("AE", "PID^1^3", "207", "ins_mismatch"),
    ),
    "the IPP of another in PID-3": (
        "ORU",
        with_field("PID", 3, replaced("IPP101", "IPP999")),
        ("AE", "PID^1^3", "207", "patient_id_mismatch"),
    ),
    "an unknown order control": (
        "ORU",
        with_field("ORC", 1, "XX"),
        ("AE", "ORC^1^1", "103", "action_unknown"),
    ),
    "OBX-11 against ORC-1": (
        "ORU",
        with_field("OBX", 11, "C"),
        ("AE", "OBX^1^11", "207", "action_disagreement"),
    ),
    "ORC-1 against OBX-11": (
        "MDM",
        with_field("ORC", 1, "CA"),
        ("AE", "OBX^1^11", "207", "action_disagreement"),
    ),
    "the event against ORC-1": (
        "MDM",
        with_field("MSH", 9, "MDM^T10^MDM_T02"),
        ("AE", "MSH^1^9", "207", "action_disagreement"),
    ),
    "TXA-12 against the document": (
        "MDM",
        with_field("TXA", 12, "1.2.3.4"),
        ("AE", "TXA^1^12", "207", "document_id_mismatch"),
    ),
    "no control id": (
        "ORU",
        with_field("MSH", 10, ""),
        ("AE", "MSH^1^10", "101", "control_id_missing"),
    ),
    "an unknown version": (
        "ORU",
        with_field("MSH", 12, "3.0"),
        ("AE", "MSH^1^12", "203", "version"),
    ),
    "another character set": (
        "ORU",
        with_field("MSH", 18, "BIG-5"),
        ("AE", "MSH^1^18", "103", "character_set"),
    ),
    "another kind of message": (
        "ORU",
        with_field("MSH", 9, "ADT^A01^ADT_A01"),
        ("AR", "MSH^1^9", "200", "unsupported_action"),
    ),
    "another event": (
        "MDM",
        with_field("MSH", 9, "MDM^T01^MDM_T02"),
        ("AR", "MSH^1^9", "201", "unsupported_action"),
    ),
    "an undeclared application": (
        "ORU",
        with_field("MSH", 3, "OTHER_RIS"),
        ("AR", "MSH^1^3", "207", "undeclared_sender"),
    ),
    "an undeclared facility": (
        "ORU",
        with_field("MSH", 4, "ELSEWHERE"),
        ("AR", "MSH^1^3", "207", "undeclared_sender"),
    ),
}


def kept(stack: LocalStack) -> tuple[Any, ...]:
    """Everything that a refused message must leave as it was."""
    queue = stack.aws["sqs"].list_queues()["QueueUrls"]
    waiting = [
        stack.aws["sqs"].get_queue_attributes(
            QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"]
        )["Attributes"]
        for url in queue
    ]
    return stack.keys("inbox"), stack.keys("archive"), waiting, len(stack.documents())


def refusals(stack: LocalStack, event: str = "message.refused", tenant: str = "demo") -> set[str]:
    """The keys of the audit records of refusals."""
    return set(stack.keys("audit", f"{tenant}/audit/{event}/"))


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_message(stack: LocalStack, name: str) -> None:
    form, spoil, expected = WRONG[name]
    case = CASES["C"].fresh(uuid4().hex)
    raw = spoil(stack.report(case, form))
    before, records = kept(stack), refusals(stack)
    ack = stack.send(raw)
    assert (ack.status, ack.content_type) == (200, "application/hl7-v2")
    assert ack.refusal == expected
    assert ack.field("MSA", 2) == raw.decode().split("|")[9]
    assert kept(stack) == before
    (record,) = refusals(stack) - records
    facts = json.loads(stack.read("audit", record))
    assert (facts["result"], facts["for_location"]) == (expected[3], expected[1])
    for value in (case.ins, "27903512151898", "248039263001064", case.ipp, "IPP999", "PAT-TROIS"):
        assert value not in ack.content.decode(), "a field is named, its value is not"


def test_the_missing_ins_has_its_national_code(stack: LocalStack) -> None:
    ack = stack.send(WRONG["no INS"][1](stack.report(CASES["C"].fresh(uuid4().hex))))
    assert ack.field("ERR", 5).split("^")[0] == "903"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\r\r",
        b"GET / HTTP/1.1\r\n\r\n",
        b'{"resourceType": "Bundle"}',
        b"PID|||1\rOBX|1\r",
        b"MSH",
        b"MSH|^~",
        b"\x00\xff\xfe" * 100,
    ],
)
def test_bytes_that_are_not_hl7(stack: LocalStack, body: bytes) -> None:
    before = kept(stack)
    ack = stack.send(body)
    assert (ack.status, ack.content_type) == (400, "application/problem+json")
    assert json.loads(ack.content)["code"] == "not_hl7"
    assert kept(stack) == before


def test_a_message_without_its_header(stack: LocalStack) -> None:
    before = kept(stack)
    ack = stack.send(without("MSH")(stack.report(CASES["C"].fresh(uuid4().hex))))
    assert (ack.status, json.loads(ack.content)["code"]) == (400, "not_hl7")
    assert kept(stack) == before


# The function's limit, the function's payload (6 MB in base64), the gateway's (10 MB).
@pytest.mark.parametrize("size", [4 * MIB + 1, 5 * MIB, 11 * MIB])
def test_a_message_that_is_too_large(stack: LocalStack, size: int) -> None:
    raw = stack.report(CASES["C"].fresh(uuid4().hex))
    before = kept(stack)
    ack = stack.send(raw + b"\rZZZ|" + b"x" * (size - len(raw) - 5))
    assert (ack.status, ack.content_type) == (413, "application/problem+json")
    assert json.loads(ack.content)["code"] == "too_large"
    assert kept(stack) == before


def test_a_message_of_exactly_the_limit(stack: LocalStack) -> None:
    case = CASES["C"].fresh(uuid4().hex)
    raw = stack.report(case)
    stack.store(case)
    message_id = stack.accepted(raw + b"\rZZZ|" + b"x" * (4 * MIB - len(raw) - 5))
    assert stack.await_outcome(message_id).state == "published"


# ---- callers


def test_no_client_certificate(stack: LocalStack) -> None:
    before = kept(stack)
    with stack.client() as http, pytest.raises(httpx.TransportError):
        http.post(stack.messages_url(), content=stack.report(CASES["C"].fresh("t")))
    assert kept(stack) == before


@contextmanager
def _stranger(stack: LocalStack, folder: Path) -> Iterator[httpx.Client]:
    """A client with the right subject from another authority of the same name."""
    now = datetime.now(UTC)
    subject = "CN=ris.ambroise.example,OU=1750803447,O=Clinique Ambroise,C=FR"
    issued = Authority.create(now).issue(subject, CLIENT, now)
    (folder / "x.pem").write_text(issued.certificate_pem)
    (folder / "x.key").write_text(issued.key_pem)
    context = ssl.create_default_context(cafile=str(stack.layout.pki / "ca.pem"))
    context.load_cert_chain(folder / "x.pem", folder / "x.key")
    with httpx.Client(verify=context, trust_env=False, timeout=30) as http:
        yield http


def test_a_certificate_of_another_authority(stack: LocalStack, tmp_path: Path) -> None:
    before = kept(stack)
    with _stranger(stack, tmp_path) as http, pytest.raises(httpx.TransportError):
        http.post(stack.messages_url(), content=stack.report(CASES["C"].fresh("t")))
    assert kept(stack) == before


def test_a_certificate_that_the_tenant_does_not_declare(stack: LocalStack) -> None:
    before, records = kept(stack), refusals(stack, "program.refused")
    ack = stack.send(stack.report(CASES["C"].fresh("t")), identity="peer")
    assert (ack.status, json.loads(ack.content)["code"]) == (404, "absent")
    assert kept(stack) == before
    (record,) = refusals(stack, "program.refused") - records
    assert json.loads(stack.read("audit", record))["result"] == "undeclared_certificate"


@pytest.mark.parametrize("tenant", ["nobody", NEIGHBOUR, "Demo", "demo-", "a" * 60, "..", "%2e%2e"])
def test_a_tenant_that_is_not_the_callers(stack: LocalStack, tenant: str) -> None:
    """A missing resource and another tenant's look alike."""
    before = kept(stack)
    ack = stack.send(stack.report(CASES["C"].fresh("t")), tenant=tenant)
    assert (ack.status, ack.content_type) == (404, "application/problem+json")
    assert json.loads(ack.content)["code"] == "absent"
    assert kept(stack) == before


def test_a_declared_sender_with_the_certificate_of_another(stack: LocalStack) -> None:
    raw = stack.report(CASES["C"].fresh(uuid4().hex))
    other = with_field("MSH", 3, "AUTRE_RIS")(raw)
    before = refusals(stack, tenant=NEIGHBOUR)
    inbox = stack.keys("inbox")
    for identity, body in (("operator", other), ("peer", raw)):
        ack = stack.send(body, identity=identity, tenant=NEIGHBOUR)
        assert ack.refusal == ("AR", "MSH^1^3", "207", "undeclared_sender")
    assert len(refusals(stack, tenant=NEIGHBOUR) - before) == 2
    assert stack.keys("inbox") == inbox
    assert stack.send(other, identity="peer", tenant=NEIGHBOUR).code == "AA", "its own is taken"
    new = set(stack.keys("inbox")) - set(inbox)
    assert all(key.startswith(f"{NEIGHBOUR}/") for key in new)
    assert len(new) == 2, "the message and its acknowledgement, in its tenant's part"


@pytest.mark.parametrize(
    ("host", "method", "path"),
    [
        ("db", "POST", "/v1/tenants/demo/hl7v2"),
        ("vi", "POST", "/v1/tenants/demo/hl7v2"),
        ("in", "GET", "/tenants/demo/dicomweb"),
        ("vi", "GET", "/tenants/demo/dicomweb"),
        ("in", "POST", "/v1/tenants/demo/exams/search"),
        ("db", "POST", "/v1/tenants/demo/exams/search"),
        ("in", "GET", "/v1/tenants/demo/hl7v2"),
        ("in", "DELETE", "/v1/tenants/demo/hl7v2"),
        ("in", "POST", "/v1/tenants/demo/hl7v2/more"),
        ("in", "POST", "/v1/tenants/demo/operations/publications"),
        ("db", "PUT", "/tenants/demo/dicomweb/studies/1.2"),
        ("db", "GET", "/v1/tenants/demo/operations/publications"),
        ("in", "GET", "/"),
        ("db", "GET", "/prod/tenants/demo/dicomweb"),
    ],
)
def test_a_path_that_is_not_on_this_host(
    stack: LocalStack, host: str, method: str, path: str
) -> None:
    with stack.client("ris") as http:
        answer = http.request(method, f"{stack.endpoints[host]}{path}", content=b"MSH|^~\\&|")
    assert answer.status_code == 404
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["code"] == "absent"


# ---- operations


def test_operations_refuse_what_they_do_not_know(stack: LocalStack) -> None:
    base = f"{stack.endpoints['in']}/v1/tenants/demo/operations/publications"
    with stack.client("ris") as http:
        assert http.get(base, params={"state": "nothing"}).status_code == 400
        assert http.get(base, params={"after": "%%"}).status_code == 400
        assert http.get(base, params={"state": "held"}).status_code == 200
        for publication in ("0" * 32, "x", "a~b"):
            assert http.post(f"{base}/{publication}/replay").status_code == 404
    with stack.client("peer") as http:
        assert http.get(base).status_code == 404
    with stack.client() as http, pytest.raises(httpx.TransportError):
        http.get(base)


def test_a_published_study_is_not_replayed(stack: LocalStack) -> None:
    entry = stack.publish(CASES["C"].fresh(uuid4().hex))
    before = kept(stack)
    assert stack.replay(entry.message_id) == 404
    assert kept(stack) == before


# ---- reports that are accepted and not published


@pytest.mark.parametrize(
    ("name", "spoil", "reason"),
    [
        (
            "DESTDMP=N",
            lambda raw: raw.replace(
                b"DESTDMP^Destinataire DMP^MetaDMPMSS||Y", b"DESTDMP^Destinataire DMP^MetaDMPMSS||N"
            ),
            "not_for_dmp",
        ),
        (
            "restricted_document",
            with_document(
                replaced('<confidentialityCode code="N"', '<confidentialityCode code="R"')
            ),
            "restricted_document",
        ),
    ],
)
def test_a_report_that_is_not_shared(
    stack: LocalStack, name: str, spoil: Spoil, reason: str
) -> None:
    case = CASES["C"].fresh(uuid4().hex)
    stack.store(case)
    raw = stack.report(case)
    assert spoil(raw) != raw
    entry = stack.await_outcome(stack.accepted(spoil(raw)))
    assert (entry.state, entry.ignored) == ("ignored", reason)
    assert entry.studies == {}
    assert stack.documents(case.studies[0]) == []
    assert len(stack.audited("publication.ignored", for_message_id=entry.message_id)) == 1


@pytest.mark.parametrize(
    ("reason", "change"),
    [("accession_mismatch", "accession"), ("patient_mismatch", "patient")],
)
def test_images_that_are_not_those_of_the_report(
    stack: LocalStack, reason: str, change: str
) -> None:
    """No publication, a reason that an operator understands; published once it is put right."""

    case = CASES["C"].fresh(uuid4().hex)
    wrong = (
        replace(case, orders=(replace(case.orders[0], accession="ACNWRONG"),))
        if change == "accession"
        else replace(case, ipp="IPP999")
    )
    stack.store(wrong)
    message_id = stack.accepted(stack.report(case))
    entry = stack.await_outcome(message_id)
    (study,) = case.studies
    assert entry.studies == {study: ("held", reason)}
    assert stack.documents(study) == []
    with stack.client("ris") as http:
        listed = http.get(
            f"{stack.endpoints['in']}/v1/tenants/demo/operations/publications",
            params={"state": "held"},
        ).json()["publications"]
        stack_pacs = stack.endpoints["pacs"].removesuffix("/dicom-web")
    (mine,) = [one for one in listed if one["id"] == message_id]
    assert mine["studies"][0]["reason"] == reason
    assert mine["studies"][0]["words"]["fr"]
    assert mine["studies"][0]["todo"]["fr"]
    with stack.client() as http:
        assert http.delete(f"{stack_pacs}/_sim/studies/{study}").status_code == 204
    stack.store(case)
    assert stack.replay(message_id) == 202
    stack.await_state(message_id, "published")
    assert len(stack.documents(study)) == 1
