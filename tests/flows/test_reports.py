"""A professional opens a report of the patient's DMP, over the whole stack; each way to fail."""

from __future__ import annotations

import hashlib
import json
import re
from base64 import b64decode, b64encode
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from html import unescape
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4
from xml.sax.saxutils import quoteattr

import httpx
import pytest

from functions.aws.sessions import unguessable
from functions.drimbox.consultation.shown_documents import ShownDocuments
from functions.drimbox.dmp import registry
from functions.drimbox.dmp.documents import Kind
from functions.drimbox.dmp.registry import DocumentEntry
from functions.drimbox.identity.sealing import Seal
from functions.drimbox.identity.session import form_token
from functions.drimbox.safe_xml import parse
from simulators.dmp.registry import REPOSITORY_ID
from simulators.history.history import Document, History, history
from simulators.history.load import load
from simulators.ris.pdf import pdf
from tests.drimbox.dmp import answers
from tests.flows.readers import buttons, called, come_in, submit, submitted
from tests.flows.stack import LocalStack

SITE = "demo"


class Table:
    """The table of sessions, as the function that shows the list writes it."""

    def __init__(self, stack: LocalStack) -> None:
        self._stack = stack

    def put(self, key: str, facts: Any, ends_at: datetime) -> None:
        item = {"tenant": {"S": SITE}, "session": {"S": key}, "ends_at": {"N": "9999999999"}}
        item |= {name: {"S": text} for name, text in facts.items()}
        self._stack.aws["dynamodb"].put_item(TableName=self._stack.table("Sessions"), Item=item)

    def get(self, key: str) -> None:
        raise AssertionError(key)

    def now(self) -> datetime:
        return datetime.now(UTC)


class Reading:
    """One professional's page of one patient, with the list of the reports."""

    def __init__(self, stack: LocalStack, http: httpx.Client, made: History) -> None:
        self.stack, self.http, self.made = stack, http, made
        self.page = called(stack, http, made.patient.case())
        assert http.get(self.page).status_code == 200
        self.cookie = http.cookies[f"__Host-reader-{SITE}"]
        self.reports = [one for one in made.documents if _entry(one).kind is Kind.REPORT]
        secret = stack.secret(SITE, "sessions")
        table = Table(stack)
        seal = Seal(secret.encode(), SITE, "shown documents")
        lists = ShownDocuments(table, table, unguessable, seal)
        entries = [_entry(one) for one in self.reports]
        self.edition = lists.keep(self.page.rpartition("/")[2], self.cookie, entries)

    def open(self, number: int, verb: str = "report") -> httpx.Response:
        return self.http.post(
            f"{self.page}/report",
            data={
                "token": form_token(self.cookie),
                "verb": verb,
                "edition": self.edition,
                "number": str(number),
            },
            headers={"Origin": self.stack.endpoints["vi"]},
        )

    def number(self, body: bytes) -> int:
        """A report whose bytes hold ``body``."""
        return next(n for n, one in enumerate(self.reports, 1) if body in one.content)


def _entry(document: Document) -> DocumentEntry:
    """The entry as the registry gives it."""
    (entry,) = registry.read_entries(parse(answers.query_response(document.entry).encode()))
    digest = hashlib.sha1(document.content, usedforsecurity=False).hexdigest()
    return replace(
        entry, sha1=digest, size=len(document.content), repository_unique_id=REPOSITORY_ID
    )


@pytest.fixture
def reading(stack: LocalStack) -> Iterator[Reading]:
    made = history("demo", uuid4().hex)
    load(made, stack.endpoints["dmp"], stack.layout.pki / "ca.pem")
    with stack.client() as http:
        come_in(stack, http, "radiologist")
        yield Reading(stack, http, made)


def test_the_pdf_that_the_site_published_comes_byte_for_byte(reading: Reading) -> None:
    number = reading.number(b"application/pdf")
    shown = reading.open(number)
    assert shown.status_code == 200
    assert reading.made.patient.traits.family in shown.text
    assert shown.headers["Content-Security-Policy"].startswith("default-src 'none'")
    alone = reading.open(number, "pdf")
    assert alone.headers["Content-Type"] == "application/pdf"
    root = parse(reading.reports[number - 1].content)
    encoded = root.findtext(".//{urn:hl7-org:v3}nonXMLBody/{urn:hl7-org:v3}text") or ""
    assert alone.content == b64decode("".join(encoded.split()))
    assert "no-store" in alone.headers["Cache-Control"]


