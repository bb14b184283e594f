"""Values that identify a patient, an order or a caller stand nowhere but where they must.

Every kind of flow is run with values that nothing else has, every function logging at DEBUG; then
every place where something is written for operators, or kept outside documents, is searched for
them in every encoding in which they might stand there. The search is first shown to find a value
planted in each of these places.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any, Final
from urllib.parse import quote
from uuid import uuid4

import httpx
import pytest

from simulators.history.history import Patient, history
from simulators.history.load import load
from simulators.ris.cases import CASES, PAT_TROIS, Case
from simulators.ris.cda import RADIOLOGIST, RADIOLOGIST_ID, TITLE
from simulators.ris.page import call
from tests.flows.bad_messages import WRONG, replaced, with_field
from tests.flows.canaries import forms, found_in
from tests.flows.exams import ANY
from tests.flows.readers import buttons, called, come_in, submitted
from tests.flows.stack import LocalStack

# A national test identity that no other test publishes.
INS: Final = "248039263001064"
OID: Final = "1.2.250.1.213.1.4.10"
TRAITS: Final = replace(
    PAT_TROIS,
    family="CANARI-ÉLODÉE",
    given="MÉLUSINE-XYLA",
    givens="MÉLUSINE-XYLA QUENTINE",
    used_family="OISEAU-SEREIN",
    used_given="ZÉPHYRINE-ODA",
)
# The stack's folders for operators; documents and private keys are elsewhere.
FOLDERS: Final = ("logs", "queues", "workflows", "records", "scratch")


@dataclass
class Sinks:
    """Every place to search. ``answers`` are those that callers got."""

    stack: LocalStack
    answers: list[httpx.Response] = field(default_factory=list)

    def read(self) -> Iterator[tuple[str, bytes]]:
        """The name of each place and its content."""
        yield from self._disk()
        aws = self.stack.aws
        for bucket in aws["s3"].list_buckets()["Buckets"]:
            pages = aws["s3"].get_paginator("list_objects_v2")
            for page in pages.paginate(Bucket=bucket["Name"]):
                for item in page.get("Contents", []):
                    yield "keys of objects", item["Key"].encode()
        for table in aws["dynamodb"].list_tables()["TableNames"]:
            for page in aws["dynamodb"].get_paginator("scan").paginate(TableName=table):
                yield "items of tables", _json(page["Items"])
        for url in aws["sqs"].list_queues()["QueueUrls"]:
            waiting = aws["sqs"].receive_message(
                QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=0
            )
            yield "bodies of queues", _json(waiting.get("Messages", []))
        yield from self._executions()
        for answer in self.answers:
            # A body that is asked for holds what was asked; every other tells nothing.
            if answer.status_code >= 300:
                yield "bodies of refusals", answer.content
            if answer.headers.get("Content-Type") == "application/hl7-v2":
                yield "acknowledgements", answer.content
            yield "headers of answers", _json(answer.headers.multi_items())
            yield "signed URLs", answer.headers.get("Location", "").encode()

    def _disk(self) -> Iterator[tuple[str, bytes]]:
        home = self.stack.layout.home
        paths = [path for name in FOLDERS for path in (home / name).rglob("*")]
        for path in (*paths, *(home / "objects").glob("*.sqlite*")):
            try:
                data = path.read_bytes()
            except (IsADirectoryError, FileNotFoundError):
                continue  # a function's own scratch file may go at any time
            yield path.relative_to(home).parts[0], data

    def _executions(self) -> Iterator[tuple[str, bytes]]:
        states = self.stack.aws["stepfunctions"]
        for machine in states.list_state_machines()["stateMachines"]:
            pages = states.get_paginator("list_executions").paginate(
                stateMachineArn=machine["stateMachineArn"]
            )
            for execution in (one for page in pages for one in page["executions"]):
                arn = execution["executionArn"]
                yield "executions", _json([execution, states.describe_execution(executionArn=arn)])
                yield (
                    "histories of executions",
                    _json(states.get_execution_history(executionArn=arn, maxResults=1000)),
                )

    def search(self, values: Iterable[str]) -> dict[str, set[str]]:
        """Place to the values that stand there."""
        wanted = tuple(values)
        chunks: dict[str, list[bytes]] = {}
        for place, data in self.read():
            chunks.setdefault(place, []).append(data)
        hits = {place: found_in(wanted, b"\n".join(parts)) for place, parts in chunks.items()}
        return {place: found for place, found in hits.items() if found}


def _json(value: Any) -> bytes:
    return json.dumps(value, default=str, ensure_ascii=False).encode()


# ---- the search finds what is there


PLANTED: Final = "PLANTÉ-DANS-UN-PUITS"


@pytest.mark.parametrize("place", range(len(list(forms(PLANTED)))))
def test_every_form_is_found(place: int) -> None:
    form = list(forms(PLANTED))[place]
    assert found_in([PLANTED, "AUTRE-CHOSE"], b'{"x": "' + form + b'"}') == {PLANTED}


def test_base64_is_found_at_any_offset() -> None:
    for offset in range(6):
        coded = base64.b64encode(b"x" * offset + PLANTED.encode() + b"yy")
        assert found_in([PLANTED], coded) == {PLANTED}


@pytest.fixture
def sinks(stack: LocalStack) -> Sinks:
    return Sinks(stack)


def plant(sinks: Sinks, value: str) -> set[str]:
    """Put the value into every place; the places' names."""
    stack, aws = sinks.stack, sinks.stack.aws
    home = stack.layout.home
    for name in FOLDERS:
        (home / name).mkdir(exist_ok=True)
        (home / name / "planted").write_text(value)
    coded = base64.urlsafe_b64encode(value.encode()).decode()
    aws["s3"].put_object(Bucket=stack.bucket("cache"), Key=f"planted/{coded}", Body=b"")
    aws["dynamodb"].put_item(
        TableName=stack.table("Messages"),
        Item={"tenant": {"S": "planted"}, "message_id": {"S": "planted"}, "who": {"S": value}},
    )
    dead = next(u for u in aws["sqs"].list_queues()["QueueUrls"] if "dead" in u.lower())
    aws["sqs"].send_message(QueueUrl=dead, MessageBody=value.encode().hex())
    machines = aws["stepfunctions"].list_state_machines()["stateMachines"]
    reconcile = next(m["stateMachineArn"] for m in machines if m["name"] == "drimbox-reconcile")
    aws["stepfunctions"].start_execution(
        stateMachineArn=reconcile,
        name=f"planted-{uuid4().hex}",
        input=json.dumps({"series": [], "who": value}),
    )
    sinks.answers.append(
        httpx.Response(
            307,
            headers={"Location": f"http://x/{quote(value)}", "Content-Type": "application/hl7-v2"},
            content=value.encode("latin-1"),
        )
    )
    return {
        *FOLDERS,
        "objects",
        "keys of objects",
        "items of tables",
        "bodies of queues",
        "executions",
        "histories of executions",
        "bodies of refusals",
        "acknowledgements",
        "headers of answers",
        "signed URLs",
    }


