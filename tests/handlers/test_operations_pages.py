"""The operators' pages and forms on ``vi``: content, verbs, permissions."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlencode

import pytest
from lxml import html

from functions.act_on_operations_pages.handler import handler as act_on_operations_pages
from functions.aws import clients
from functions.aws.causes import DynamoCauses
from functions.check_pasted_message.handler import handler as check_pasted_message
from functions.drimbox.identity.session import form_token
from functions.drimbox.oid import Uid
from functions.drimbox.operations.causes import Member
from functions.drimbox.pages.kit.stylesheet import CONTENT_SECURITY_POLICY
from functions.drimbox.publication.ports import Outcome, StudyOutcome
from functions.drimbox.report.hl7 import MAX_DIRECT_BYTES
from functions.show_operations_pages.handler import handler as show_operations_pages
from simulators.ris.messages import message
from tests.fakes.world import SENDER
from tests.handlers.conftest import CONTEXT, audit_records, audited, event, now, stores
from tests.handlers.journey import CASE, STUDY, Journey, journey

__all__ = ["journey"]

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
    assert reply["headers"]["Content-Security-Policy"] == CONTENT_SECURITY_POLICY
    return reply["statusCode"], html.fromstring(base64.b64decode(reply["body"]).decode())


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


def held(journey: Journey, control_id: str = "1") -> str:
    """A publication whose study is not in the PACS; its identifier."""
    journey.start(control_id=control_id)
    message_id = str(journey.change["message_id"])
    outcome = StudyOutcome(Outcome.HELD, "study_not_found", now())
    log = stores().messages
    log.set_outcome(message_id, Uid(STUDY), outcome)
    book = DynamoCauses("operations", "demo")
    cause = book.cause(outcome.reason).joined(now())
    assert book.move(Member(f"{message_id}/{STUDY}", reason=outcome.reason), [cause])
    return message_id


def verbs(document: Any) -> set[str]:
    """The requests that the page's forms make."""
    return {str(one) for one in document.xpath("//form//input[@name='verb']/@value")}


def queued() -> list[dict[str, Any]]:
    url = clients.sqs().get_queue_url(QueueName="messages")["QueueUrl"]
    found = clients.sqs().receive_message(QueueUrl=url, MaxNumberOfMessages=10)
    return [json.loads(one["Body"]) for one in found.get("Messages", [])]


def test_the_queue_says_what_is_held_why_and_what_to_do(journey: Journey) -> None:
    message_id = held(journey)
    status, document = look(LOOKING)
    assert status == 200
    [row] = document.xpath("//main/div//table/tbody/tr")
    text = " ".join(row.text_content().split())
    assert "L'examen n'est pas dans le PACS." in text
    assert "Vérifier l'archivage de l'examen, puis rejouer." in text
    assert "DRIM_RIS" in text
    assert row.xpath(".//th/a/@href") == [f"{BASE}/publications/{message_id}"]
    # No patient data in a list, nor in any link.
    whole = html.tostring(document).decode()
    for secret in (CASE.ins, CASE.traits.family, CASE.orders[0].accession):
        assert secret not in whole
    # No verb that changes a publication, for an operator who may only view.
    assert verbs(document) == {"sign_out", "keep_filter"}
    _, document = look(LOOKING, state="published")
    assert document.xpath("//main/div//table/tbody/tr") == []


@pytest.mark.parametrize(
    ("query", "rows"),
    [
        ({"reason": "study_not_found"}, 1),
        ({"reason": "pacs_unreachable"}, 0),
        ({"sender": "DRIM_RIS|AMBROISE"}, 1),
        ({"sender": "OTHER|AMBROISE"}, 0),
        ({"from": "2026-01-01", "to": "9998-12-30"}, 1),
        ({"to": "2026-01-01"}, 0),
    ],
)
def test_filters_leave_out(journey: Journey, query: dict[str, str], rows: int) -> None:
    held(journey)
    status, document = look(LOOKING, **query)
    assert status == 200
    assert len(document.xpath("//main/div//table/tbody/tr")) == rows
    # The links to other states keep the other filters.
    for link in document.xpath("//nav[@class='filters']//a/@href"):
        assert set(query) <= {part.partition("=")[0] for part in link.split("?")[1].split("&")}


