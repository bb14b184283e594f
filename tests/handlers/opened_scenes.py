"""A professional's page that opens an exam made elsewhere, in this process, step by step."""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

from functions.aws import clients
from functions.drimbox.dmp.registry import DocumentEntry
from functions.drimbox.dmp.retrieve import Retrieved
from functions.drimbox.identity.session import form_token
from functions.drimbox.reading.keys import exam_name
from functions.fetch_exam.handler import handler as fetch_exam
from functions.open_exam.handler import handler as open_exam
from tests.drimbox.consultation.readers import CALL
from tests.drimbox.reading.exam_scenes import MANIFEST, answering, exam_entry, images, manifest
from tests.fakes.aws import put_tenant, tenant_facts
from tests.fakes.world import STRUCTURE
from tests.handlers.conftest import CONTEXT, MACHINE, Outside, event, stores
from tests.handlers.reader_scenes import Psc, asked_with, sign_in

IP = "93.184.215.14"


@dataclass
class Dmp:
    """The DMP: documents by unique identifier, the entries of the study in force."""

    documents: dict[str, bytes] = field(default_factory=dict)
    in_force: list[DocumentEntry] = field(default_factory=list)
    failure: Exception | None = None
    altered: set[str] = field(default_factory=set)
    asked: list[str] = field(default_factory=list)

    def retrieve(self, entries: Sequence[DocumentEntry]) -> Retrieved:
        self.asked += [one.unique_id for one in entries]
        if self.failure is not None:
            raise self.failure
        found = {
            one.unique_id: self.documents[one.unique_id]
            for one in entries
            if one.unique_id in self.documents
        }
        return Retrieved(found, frozenset(self.altered))

    def of_study(self, patient: Any, study: Any) -> tuple[DocumentEntry, ...]:
        self.asked.append("of_study")
        if self.failure is not None:
            raise self.failure
        return tuple(self.in_force)

    def connect(self, *arguments: Any) -> Dmp:
        arguments[-1]["structure_id"] = STRUCTURE
        return self


@dataclass
class Desk:
    """A page with its list; ``held`` are the objects of the other site."""

    outside: Outside
    dmp: Dmp
    cookie: str
    page: str
    edition: str
    entries: tuple[DocumentEntry, ...]

    @property
    def exam(self) -> str:
        one = self.entries[0]
        return exam_name(self.page, one.unique_id, one.given_at)

    def ask(self, verb: str, exams: str = "1", **changes: Any) -> Any:
        """The reply to the page's request."""
        cookie = changes.pop("cookie", self.cookie)
        fields = {"token": form_token(cookie), "edition": self.edition, "exams": exams, **changes}
        page = fields.pop("page", self.page)
        samples = {"open": event("open_exam/open"), "progress": event("open_exam/progress")}
        place = {"pathParameters": {"tenant": "demo", "page": page}}
        made = {**samples[verb], **place, "body": urlencode(fields)}
        made["requestContext"] = {**made["requestContext"], "requestId": str(uuid4())}
        return open_exam(asked_with(made, cookie), CONTEXT)

    def document(self, verb: str, exams: str = "1") -> dict[str, Any]:
        """The exams of the reply, by number."""
        reply = self.ask(verb, exams)
        assert reply["statusCode"] == 200
        assert reply["headers"]["Content-Type"] == "application/json"
        assert reply["headers"]["Cache-Control"] == "no-store"
        body = base64.b64decode(reply["body"])
        if reply["headers"].get("Content-Encoding") == "gzip":
            body = zlib.decompress(body, wbits=31)
        exams_told: list[dict[str, Any]] = json.loads(body)["exams"]
        return {str(one["n"]): one for one in exams_told}

    def plan(self, exam: str = "", **state: Any) -> dict[str, Any]:
        """One plan of the execution."""
        made = event("fetch_exam/plan", page=self.page, exam=exam or self.exam, **state)
        answer: dict[str, Any] = fetch_exam(made, CONTEXT)
        return answer

    def fetch(self, place: int = 0, exam: str = "") -> None:
        """The fetching of one series."""
        name = exam or self.exam
        made = event("fetch_exam/series", page=self.page, exam=name, place=place)
        assert fetch_exam(made, CONTEXT) == {"outcome": "fetched"}

    def run(self, exam: str = "") -> dict[str, Any]:
        """The execution up to where it watches, or ends; its state."""
        state = self.plan(exam)
        for _ in range(50):
            if state["outcome"] != "fetch":
                return state
            for place in state["series"]:
                self.fetch(place, exam)
            state = fetch_exam(state, CONTEXT)
        raise AssertionError("the execution goes on for ever")


def allow(**changes: Any) -> None:
    """The tenant's file asks for imports."""
    put_tenant({**tenant_facts(), "import_exams": True, **changes})


def machine() -> None:
    """The workflow stands."""
    clients.stepfunctions().create_state_machine(
        name=MACHINE.rpartition(":")[2],
        definition='{"StartAt": "S", "States": {"S": {"Type": "Succeed"}}}',
        roleArn="arn:aws:iam::123456789012:role/workflow",
    )


def started(outside: Outside, dmp: Dmp, *entries: DocumentEntry, psc: Psc | None = None) -> Desk:
    """A signed-in professional's page, whose list shows these exams."""
    cookie = sign_in(outside, psc)
    page = stores().contexts.open(CALL)
    stores().contexts.bind(page, cookie)
    shown = entries or (exam_entry(),)
    edition = stores().shown_documents.keep(page, cookie, shown)
    dmp.documents.setdefault(MANIFEST, manifest())
    outside.addresses.setdefault("db1.example", (IP,))
    outside.hosts.setdefault(IP, answering(images(1, 2, 3)))
    return Desk(outside, dmp, cookie, page, edition, shown)


def readings() -> list[str]:
    """The keys of the bucket of opened exams."""
    found = clients.s3().list_objects_v2(Bucket="readings").get("Contents", [])
    return [one["Key"] for one in found]


def executions() -> list[dict[str, Any]]:
    """The inputs of the executions that were started."""
    states = clients.stepfunctions()
    machines = states.list_state_machines()["stateMachines"]
    return [
        json.loads(states.describe_execution(executionArn=one["executionArn"])["input"])
        for machine in machines
        for one in states.list_executions(stateMachineArn=machine["stateMachineArn"])["executions"]
    ]