def uproot(stack: LocalStack) -> None:
    """Take out what was planted, where it can be."""
    for name in FOLDERS:
        (stack.layout.home / name / "planted").unlink()
    for key in stack.keys("cache", "planted/"):
        stack.aws["s3"].delete_object(Bucket=stack.bucket("cache"), Key=key)
    stack.aws["dynamodb"].delete_item(
        TableName=stack.table("Messages"),
        Key={"tenant": {"S": "planted"}, "message_id": {"S": "planted"}},
    )
    dead = next(u for u in stack.aws["sqs"].list_queues()["QueueUrls"] if "dead" in u.lower())
    stack.aws["sqs"].purge_queue(QueueUrl=dead)


# ---- the flows


@dataclass
class Flows:
    """Every kind of flow, as its callers see it. ``values``: name to the value that must not be
    found.
    """

    stack: LocalStack
    sinks: Sinks
    values: dict[str, str] = field(
        default_factory=lambda: {
            "INS": INS,
            "birth name": TRAITS.family,
            "given name": TRAITS.given,
            "given names": TRAITS.givens,
            "used name": TRAITS.used_family,
            "used given name": TRAITS.used_given,
            "title of the report": TITLE,
            "name of the signer": RADIOLOGIST[0],
            "number of the signer": RADIOLOGIST_ID,
        }
    )

    def case(self, name: str) -> Case:
        """A case whose every identifying value is its own."""
        case = replace(
            CASES["C"].fresh(uuid4().hex),
            traits=TRAITS,
            ins=INS,
            ipp=f"IPPCANARI{uuid4().hex[:6].upper()}",
        )
        self.values[f"IPP of {name}"] = case.ipp
        self.values[f"accession of {name}"] = case.orders[0].accession
        self.values[f"order of {name}"] = case.orders[0].placer
        return case

    def publications(self) -> Case:
        """Refused by the DMP, lost on the way, held, published; the published one."""
        stack = self.stack
        refused, lost, held, published = map(self.case, ("refused", "lost", "held", "published"))
        for case in (published, refused, lost):
            stack.store(case)
        stack.store(replace(held, orders=(replace(held.orders[0], accession="ACNAUTRE"),)))
        stack.fault("dmp", kind="refuse", code="XDSMissingDocument", transaction="iti-41")
        entries = [stack.await_outcome(stack.accepted(stack.report(refused)))]
        stack.fault("dmp", kind="lost_answer", transaction="iti-41")
        stack.fault("pacs", kind="down", count=1)
        for case in (lost, held, published):
            entries.append(stack.await_outcome(stack.accepted(stack.report(case))))
        assert [entry.state for entry in entries] == ["held", "published", "held", "published"]
        return published

    def wrong_messages(self) -> None:
        """Every wrong message of the other tests, and bytes that are no message at all."""
        bodies = [b"PID|||" + INS.encode(), b"MSH|" + TRAITS.family.encode("latin-1")]
        case = self.case("wrong messages")
        for name, (form, usual, _) in WRONG.items():
            spoil = _SPOILS_OF_THIS_IDENTITY.get(name, usual)
            bodies.append(spoil(self.stack.report(case, form)))
        with self.stack.client("ris") as http:
            for body in bodies:
                answer = http.post(self.stack.messages_url(), content=body)
                assert "MSA|AA|" not in answer.text
                self.sinks.answers.append(answer)

    def operators(self) -> None:
        """Identifiers where an operator's program must not put them."""
        base = self.stack.endpoints["in"]
        operations = f"{base}/v1/tenants/demo/operations/publications"
        with self.stack.client("ris") as http:
            self.sinks.answers += [
                http.post(f"{base}/v1/tenants/{INS}/hl7v2?q={INS}", content=b""),
                http.post(f"{base}/{quote(TRAITS.family)}", content=b""),
                http.get(operations, params={"state": "held"}),
                http.get(operations, params={"state": INS}),
                http.get(operations, params={"after": INS}),
                http.post(f"{operations}/{INS}/replay"),
            ]

    def readers(self, published: Case) -> None:
        """Searches and images: as they should be asked, and in wrong ways."""
        stack = self.stack
        token, bad = stack.token(), f"bad-token-{uuid4().hex}"
        self.values |= {"token": token, "refused token": bad}
        (document,) = stack.documents(published.studies[0])
        manifest, study = document["unique_id"], published.studies[0]
        with stack.client() as http:
            for who, body in (
                (token, {"ins": INS, "oid": OID}),
                (token, {"ins": INS, "oid": "1.2.3"}),
                (token, {"ins": TRAITS.family}),
                (bad, {"ins": INS, "oid": OID}),
            ):
                url = f"{stack.endpoints['vi']}/v1/tenants/demo/exams/search"
                headers = {"Authorization": f"Bearer {who}"}
                self.sinks.answers.append(http.post(url, json=body, headers=headers))
            for who, kos, accept, asked in (
                (token, manifest, ANY, study),
                (token, manifest, "image/gif", study),
                (token, INS, ANY, study),
                (token, manifest, ANY, INS),
                (token, manifest, ANY, quote(TRAITS.family)),
                (bad, manifest, ANY, study),
            ):
                headers = {
                    "Authorization": f"Bearer {who}",
                    "KOS-SOPInstanceUID": kos,
                    "Accept": accept,
                }
                self.sinks.answers.append(http.get(stack.images_url(asked), headers=headers))

    def calls(self, published: Case) -> None:
        """Contextual calls and links of reports: as they should be, and in wrong ways."""
        base = f"{self.stack.endpoints['vi']}/tenants/demo"
        context, good = f"{base}/context", call(published)
        link = {
            "requestType": "STUDY",
            "studyUID": published.studies[0],
            "Accessionnumber": f"{published.accession_root}.{published.orders[0].accession}",
            "idCDA": published.cda_id,
        }
        with self.stack.client() as http:
            for wrong in (
                {},
                {"PatientID": ""},
                {"Patient.gender": TRAITS.family},
                {"Modality": published.orders[0].accession},
                {TRAITS.given: INS},
            ):
                self.sinks.answers.append(http.post(context, data={**good, **wrong}))
            invoke = f"{base}/IHEInvokeImageDisplay"
            answers = [
                http.post(context, json=good),
                http.post(context, params=good),
                http.get(context, params=good),
                http.post(f"{base}/{INS}", data=good),
                http.get(invoke, params=link),
                http.get(invoke, params={**link, "idCDA": ""}),
                http.get(invoke, params={**link, "patientID": INS}),
            ]
        self.sinks.answers += answers
        assert {answer.status_code for answer in answers} >= {303, 400}

    def journey(self) -> None:
        """A professional's whole way: the call, the sign-in, the list, every button of it, the end.

        No page lets the browser tell another host its address, or keep its content.
        """
        stack = self.stack
        made = history("11", "canari", of=Patient(INS, OID, "IPPCANARIHISTOIRE", TRAITS))
        load(made, stack.endpoints["dmp"], stack.layout.pki / "ca.pem")
        self.values["IPP of the history"] = made.patient.ipp
        for exam in made.plan.exams:
            self.values[f"accession of exam {exam.number}"] = exam.accession
            self.values[f"order of exam {exam.number}"] = exam.order
        with stack.client() as http:
            page = called(stack, http, made.patient.case())
            shown = [http.get(page)]
            come_in(stack, http, "radiologist", f"?page={page.rpartition('/')[2]}")
            shown += [http.get(page), http.get(page, params={"lang": "en"})]
            assert TRAITS.family in shown[1].text
            pressed = [submitted(http, shown[1], form) for form in buttons(shown[1])]
            assert any("reading" in str(answer.url) for answer in pressed), "the sign-out"
            pressed += [http.get(page), http.get(f"{page}{INS}"), http.get(f"{page}?q={INS}")]
        for answer in shown:
            assert answer.headers["Referrer-Policy"] in {"no-referrer", "same-origin"}
            assert "no-store" in answer.headers["Cache-Control"]
        self.sinks.answers += [*shown, *pressed]


