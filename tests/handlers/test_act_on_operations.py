"""An operator's program replays, overrides, withdraws and keeps filters."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from functions.act_on_operations.handler import handler as acting
from functions.aws import clients
from functions.drimbox.oid import Uid
from functions.drimbox.publication.message_entry import MessageEntry, Outcome, StudyOutcome
from functions.read_operations.handler import handler as reading
from tests.handlers.conftest import CONTEXT, WATCHER, audit_records, audited, event, now, stores
from tests.handlers.journey import STUDY, Journey
from tests.handlers.operation_scenes import answer, asked, judged
from tests.handlers.page_scenes import contested, diverging, imported
from tests.handlers.program_scenes import body_of, hold

act_on_operations, read_operations = judged(acting), judged(reading)


def test_a_held_publication_is_replayed(site: None) -> None:
    hold()
    reply = act_on_operations(event("act_on_operations/replay"), CONTEXT)
    assert reply["statusCode"] == 202
    assert json.loads(body_of(reply)) == {"id": "m1", "replay": 1}
    url = clients.sqs().get_queue_url(QueueName="messages")["QueueUrl"]
    (sent,) = clients.sqs().receive_message(QueueUrl=url)["Messages"]
    assert json.loads(sent["Body"])["replay"] == 1
    assert audited() == [("publication.replayed", "queued")]


def test_an_unknown_publication_is_absent(site: None) -> None:
    assert act_on_operations(event("act_on_operations/replay"), CONTEXT)["statusCode"] == 404


Handler = Callable[[Any, Any], dict[str, Any]]


def queued() -> list[dict[str, Any]]:
    url = clients.sqs().get_queue_url(QueueName="messages")["QueueUrl"]
    found = clients.sqs().receive_message(QueueUrl=url, MaxNumberOfMessages=10)
    return [json.loads(one["Body"]) for one in found.get("Messages", [])]


def test_a_published_study_is_ordered_away(journey: Journey) -> None:
    journey.archive_study()
    journey.publish()
    message_id = journey.change["message_id"]
    body = {"study_instance_uid": STUDY}
    reply = act_on_operations(asked(event("act_on_operations/withdraw"), message_id, body), CONTEXT)
    assert reply["statusCode"] == 202
    (sent,) = queued()
    assert sent["message_id"] == answer(reply)["id"] != message_id
    wrong = act_on_operations(asked(event("act_on_operations/withdraw"), "m", body), CONTEXT)
    assert wrong["statusCode"] == 404


def test_an_identity_is_confirmed(journey: Journey) -> None:
    message_id = contested(journey)
    body = {"study_instance_uid": STUDY, "reason": "Checked", "confirm": True}
    asks = event("act_on_operations/confirm_identity")
    for wrong in ({**body, "confirm": False}, {**body, "reason": ""}):
        assert act_on_operations(asked(asks, message_id, wrong), CONTEXT)["statusCode"] == 400
    reply = act_on_operations(asked(asks, message_id, body), CONTEXT)
    assert (reply["statusCode"], answer(reply)) == (202, {"id": message_id, "override": 1})
    (sent,) = queued()
    assert (sent["message_id"], sent["replay"]) == (message_id, 1)
    assert ("identity.confirmed", "kept") in audited()


def test_an_imported_study_is_released(journey: Journey) -> None:
    message_id = imported(journey)
    seen = answer(read_operations(asked(event("read_operations/publication"), message_id), CONTEXT))
    assert seen["studies"][0]["imported"]["establishment"] == "1860000011"
    body = {"study_instance_uid": STUDY, "reason": "Made here", "confirm": True}
    asks = event("act_on_operations/release_import")
    for wrong in ({**body, "confirm": False}, {**body, "reason": ""}):
        assert act_on_operations(asked(asks, message_id, wrong), CONTEXT)["statusCode"] == 400
    reply = act_on_operations(asked(asks, message_id, body), CONTEXT)
    assert (reply["statusCode"], answer(reply)) == (201, {"id": message_id, "override": 1})
    assert queued() == []
    assert ("import.released", "ordered") in audited()
    seen = answer(read_operations(asked(event("read_operations/publication"), message_id), CONTEXT))
    assert "imported" not in seen["studies"][0]
    assert seen["overrides"][0]["released"][STUDY]["reason"] == "Made here"


def test_one_of_two_sets_of_traits_is_kept(journey: Journey) -> None:
    message_id = diverging(journey)
    shown = answer(
        read_operations(asked(event("read_operations/publication"), message_id), CONTEXT)
    )
    assert shown["known_traits"] == {
        "sets": 2,
        "revision": 1,
        "differing": ["birth_date"],
        "decidable": True,
    }
    body = {"keep": "these", "revision": 1, "reason": "Checked", "confirm": True}
    asks = event("act_on_operations/decide_traits")
    for wrong, status in (
        ({"confirm": False}, 400),
        ({"keep": "all"}, 400),
        ({"revision": 2}, 409),
    ):
        reply = act_on_operations(asked(asks, message_id, {**body, **wrong}), CONTEXT)
        assert reply["statusCode"] == status
    reply = act_on_operations(asked(asks, message_id, body), CONTEXT)
    assert (reply["statusCode"], answer(reply)) == (201, {"id": message_id, "override": 1})
    assert ("traits.decided", "ordered") in audited()
    assert queued() == []  # it counts at once, and nothing is replayed
    # Nothing diverges any more.
    again = act_on_operations(asked(asks, message_id, {**body, "revision": 2}), CONTEXT)
    assert again["statusCode"] == 404


def test_a_held_report_is_overridden(journey: Journey) -> None:
    journey.start()
    message_id = journey.change["message_id"]
    log = stores().messages
    log.set_outcome(message_id, Uid(STUDY), StudyOutcome(Outcome.HELD, "study_not_found", now()))
    body = {"studies": {STUDY: "1.2.4"}}
    reply = act_on_operations(asked(event("act_on_operations/override"), message_id, body), CONTEXT)
    assert (reply["statusCode"], answer(reply)) == (201, {"id": message_id, "override": 1})
    seen = answer(read_operations(asked(event("read_operations/publication"), message_id), CONTEXT))
    assert seen["overrides"][0]["studies"] == {STUDY: "1.2.4"}
    assert (seen["undoing"], seen["studies"][0]["stand_in"]) == ("possible", "1.2.4")
    back = asked(event("act_on_operations/override"), message_id, {"studies": {}})
    assert answer(act_on_operations(back, CONTEXT)) == {"id": message_id, "override": 2}
    seen = answer(read_operations(asked(event("read_operations/publication"), message_id), CONTEXT))
    assert (seen["undoing"], seen["overrides"][1]["studies"]) == ("nothing", {})
    wrongs = (({"studies": {}, "x": 1}, "body"), ({"sender": "NO|BODY"}, "/sender"))
    for wrong, field in wrongs:
        refused = act_on_operations(
            asked(event("act_on_operations/override"), message_id, wrong), CONTEXT
        )
        assert (refused["statusCode"], answer(refused)["field"]) == (400, field)


def test_a_whole_cause_is_replayed(site: None) -> None:
    log = stores().messages
    for number in range(3):
        held = StudyOutcome(Outcome.HELD, "study_not_found", now())
        log.open(MessageEntry(f"m{number}", now(), 0, "", {Uid("1.2.3"): held}))
    reply = act_on_operations(event("act_on_operations/replay_cause"), CONTEXT)
    assert reply["statusCode"] == 202
    facts = answer(reply)
    assert (sorted(facts["replayed"]), facts["next"]) == (["m0", "m1", "m2"], None)
    assert sorted(one["message_id"] for one in queued()) == ["m0", "m1", "m2"]
    assert audited().count(("publication.replayed", "queued")) == 3


def test_a_program_confirms_the_replay_of_a_cause_about_the_patient(site: None) -> None:
    outcome = StudyOutcome(Outcome.HELD, "patient_mismatch", now())
    stores().messages.open(MessageEntry("m1", now(), 0, "", {Uid("1.2.3"): outcome}))
    made = event("act_on_operations/replay_cause")
    made["pathParameters"]["reason"] = "patient_mismatch"
    reply = act_on_operations(made, CONTEXT)
    assert (reply["statusCode"], answer(reply)["code"]) == (400, "not_confirmed")
    assert queued() == []
    made["queryStringParameters"] = {"confirm": "yes"}
    assert answer(act_on_operations(made, CONTEXT))["replayed"] == ["m1"]


def test_a_program_is_told_what_a_replay_left_out(site: None) -> None:
    reasons = {"1.2.3": "study_not_found", "1.2.4": "patient_mismatch"}
    studies = {Uid(uid): StudyOutcome(Outcome.HELD, one, now()) for uid, one in reasons.items()}
    stores().messages.open(MessageEntry("m1", now(), 0, "", studies))
    reply = act_on_operations(event("act_on_operations/replay_cause"), CONTEXT)
    assert answer(reply) == {"replayed": [], "left_out": ["m1"], "next": None}
    assert queued() == []


@pytest.mark.parametrize(
    ("name", "handler", "permission"),
    [
        ("read_operations/export", read_operations, "export"),
        ("act_on_operations/replay_cause", act_on_operations, "bulk"),
        ("act_on_operations/override", act_on_operations, "edit"),
        ("act_on_operations/release_import", act_on_operations, "release"),
        ("act_on_operations/withdraw", act_on_operations, "withdraw"),
        ("act_on_operations/confirm_identity", act_on_operations, "identity"),
        ("act_on_operations/decide_traits", act_on_operations, "identity"),
    ],
)
def test_each_route_asks_its_own_permission(
    site: None, name: str, handler: Handler, permission: str
) -> None:
    facts = event(name)
    facts["requestContext"]["authorizer"] |= {"caller": "operating", "subject": WATCHER}
    assert handler(facts, CONTEXT)["statusCode"] == 403
    (refused,) = audit_records()
    assert (refused["event"], refused["for_permission"]) == ("operation.refused", permission)


@pytest.mark.parametrize(
    ("name", "handler"),
    [
        ("read_operations/publication", read_operations),
        ("read_operations/export", read_operations),
        ("act_on_operations/override", act_on_operations),
        ("act_on_operations/withdraw", act_on_operations),
    ],
)
def test_an_unknown_or_foreign_resource_is_absent(site: None, name: str, handler: Handler) -> None:
    assert handler(event(name), CONTEXT)["statusCode"] == 404
    facts = event(name)
    facts["requestContext"]["authorizer"] = {"caller": "foreign"}
    assert handler(facts, CONTEXT)["statusCode"] == 404


def test_an_operator_s_filters(site: None) -> None:
    kept = answer(act_on_operations(event("act_on_operations/keep_filter"), CONTEXT))
    assert kept == {"filters": {"Refused": {"state": "held", "reason": "dmp_refused"}}}
    assert answer(read_operations(event("read_operations/filters"), CONTEXT)) == kept
    other = event("read_operations/filters")
    other["requestContext"]["authorizer"] |= {"caller": "operating", "subject": WATCHER}
    assert answer(read_operations(other, CONTEXT)) == {"filters": {}}
    forget = event(
        "act_on_operations/keep_filter", body=json.dumps({"name": "Refused", "filter": None})
    )
    assert answer(act_on_operations(forget, CONTEXT)) == {"filters": {}}
    assert act_on_operations(forget, CONTEXT)["statusCode"] == 404