@pytest.mark.parametrize(
    "query",
    [
        {"state": "nonsense"},
        {"reason": "nonsense"},
        {"from": "yesterday"},
        {"to": "9999-12-31"},
        {"after": "nonsense"},
    ],
)
def test_a_filter_that_is_none_is_a_bad_request(site: None, query: dict[str, str]) -> None:
    status, document = look(LOOKING, **query)
    assert status == 400
    assert "nonsense" not in html.tostring(document).decode()


def test_a_publication_shows_what_its_message_says(journey: Journey) -> None:
    message_id = held(journey)
    status, document = look(LOOKING, message_id)
    assert status == 200
    text = " ".join(document.text_content().split())
    for shown in (CASE.ins, CASE.traits.family, "PID-3", STUDY, "L'examen n'est pas dans"):
        assert shown in text
    assert verbs(document) == {"sign_out"}
    assert ("publication.viewed", "shown") in audited()
    [viewed] = [one for one in audit_records() if one["event"] == "publication.viewed"]
    assert (viewed["who"], viewed["for_ins"]) == (LOOKING, CASE.ins)


def test_what_is_offered_is_what_is_permitted_and_possible(journey: Journey) -> None:
    message_id = held(journey)
    _, document = look(EVERYTHING, message_id)
    assert verbs(document) == {"sign_out", "replay", "override", "export"}
    assert {str(one) for one in document.xpath("//form/@action")} == {
        f"{BASE}/session",
        f"{BASE}/publications/{message_id}",
    }
    assert set(document.xpath("//form//input[@name='token']/@value")) == {form_token(SESSION)}


def test_a_publication_of_nobody_is_absent(site: None) -> None:
    for publication in ("0" * 32, "../x", "<script>"):
        status, document = look(EVERYTHING, publication)
        assert status == 404
        assert "script" not in html.tostring(document).decode()


def test_replay_by_a_form(journey: Journey) -> None:
    message_id = held(journey)
    reply = submit(EVERYTHING, message_id, verb="replay")
    assert reply["statusCode"] == 303
    assert reply["headers"]["Location"] == f"{BASE}/publications/{message_id}?done=replayed"
    assert [(one["message_id"], one["replay"]) for one in queued()] == [(message_id, 1)]
    _, document = look(EVERYTHING, message_id, done="replayed")
    assert "remise en file" in document.text_content()
    _, document = look(EVERYTHING, message_id, done="<b>")
    assert not document.xpath("//p[@role='status']")


def test_a_whole_cause_by_one_click(journey: Journey) -> None:
    held(journey)
    _, document = look(EVERYTHING)
    [cause] = document.xpath("//main/section//tbody/tr")
    text = " ".join(cause.text_content().split())
    assert text.startswith("L'examen n'est pas dans le PACS.Vérifier")
    assert cause.xpath("./td[1]/text()") == ["1"]
    assert cause.xpath(".//a/@href") == [f"{BASE}?state=held&reason=study_not_found"]
    [form] = document.xpath("//form[.//input[@value='replay_cause']]")
    fields = {one.get("name"): one.get("value") for one in form.xpath(".//input")}
    reply = submit(EVERYTHING, **fields)
    assert reply["statusCode"] == 303
    place = reply["headers"]["Location"]
    assert place == f"{BASE}?state=held&reason=study_not_found&replayed=1"
    assert len(queued()) == 1
    _, document = look(EVERYTHING, reason="study_not_found", replayed="1")
    assert "1 publications remises en file." in document.text_content()
    assert submit(EVERYTHING, verb="replay_cause", reason="nonsense")["statusCode"] == 400


def test_a_quiet_day_says_so(site: None) -> None:
    _, document = look(EVERYTHING)
    assert "Rien n'est retenu." in document.text_content()
    assert "replay_cause" not in verbs(document)


def test_filters_are_kept_by_name_and_forgotten(journey: Journey) -> None:
    name = "Pas au PACS <b>"
    _, document = look(LOOKING, reason="study_not_found")
    [form] = document.xpath("//form[.//input[@value='keep_filter']]")
    fields = {one.get("name"): one.get("value") or "" for one in form.xpath(".//input")}
    reply = submit(LOOKING, **{**fields, "name": name})
    assert reply["statusCode"] == 303
    # The name is a person's text: it stands in no URL.
    assert reply["headers"]["Location"] == f"{BASE}?state=held&reason=study_not_found"
    _, document = look(LOOKING)
    [link] = document.xpath("//ul[@class='saved']//a")
    assert (link.text, link.get("href")) == (name, f"{BASE}?state=held&reason=study_not_found")
    # They are the operator's own.
    _, document = look(EVERYTHING)
    assert document.xpath("//ul[@class='saved']") == []
    assert submit(LOOKING, verb="forget_filter", name=name)["statusCode"] == 303
    assert submit(LOOKING, verb="forget_filter", name=name)["statusCode"] == 404
    _, document = look(LOOKING)
    assert document.xpath("//ul[@class='saved']") == []
    assert submit(LOOKING, verb="keep_filter", name="")["statusCode"] == 400