def test_a_narrative_is_shown_and_another_number_is_absent(reading: Reading) -> None:
    assert "<h3>Conclusion</h3>" in reading.open(reading.number(b"structuredBody")).text
    assert reading.open(len(reading.reports) + 1).status_code == 404


def test_a_large_report_is_listed_opened_at_its_address_and_gone_with_the_sign_out(
    stack: LocalStack,
) -> None:
    made = history("demo", uuid4().hex)
    large = pdf(("Un compte rendu",), 5_000_000)
    small = next(
        one
        for one in made.documents
        if b"application/pdf" in one.content
        and _entry(one).is_approved
        and not _entry(one).restrictions
    )
    published = Document(
        small.entry.replace(quoteattr(_entry(small).title), '"Compte rendu volumineux"'),
        re.sub(rb'(?<="B64">)[^<]*', b64encode(large), small.content),
    )
    load(replace(made, documents=(published,)), stack.endpoints["dmp"], stack.layout.pki / "ca.pem")
    with stack.client() as http:
        come_in(stack, http, "radiologist")
        listed = http.get(called(stack, http, made.patient.case()))
        [form] = [one for one in buttons(listed) if "volumineux" in one]
        shown = submitted(http, listed, form)
        [address] = re.findall(r'<iframe src="([^"]+)"', shown.text)
        read = http.get(unescape(address))
        assert (read.status_code, read.content) == (200, large)
        assert read.headers["Content-Type"] == "application/pdf"
        path = urlsplit(unescape(address)).path
        assert [key for key in stack.keys("readings") if path.endswith(key)]
        assert submit(http, listed, "sign_out").status_code == 303
        assert not [key for key in stack.keys("readings") if path.endswith(key)]
        assert http.get(unescape(address)).status_code == 404


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ({"kind": "altered"}, "document_altered"),
        ({"kind": "resized"}, "document_altered"),
        ({"kind": "other_document"}, "dmp_unavailable"),
        ({"kind": "huge"}, "dmp_unavailable"),
        ({"kind": "cut"}, "dmp_unavailable"),
        ({"kind": "delay", "seconds": 30}, "dmp_unavailable"),
        ({"kind": "unavailable"}, "dmp_unavailable"),
        ({"kind": "refuse", "code": "XDSDocumentUniqueIdError"}, "dmp_refused"),
    ],
    ids=lambda one: one["kind"] if isinstance(one, dict) else one,
)
def test_each_failure_says_so_and_the_page_goes_on(
    reading: Reading, fault: dict[str, Any], code: str
) -> None:
    stack, number = reading.stack, reading.number(b"application/pdf")
    stack.fault("dmp", transaction="iti-43", **fault)
    failed = reading.open(number)
    stack.heal("dmp")
    assert failed.status_code == 200
    assert f"<code>{code}</code>" in failed.text
    assert "application/pdf" not in failed.text
    assert "lisibles" in failed.text or "Ce qui marche encore" in failed.text
    assert "data:application/pdf" in reading.open(number).text


def test_nothing_of_a_report_stays_behind(reading: Reading) -> None:
    """Neither the logs nor the executions hold a word of it."""
    narrative = reading.number(b"structuredBody")
    root = parse(reading.reports[narrative - 1].content)
    words = [one.text or "" for one in root.iter("{urn:hl7-org:v3}paragraph")]
    canaries = [one for one in words if len(one) >= 12]
    assert canaries
    page = reading.open(narrative).text
    assert any(one in page for one in canaries)
    logs = "".join(
        path.read_text(errors="replace")
        for path in (reading.stack.layout.home / "logs").rglob("*")
        if path.is_file()
    )
    assert logs
    executions = "".join(_executions(reading.stack))
    for canary in (*canaries, reading.made.patient.ins):
        assert json.dumps(canary)[1:-1] not in logs
        assert canary not in logs
        assert json.dumps(canary)[1:-1] not in executions
        assert canary not in executions


def _executions(stack: LocalStack) -> Iterator[str]:
    """Every execution of every workflow, with its input, output and history."""
    states = stack.aws["stepfunctions"]
    machines = states.list_state_machines()["stateMachines"]
    assert machines
    for machine in machines:
        pages = states.get_paginator("list_executions").paginate(
            stateMachineArn=machine["stateMachineArn"]
        )
        for execution in (one for page in pages for one in page["executions"]):
            arn = execution["executionArn"]
            told = states.describe_execution(executionArn=arn)
            history = states.get_execution_history(executionArn=arn, maxResults=1000)
            for facts in (told, history):
                yield json.dumps(facts, default=str, ensure_ascii=False)
