"""An operator's program reads."""

from __future__ import annotations

import base64
import json

import pytest

from functions.act_on_operations.handler import handler as act_on_operations
from functions.read_operations.handler import handler as read_operations
from tests.handlers.conftest import CONTEXT, WATCHER, audit_records, audited, event, stores
from tests.handlers.journey import CASE, STUDY, Journey
from tests.handlers.operation_scenes import answer, asked
from tests.handlers.program_scenes import body_of, called_by, hold
from tests.handlers.reconciliation_scenes import run


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
    assert read_operations(wrong, CONTEXT)["statusCode"] == 400


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


def test_a_week_is_counted(journey: Journey) -> None:
    journey.archive_study()
    journey.publish()
    told = answer(read_operations(event("read_operations/activity"), CONTEXT))
    assert len(told["days"]) == 7
    assert (told["days"][-1]["received"], told["days"][-1]["published"]) == (1, 1)
    wrong = event("read_operations/activity", queryStringParameters={"days": "400"})
    assert read_operations(wrong, CONTEXT)["statusCode"] == 400


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
