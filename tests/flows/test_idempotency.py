"""The same again, in all the ways in which a sender does it: one effect, the same answer."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from uuid import uuid4

from simulators.ris.cases import CASES, Case
from tests.flows.stack import PATIENCE, LocalStack, kill_process, wait_for


def stored(stack: LocalStack) -> Case:
    """A new case whose study the PACS has."""
    case = CASES["C"].fresh(uuid4().hex)
    stack.store(case)
    return case


def test_the_same_bytes_at_the_same_time_and_later(stack: LocalStack) -> None:
    case = stored(stack)
    raw = stack.report(case)
    with ThreadPoolExecutor(3) as together:
        acks = list(together.map(stack.send, [raw] * 3))
    assert [ack.code for ack in acks] == ["AA"] * 3
    assert len({ack.content for ack in acks}) == 1, "the stored acknowledgement, byte for byte"
    message_id = stack.message_id(acks[0])
    assert stack.await_outcome(message_id).state == "published"
    for worker in stack.workers("receive_message"):
        kill_process(worker)
    again = stack.send(raw)
    assert (again.status, again.content) == (200, acks[0].content)
    assert len(stack.documents(case.studies[0])) == 1
    assert len(stack.audited("manifest.published", for_message_id=message_id)) == 1
    assert len(stack.audited("message.received", for_message_id=message_id)) == 1


def test_other_bytes_under_the_same_control_id(stack: LocalStack) -> None:
    case = stored(stack)
    control_id = uuid4().hex[:20]
    raw = stack.report(case, control_id=control_id)
    message_id = stack.accepted(raw)
    other = CASES["C"].fresh(uuid4().hex)
    ack = stack.send(stack.report(other, control_id=control_id))
    assert ack.refusal == ("AE", "MSH^1^10", "205", "control_id_reused")
    assert stack.await_outcome(message_id).state == "published"
    assert stack.documents(other.studies[0]) == []
    key = f"{stack.endpoints['tenant']}/messages/{message_id}.hl7"
    assert stack.read("inbox", key) == raw
    # The alarm's metric counts it; the log comes by a pipe, after the answer.
    wait_for(lambda: "ControlIdReused" in stack.log("receive_message"), PATIENCE, "the metric")


def test_the_same_report_in_a_new_message(stack: LocalStack) -> None:
    case = stored(stack)
    first = stack.await_outcome(stack.accepted(stack.report(case)))
    record = stack.record(case.studies[0])
    second = stack.await_outcome(stack.accepted(stack.report(case)))
    assert (first.state, second.state) == ("published", "unchanged")
    assert second.message_id != first.message_id
    assert stack.record(case.studies[0]) == record
    assert len(stack.documents(case.studies[0])) == 1


def test_another_report_on_a_published_study(stack: LocalStack) -> None:
    case = stored(stack)
    first = stack.await_outcome(stack.accepted(stack.report(case)))
    other = replace(case, cda_id=CASES["C"].fresh(uuid4().hex).cda_id)
    second = stack.await_outcome(stack.accepted(stack.report(other)))
    assert first.state == "published"
    assert dict(second.studies) == {case.studies[0]: ("held", "already_published")}
    (document,) = stack.documents(case.studies[0])
    assert document["availability_status"] == "Approved"


def test_two_reports_on_one_study_at_the_same_time(stack: LocalStack) -> None:
    """One is published; the other waits for its turn and is held."""
    case = stored(stack)
    other = replace(case, cda_id=CASES["C"].fresh(uuid4().hex).cda_id)
    with ThreadPoolExecutor(2) as together:
        ids = list(together.map(stack.accepted, [stack.report(case), stack.report(other)]))
    states = sorted(stack.await_outcome(message_id).state for message_id in ids)
    assert states == ["held", "published"]
    assert len(stack.documents(case.studies[0])) == 1


def test_the_same_study_uid_in_another_tenant(stack: LocalStack) -> None:
    """Legal, and the two know nothing of each other: the neighbour has no record of the study."""
    case = stored(stack)
    assert stack.await_outcome(stack.accepted(stack.report(case))).state == "published"
    pages = stack.aws["dynamodb"].get_paginator("scan").paginate(TableName=stack.table("Studies"))
    records = [record for page in pages for record in page["Items"]]
    mine = [r for r in records if r["study_instance_uid"]["S"] == case.studies[0]]
    assert [r["tenant"]["S"] for r in mine] == [stack.endpoints["tenant"]]


def test_a_held_study_is_replayed_once_it_is_there(stack: LocalStack) -> None:
    case = CASES["G1"].fresh(uuid4().hex)
    message_id = stack.accepted(stack.report(case))
    entry = stack.await_outcome(message_id)
    assert dict(entry.studies) == {case.studies[0]: ("held", "study_not_found")}
    stack.store(case)
    assert stack.replay(message_id) == 202
    done = stack.await_state(message_id, "published")
    assert done.replays == 1
    assert len(stack.documents(case.studies[0])) == 1
    assert len(stack.audited("publication.held", for_message_id=message_id)) == 1
    assert len(stack.audited("publication.replayed", for_message_id=message_id)) == 1
    assert stack.replay(message_id) == 404, "nothing is held any more"