# Those of the other tests look for the identity of another case.
_SPOILS_OF_THIS_IDENTITY: Final = {
    "an INS with a wrong key": with_field("PID", 3, replaced(INS, f"{INS[:-1]}5")),
    "the INS of another in PID-3": with_field("PID", 3, replaced(INS, "279035121518989")),
    "the IPP of another in PID-3": with_field("PID", 3, replaced("IPPCANARI", "IPPAUTRE")),
}


def test_nothing_identifying_stands_where_it_must_not(stack: LocalStack, sinks: Sinks) -> None:
    value = f"PLANTÉ-{uuid4().hex[:8]}"
    try:
        places = plant(sinks, value)
        found = sinks.search([value])
        assert set(found) == places, "the search sees every place"
        assert all(hits == {value} for hits in found.values())
    finally:
        uproot(stack)
    sinks.answers.clear()
    flows = Flows(stack, sinks)
    published = flows.publications()
    flows.wrong_messages()
    flows.operators()
    flows.readers(published)
    flows.calls(published)
    flows.journey()
    names = {text: name for name, text in flows.values.items()}
    hits = sinks.search(names)
    assert {place: sorted(names[v] for v in found) for place, found in hits.items()} == {}
    statuses = {answer.status_code for answer in sinks.answers}
    assert {200, 400, 401, 404, 406} <= statuses
