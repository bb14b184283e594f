"""An operator's program reads."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest

from functions.act_on_operations.handler import handler as acting
from functions.aws import clients, large_exports
from functions.aws.circuits import DynamoCircuits
from functions.aws.clock import SystemClock
from functions.aws.missed_news import DynamoMissedNews
from functions.aws.source_states import DynamoSourceStates
from functions.aws.white_lists import DynamoWhiteLists
from functions.drimbox.breaker import Circuit, CircuitState
from functions.drimbox.consultation.outcomes import Asked
from functions.drimbox.peers.kept import Refusal
from functions.drimbox.peers.source_address import SourceAddress
from functions.drimbox.peers.source_states import KeptState, SourceState
from functions.drimbox.publication.refused import RefusedMessage
from functions.drimbox.webhook.missed import Missed
from functions.read_operations.handler import handler as reading
from infra.local.functions.process import MAX_PAYLOAD_BYTES
from tests.drimbox.consultation.source_scenes import white_list
from tests.fakes.aws import put_tenant, tenant_facts
from tests.handlers.conftest import CONTEXT, WATCHER, audit_records, audited, event, now, stores
from tests.handlers.journey import CASE, STUDY, Journey
from tests.handlers.operation_scenes import answer, asked, judged
from tests.handlers.program_scenes import body_of, called_by, hold
from tests.handlers.reconciliation_scenes import run
from tests.infra.schema_scenes import require

SITE = SourceAddress("db1.example", 443, "/rs")
act_on_operations, read_operations = judged(acting), judged(reading)


def test_a_held_publication_is_listed_with_its_reason_in_words(site: None) -> None:
    hold()
    reply = read_operations(event("read_operations/publications"), CONTEXT)
    assert reply["statusCode"] == 200
    (publication,) = json.loads(body_of(reply))["publications"]
    assert publication["id"] == "m1"
    assert publication["studies"][0]["reason"] == "study_not_found"
    assert "PACS" in publication["studies"][0]["words"]["fr"]
    assert audited() == [("publications.listed", "held")]


@pytest.mark.parametrize("query", [{"state": "secret"}, {"after": "forged"}])
def test_a_listing_of_what_does_not_exist_is_a_problem(site: None, query: dict[str, str]) -> None:
    wrong = event("read_operations/publications", queryStringParameters=query)
    reply = read_operations(wrong, CONTEXT)
    assert (reply["statusCode"], answer(reply)["field"]) == (400, next(iter(query)))


def test_an_operator_does_what_the_tenant_permits_and_no_more(site: None) -> None:
    hold()
    seen = called_by("read_operations/publications", WATCHER, "operating")
    assert read_operations(seen, CONTEXT)["statusCode"] == 200
    asked = called_by("act_on_operations/replay", WATCHER, "operating")
    assert act_on_operations(asked, CONTEXT)["statusCode"] == 403
    (refused,) = [one for one in audit_records() if one["event"] == "operation.refused"]
    assert refused["result"] == "not_permitted"
    assert (refused["who"], refused["for_permission"]) == (WATCHER, "replay")
    entry = stores().messages.get("m1")
    assert entry is not None
    assert entry.replays == 0


def test_a_sender_that_is_no_operator_sees_nothing(site: None) -> None:
    hold()
    other = "CN=other.ambroise.example,OU=1750803447,O=Ambroise,C=FR"
    asked = called_by("read_operations/publications", other, "bound")
    assert read_operations(asked, CONTEXT)["statusCode"] == 403
    assert audited() == [("operation.refused", "not_an_operator")]


def test_a_publication_is_viewed_and_exported(journey: Journey) -> None:
    journey.archive_study()
    journey.publish()
    message_id = journey.change["message_id"]
    reply = read_operations(asked(event("read_operations/publication"), message_id), CONTEXT)
    assert (reply["statusCode"], reply["headers"]["Cache-Control"]) == (200, "no-store")
    seen = answer(reply)
    assert seen["state"] == "published"
    assert seen["report"]["patient"]["ins"] == CASE.ins
    assert seen["studies"][0]["images"]["patient_id"] == CASE.ipp
    given = answer(read_operations(asked(event("read_operations/export"), message_id), CONTEXT))
    assert base64.b64decode(given["message"]).startswith(b"MSH|")
    assert any(one["name"].endswith("/manifest.dcm") for one in given["archived"])
    assert {("publication.viewed", "shown"), ("publication.exported", "given")} <= set(audited())
    assert CASE.ins not in journey.log.getvalue()


def test_a_large_export_is_at_a_signed_address(
    journey: Journey, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As much as an answer of a function holds, in base64, beside its headers."""
    assert large_exports.MOST_BYTES * 4 / 3 < MAX_PAYLOAD_BYTES - 100_000
    journey.archive_study()
    journey.publish()
    message_id = journey.change["message_id"]
    monkeypatch.setattr(large_exports, "MOST_BYTES", 100)
    reply = read_operations(asked(event("read_operations/export"), message_id), CONTEXT)
    assert (reply["statusCode"], reply["headers"]["Cache-Control"]) == (307, "no-store")
    assert reply["body"] == ""
    url = urlsplit(reply["headers"]["Location"])
    assert parse_qs(url.query)["response-content-type"] == ["application/json"]
    kept = clients.s3().get_object(Bucket="exports", Key=url.path[1:])
    require("Export", json.loads(kept["Body"].read()))


