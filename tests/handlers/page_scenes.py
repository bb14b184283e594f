"""Requests of operators' pages, for the tests of several Lambdas."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from typing import Any, Final
from urllib.parse import urlencode

from lxml import html

from functions.act_on_operations_pages.handler import handler as act_on_operations_pages
from functions.aws import clients
from functions.aws.causes import DynamoCauses
from functions.drimbox.identity.session import form_token
from functions.drimbox.identity.traits import marks_of, patient_key
from functions.drimbox.oid import Uid
from functions.drimbox.operations.causes import Member
from functions.drimbox.pages.kit.stylesheet import CONTENT_SECURITY_POLICY, SCRIPTED
from functions.drimbox.publication.imported import Imported
from functions.drimbox.publication.message_entry import Outcome, StudyOutcome
from functions.drimbox.publication.message_order import Edition
from functions.drimbox.publication.ports import KnownPatient
from functions.drimbox.publication.record import Contest, Pending, State, StudyRecord
from functions.drimbox.report.reading import read_report
from functions.drimbox.report.requested_action import Action
from functions.show_operations_pages.handler import handler as show_operations_pages
from simulators.ris.messages import message
from tests.handlers.conftest import CONTEXT, event, now, stores
from tests.handlers.journey import CASE, STUDY, Journey

SESSION: Final = "s" * 43


EVERYTHING: Final = "operator-9"


LOOKING: Final = "operator-1"


BASE: Final = "/v1/tenants/demo/operations"


def signed_in(made: dict[str, Any], subject: str, **path: str) -> dict[str, Any]:
    """The event of that operator, for another publication."""
    made["requestContext"]["authorizer"] = {**SIGNED_IN, "subject": subject}
    made["pathParameters"] = {"tenant": "demo", **path}
    return made


SIGNED_IN: Final = {"caller": "signed_in", "tenant": "demo"}


def look(subject: str, publication: str = "", **query: str) -> tuple[int, Any]:
    """The page's status and its document."""
    made = signed_in(
        event("show_operations_pages/publication")
        if publication
        else event("show_operations_pages/queue"),
        subject,
        **({"publication": publication} if publication else {}),
    )
    made["queryStringParameters"] = query
    made["multiValueQueryStringParameters"] = {name: [value] for name, value in query.items()}
    reply = show_operations_pages(made, CONTEXT)
    document = html.fromstring(base64.b64decode(reply["body"]).decode())
    wanted = SCRIPTED if document.xpath("//script") else CONTENT_SECURITY_POLICY
    assert reply["headers"]["Content-Security-Policy"] == wanted
    return reply["statusCode"], document


def submit(subject: str, publication: str = "", **fields: str) -> dict[str, Any]:
    """A form's answer."""
    made = signed_in(
        event("act_on_operations_pages/form")
        if publication
        else event("act_on_operations_pages/cause"),
        subject,
        **({"publication": publication} if publication else {}),
    )
    made["body"] = urlencode({"token": form_token(SESSION), **fields})
    reply: dict[str, Any] = act_on_operations_pages(made, CONTEXT)
    return reply


def held(journey: Journey, control_id: str = "1", reason: str = "study_not_found") -> str:
    """A held publication, whose study is not in the PACS if not told otherwise; its identifier."""
    journey.start(control_id=control_id)
    message_id = str(journey.change["message_id"])
    outcome = StudyOutcome(Outcome.HELD, reason, now())
    log = stores().messages
    log.set_outcome(message_id, Uid(STUDY), outcome)
    book = DynamoCauses("operations", "demo")
    cause = book.cause(outcome.reason).joined(now())
    assert book.move(Member(f"{message_id}/{STUDY}", reason=outcome.reason), [cause])
    return message_id


def contested(journey: Journey) -> str:
    """A publication that is held for other traits under its INS; its identifier."""
    journey.start()
    message_id = str(journey.change["message_id"])
    reason, study, at = "known_traits_mismatch", Uid(STUDY), now()
    stores().messages.set_outcome(message_id, study, StudyOutcome(Outcome.HELD, reason, at))
    edition = Edition(at, 1, Action.PUBLISH)
    pending = Pending(message_id, State.HELD, at, at, 0, 1, edition, reason=reason)
    pending = replace(pending, contested=Contest(1, ("birth_date",)))
    stores().records.put(StudyRecord(study, pending=pending))
    return message_id


def imported(journey: Journey) -> str:
    """A publication that is held since its study was imported; its identifier."""
    journey.start()
    message_id = str(journey.change["message_id"])
    study, at = Uid(STUDY), now()
    held = StudyOutcome(Outcome.HELD, "imported_study", at)
    stores().messages.set_outcome(message_id, study, held)
    assert stores().imported.add(Imported(study, "1860000011", at))
    return message_id


def diverging(journey: Journey) -> str:
    """A publication of a patient of whom two sets of traits are known; its identifier."""
    journey.start()
    report = read_report(message(CASE, control_id="9", at=now()))
    patient = report.document.patient
    known = stores().known_traits
    said = marks_of(patient, known.secret)
    sets = (said, {**said, "birth_date": "another"})
    assert known.patients.put(KnownPatient(patient_key(patient.ins, known.secret)).with_sets(sets))
    return str(journey.change["message_id"])


def verbs(document: Any) -> set[str]:
    """The requests that the page's forms make."""
    return {str(one) for one in document.xpath("//form//input[@name='verb']/@value")}


def queued() -> list[dict[str, Any]]:
    url = clients.sqs().get_queue_url(QueueName="messages")["QueueUrl"]
    found = clients.sqs().receive_message(QueueUrl=url, MaxNumberOfMessages=10)
    return [json.loads(one["Body"]) for one in found.get("Messages", [])]