def activity(subject: str, **query: str) -> tuple[int, Any]:
    made = signed_in(event("show_operations_pages/activity"), subject)
    made["queryStringParameters"] = query
    reply = show_operations_pages(made, CONTEXT)
    return reply["statusCode"], html.fromstring(base64.b64decode(reply["body"]).decode())


def test_activity_is_counted_by_day(journey: Journey) -> None:
    journey.archive_study()
    journey.publish()
    status, document = activity(LOOKING)
    assert status == 200
    rows = document.xpath("//main//tbody/tr")
    assert len(rows) == 8
    names = [head.text for head in document.xpath("//main//thead//th")]
    today, total = (
        dict(zip(names, row.xpath("./*/text()"), strict=True)) for row in (rows[0], rows[-1])
    )
    assert (today["Reçus"], today["Publiés"], today["Retenus"]) == ("1", "1", "·")
    assert (total["Jour"], total["Reçus"]) == ("Total", "1")
    assert len(activity(LOOKING, days="31")[1].xpath("//main//tbody/tr")) == 32
    assert activity(LOOKING, days="99")[0] == 400
    assert ("activity.reported", "shown") in audited()


def paste(subject: str, text: str, sender: str = "DRIM_RIS|AMBROISE") -> dict[str, Any]:
    made = signed_in(event("check_pasted_message/pasted"), subject)
    fields = {"token": form_token(SESSION), "verb": "check", "sender": sender, "message": text}
    made["body"] = urlencode(fields)
    reply: dict[str, Any] = check_pasted_message(made, CONTEXT)
    return reply


def test_a_pasted_message_is_checked_and_not_kept(site: None) -> None:
    raw = message(CASE, control_id="1", at=now(), sender=SENDER).decode()
    # A browser ends the lines of a text with CR LF.
    reply = paste(LOOKING, raw.replace("\r", "\r\n"))
    assert reply["statusCode"] == 200
    assert "sandbox" in reply["headers"]["Content-Security-Policy"]
    document: Any = html.fromstring(base64.b64decode(reply["body"]).decode())
    assert "AA : accepté" in document.text_content()
    assert CASE.ins in document.text_content()
    wrong = paste(LOOKING, raw.replace("|VALI", "|PROV") + " ")
    assert wrong["statusCode"] == 200
    assert "AE : " in base64.b64decode(wrong["body"]).decode()
    assert "HTTP 400" in base64.b64decode(paste(LOOKING, "nonsense")["body"]).decode()
    assert queued() == []
    assert "Contents" not in clients.s3().list_objects_v2(Bucket="inbox")
    records = [one for one in audit_records() if one["event"] == "message.checked"]
    assert {one["result"] for one in records} == {"AA", "AE", "not_hl7"}
    assert {one["who"] for one in records} == {LOOKING}
    assert CASE.ins not in json.dumps(records)


def test_a_paste_that_is_none_is_refused(site: None) -> None:
    assert paste(LOOKING, "MSH", sender="OTHER|RIS")["statusCode"] == 400
    assert paste("operator-gone", "MSH")["statusCode"] == 403
    assert paste(LOOKING, "x" * (MAX_DIRECT_BYTES + 1))["statusCode"] == 413
    made = signed_in(event("show_operations_pages/activity"), LOOKING)
    made["resource"] = "/v1/tenants/{tenant}/operations/check"
    document: Any = html.fromstring(
        base64.b64decode(show_operations_pages(made, CONTEXT)["body"]).decode()
    )
    assert document.xpath("//textarea/@name") == ["message"]
    assert document.xpath("//select/option/@value") == ["DRIM_RIS|AMBROISE"]