def test_a_week_is_counted(journey: Journey) -> None:
    journey.archive_study()
    journey.publish()
    told = answer(read_operations(event("read_operations/activity"), CONTEXT))
    assert len(told["days"]) == 7
    assert (told["days"][-1]["received"], told["days"][-1]["published"]) == (1, 1)
    wrong = event("read_operations/activity", queryStringParameters={"days": "400"})
    assert read_operations(wrong, CONTEXT)["statusCode"] == 400


def test_the_services_the_sites_and_the_white_list_are_told(site: None) -> None:
    lists = DynamoWhiteLists("peers")
    assert lists.put(replace(white_list("db1.example"), revision=0, checked_at=now()))
    lists.refuse(Refusal("white_list_older", now()))
    known = KeptState(0, SourceState.SILENT, now(), now())
    assert DynamoSourceStates("health", SystemClock()).put(SITE, known)
    stores().outcomes.note(Asked.DMP, answered=False)
    told = answer(read_operations(event("read_operations/services"), CONTEXT))
    assert {one["service"]: one["condition"] for one in told["services"]} == {
        "psc": "unknown",
        "dmp": "down",
        "white_list": "works",
    }
    assert [(one["host"], one["state"]) for one in told["sites"]] == [("db1.example", "silent")]
    assert told["outages"] == told["waiting"] == []
    assert (told["oldest_message"], told["missed_news"]) == (None, None)
    assert {one["kind"] for one in told["certificates"]} == {"ORG_AUTH_CLI", "ORG_SIGN"}
    told = told["white_list"]
    assert (told["holds"], told["hosts"]) == (True, 1)
    assert told["last_refusal"]["code"] == "white_list_older"
    assert told["signer"] == {"name": "Liste Blanche DRIM-M", "unit": "318751275100020"}
    assert audited() == [("services.viewed", "shown")]


def test_a_program_is_told_the_outages_and_the_missed_news_that_the_page_tells(
    site: None,
) -> None:
    put_tenant({**tenant_facts(), "webhook_url": "https://ris.example/news"})
    opened = CircuitState("webhook", circuit=Circuit.OPEN, since=now())
    assert DynamoCircuits("circuits", "demo", SystemClock()).put(opened)
    DynamoMissedNews("news", "demo").add(Missed("m1", now()))
    told = answer(read_operations(event("read_operations/services"), CONTEXT))
    [outage] = told["outages"]
    assert (outage["service"], outage["structure"]) == ("webhook", "")
    assert [one["message_id"] for one in told["missed_news"]] == ["m1"]


def test_an_operator_sees_the_last_run(journey: Journey) -> None:
    assert read_operations(event("read_operations/reconciliation"), CONTEXT)["statusCode"] == 404
    journey.archive_study(2)
    journey.publish()
    journey.archive_study(3)
    run(journey)
    seen = read_operations(event("read_operations/reconciliation"), CONTEXT)
    assert seen["statusCode"] == 200
    said = json.loads(base64.b64decode(seen["body"]))
    (difference,) = said["differences"]
    assert (said["run"], said["compared"], said["found"]) == (
        "20261124T090000Z",
        1,
        {"study_changed": 1},
    )
    assert (difference["study_instance_uid"], difference["repair"]) == (STUDY, "look_again")
    assert difference["words"]["fr"].startswith("Le PACS contient des images")
    assert (said["left"], said["next"], said["reached_the_end"]) == ({}, None, True)
    assert ("reconciliation.viewed", "20261124T090000Z") in audited()
    wrong = event("read_operations/reconciliation", queryStringParameters={"after": "-1"})
    assert read_operations(wrong, CONTEXT)["statusCode"] == 400


def test_a_publication_is_found_by_its_exam(journey: Journey) -> None:
    journey.start()
    found = event("read_operations/search")
    found["body"] = json.dumps({"text": CASE.orders[0].accession})
    told = answer(read_operations(found, CONTEXT))
    assert [one["id"] for one in told["publications"]] == [journey.change["message_id"]]
    assert ("publications.searched", "found") in audited()
    empty = read_operations({**found, "body": '{"text": " "}'}, CONTEXT)
    assert (empty["statusCode"], answer(empty)["field"]) == (400, "/text")
    [refused] = [one for one in audit_records() if one["event"] == "operation.refused"]
    assert (refused["result"], refused["for_field"]) == ("bad_request", "/text")


def test_refused_messages_are_listed_without_content(site: None) -> None:
    stores().refused.note(RefusedMessage("m1", now(), "RIS|S", "MSG-9", "ins_invalid", "PID^1^3"))
    [one] = answer(read_operations(event("read_operations/refused"), CONTEXT))["refused"]
    assert (one["control_id"], one["code"], one["times"]) == ("MSG-9", "ins_invalid", 1)
