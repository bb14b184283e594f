"""Wrong messages and wrong callers: the answer says what is wrong, and nothing is kept of it."""

from __future__ import annotations

import json
import ssl
from collections.abc import Iterator
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
from tests.flows.bad_messages import (
    MIB,
    WRONG,
    Spoil,
    kept,
    replaced,
    with_document,
    with_field,
    without,
)
from tests.flows.stack import NEIGHBOUR, LocalStack

# ---- how a message is spoiled


V3: Final = "urn:hl7-org:v3"


def refusals(stack: LocalStack, event: str = "message.refused", tenant: str = "demo") -> set[str]:
    """The keys of the audit records of refusals."""
    return set(stack.audit_keys(event, tenant))


def held(stack: LocalStack) -> Iterator[dict[str, Any]]:
    """Every held publication, page after page: other tests leave some too."""
    after: dict[str, str] = {}
    with stack.client("ris") as http:
        while True:
            page = http.get(
                f"{stack.endpoints['in']}/v1/tenants/demo/operations/publications",
                params={"state": "held", **after},
            ).json()
            yield from page["publications"]
            if page["next"] is None:
                return
            after = {"after": page["next"]}


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
        assert ack.refusal == ("AE", "MSH^1^3", "204", "undeclared_sender")
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
    # On the browsers' host the gateway's own answers have two forms (decision 0063).
    form = "application/json" if host == "vi" else "application/problem+json"
    assert answer.headers["Content-Type"] == form
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
    (mine,) = [one for one in held(stack) if one["id"] == message_id]
    stack_pacs = stack.endpoints["pacs"].removesuffix("/dicom-web")
    assert mine["studies"][0]["reason"] == reason
    assert mine["studies"][0]["words"]["fr"]
    assert mine["studies"][0]["todo"]["fr"]
    with stack.client() as http:
        assert http.delete(f"{stack_pacs}/_sim/studies/{study}").status_code == 204
    stack.store(case)
    assert stack.replay(message_id) == 202
    stack.await_state(message_id, "published")
    assert len(stack.documents(study)) == 1