def test_a_sender_is_forced_and_a_study_chosen_by_a_form(journey: Journey) -> None:
    message_id = held(journey)
    _, document = look(EVERYTHING, message_id)
    [form] = document.xpath("//form[.//input[@value='override']]")
    fields = {one.get("name"): one.get("value") for one in form.xpath(".//input")}
    fields |= {"study-0": "1.2.840.99.1", "sender": "DRIM_RIS|AMBROISE"}
    reply = submit(EVERYTHING, message_id, **fields)
    assert reply["headers"]["Location"] == f"{BASE}/publications/{message_id}?done=overridden"
    _, document = look(EVERYTHING, message_id)
    assert "1.2.840.99.1" in document.text_content()
    for wrong in ({"study-0": "nonsense"}, {"sender": "OTHER|RIS"}, {"study-0": "", "sender": ""}):
        assert submit(EVERYTHING, message_id, **{**fields, **wrong})["statusCode"] == 400


def test_a_withdrawal_is_confirmed_or_not_done(journey: Journey) -> None:
    journey.archive_study()
    journey.publish()
    message_id = str(journey.change["message_id"])
    _, document = look(EVERYTHING, message_id)
    assert "withdraw" in verbs(document)
    refused = submit(EVERYTHING, message_id, verb="withdraw", study=STUDY)
    assert refused["statusCode"] == 400
    assert b"not_confirmed" in base64.b64decode(refused["body"])
    assert queued() == []
    done = submit(EVERYTHING, message_id, verb="withdraw", study=STUDY, confirm="yes")
    assert done["statusCode"] == 303
    [order] = queued()
    place = f"{BASE}/publications/{order['message_id']}?done=withdrawal"
    assert done["headers"]["Location"] == place


def test_an_export_is_a_file(journey: Journey) -> None:
    message_id = held(journey)
    reply = submit(EVERYTHING, message_id, verb="export")
    assert reply["statusCode"] == 200
    assert reply["headers"]["Content-Type"] == "application/json"
    assert reply["headers"]["Cache-Control"] == "no-store"
    name = f'attachment; filename="publication-{message_id}.json"'
    assert reply["headers"]["Content-Disposition"] == name
    facts = json.loads(base64.b64decode(reply["body"]))
    assert base64.b64decode(facts["message"]).startswith(b"MSH|")


FORMS: Final[Mapping[str, dict[str, str]]] = {
    "replay": {},
    "override": {"sender": "DRIM_RIS|AMBROISE"},
    "withdraw": {"study": STUDY, "confirm": "yes"},
    "export": {},
}


@pytest.mark.parametrize("verb", FORMS)
def test_who_lacks_the_permission_does_nothing(journey: Journey, verb: str) -> None:
    message_id = held(journey)
    reply = submit(LOOKING, message_id, verb=verb, **FORMS[verb])
    assert reply["statusCode"] == 403
    assert queued() == []
    assert ("operation.refused", "not_permitted") in audited()


def test_who_lacks_the_permission_replays_no_cause(journey: Journey) -> None:
    held(journey)
    assert submit(LOOKING, verb="replay_cause", reason="study_not_found")["statusCode"] == 403
    assert queued() == []
    _, document = look(LOOKING, reason="study_not_found")
    assert "replay_cause" not in verbs(document)


@pytest.mark.parametrize("verb", [*FORMS, "replay_cause", "", "nonsense"])
def test_a_form_of_elsewhere_does_nothing(journey: Journey, verb: str) -> None:
    message_id = held(journey)
    for token, origin in (
        (form_token("x" * 43), "own"),
        (form_token(SESSION), "https://x.example"),
    ):
        made = signed_in(event("act_on_operations_pages/form"), EVERYTHING, publication=message_id)
        made["body"] = urlencode({"token": token, "verb": verb})
        if origin != "own":
            made["multiValueHeaders"]["Origin"] = [origin]
        assert act_on_operations_pages(made, CONTEXT)["statusCode"] == 403
    assert queued() == []


def test_a_verb_that_is_none_of_the_page_is_refused(journey: Journey) -> None:
    message_id = held(journey)
    assert submit(EVERYTHING, message_id, verb="replay_cause")["statusCode"] == 400
    assert submit(EVERYTHING, verb="replay")["statusCode"] == 400
    assert submit(EVERYTHING, verb="nonsense")["statusCode"] == 400


def test_an_operator_who_was_taken_out_sees_the_way_in_only(site: None) -> None:
    status, document = look("operator-gone")
    assert status == 200
    assert document.xpath("//main//a/@href") == [f"{BASE}/sign-in"]
    assert submit("operator-gone", "0" * 32, verb="replay")["statusCode"] == 403
