"""Changes that wait outside the workflow are woken: by a tick, and by the sweep of each hour."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from functions.aws import alerts, clients
from functions.aws.agent_states import DynamoAgentStates
from functions.aws.circuits import DynamoCircuits
from functions.aws.clock import SystemClock
from functions.drimbox.agents.presence import AgentState, PacsSeen
from functions.drimbox.breaker import Circuit, CircuitState
from functions.drimbox.errors import StorageUnavailable
from functions.drimbox.publication.change import PARKED, Step
from functions.index_study.handler import handler as index_study
from functions.read_report.handler import handler as read_report
from functions.wake_waits.handler import handler as wake_waits
from tests.fakes.aws import sns
from tests.handlers.conftest import CONTEXT, another_tenant, event, stores
from tests.handlers.journey import CASE, STUDY, Journey, executions


def delayed_ticks() -> int:
    """How many ticks the queue holds back."""
    url = clients.sqs().get_queue_url(QueueName="ticks")["QueueUrl"]
    told = clients.sqs().get_queue_attributes(QueueUrl=url, AttributeNames=["All"])
    return int(told["Attributes"]["ApproximateNumberOfMessagesDelayed"])


def parked(journey: Journey) -> None:
    """The report's study is not in the PACS, and the change waits outside the workflow."""
    journey.start()
    journey.step(read_report)
    journey.change |= {"tries": 5}
    assert journey.step(index_study)["outcome"] == PARKED


def due_now() -> None:
    """The time of the next look has come."""
    waits = stores().site.waits
    (wait,) = waits.all()
    waits.put(replace(wait, due_at=datetime.now(UTC)))


def test_a_study_that_has_come_is_woken_once_by_a_tick(journey: Journey) -> None:
    parked(journey)
    assert delayed_ticks() == 1
    tick = event("wake_waits/tick")
    assert wake_waits(tick, CONTEXT) == {"batchItemFailures": []}
    assert len(executions()) == 1  # the report's own
    journey.archive_study()
    due_now()
    tick["Records"][0]["body"] = json.dumps({"tenant": "demo", "tick": 2})
    for _ in range(2):
        assert wake_waits(tick, CONTEXT) == {"batchItemFailures": []}
    first, woken = executions()
    if first["waited"]["wake"]:
        first, woken = woken, first
    assert (first["at"], woken["at"]) == (Step.READ_REPORT, Step.INDEX_STUDY)
    assert woken["waited"]["thing"] == f"study/{STUDY}"
    assert stores().site.waits.all() == ()
    journey.change = {**woken, "tries": 0}
    assert journey.step(index_study)["outcome"] == "continue"


def test_the_table_holds_pointers_only(journey: Journey) -> None:
    parked(journey)
    kept = json.dumps(clients.dynamodb().scan(TableName="waits")["Items"])
    assert STUDY in kept
    for secret in (CASE.ins, CASE.ipp, CASE.orders[0].accession):
        assert secret not in kept


def test_the_sweep_passes_over_a_tenant_whose_file_is_wrong(journey: Journey) -> None:
    another_tenant("broken", time_zone="Nowhere")
    parked(journey)
    assert wake_waits(event("wake_waits/hourly"), CONTEXT) == {"waiting": 1}
    assert "broken" in journey.log.getvalue()
    assert delayed_ticks() == 1  # the one that is under way is enough


def test_a_wait_that_cannot_be_read_is_told_and_stops_no_tick(journey: Journey) -> None:
    item = {"tenant": {"S": "demo"}, "wait": {"S": "wait#m1#1.2.3"}}
    clients.dynamodb().put_item(TableName="waits", Item=item)
    parked(journey)
    assert wake_waits(event("wake_waits/tick"), CONTEXT) == {"batchItemFailures": []}
    assert wake_waits(event("wake_waits/hourly"), CONTEXT) == {"waiting": 1}
    assert journey.log.getvalue().count("wait unreadable") >= 2


def test_a_sweep_without_time_tells_how_many_it_left(
    journey: Journey, monkeypatch: pytest.MonkeyPatch
) -> None:
    another_tenant("other")
    parked(journey)
    monkeypatch.setattr("functions.wake_waits.handler._BUDGET", timedelta(seconds=-1))
    assert wake_waits(event("wake_waits/hourly"), CONTEXT) == {"waiting": 0}
    (left,) = [
        json.loads(line) for line in journey.log.getvalue().splitlines() if "left for" in line
    ]
    assert (left["level"], left["count"]) == ("WARNING", 2)


def test_the_sweep_tells_of_a_change_that_nothing_wakes(journey: Journey) -> None:
    parked(journey)
    (wait,) = stores().site.waits.all()
    stores().site.waits.put(replace(wait, until=wait.since - timedelta(hours=2)))
    assert wake_waits(event("wake_waits/hourly"), CONTEXT) == {"waiting": 1}
    assert "waits overdue" in journey.log.getvalue()


def test_a_tick_of_a_tenant_that_is_gone_does_nothing(journey: Journey) -> None:
    tick = event("wake_waits/tick")
    tick["Records"][0]["body"] = json.dumps({"tenant": "nobody", "tick": 1})
    assert wake_waits(tick, CONTEXT) == {"batchItemFailures": []}


def subscribed() -> str:
    """The address of a queue that hears the topic of all alarms."""
    url = clients.sqs().create_queue(QueueName="told")["QueueUrl"]
    topic = "arn:aws:sns:eu-west-3:123456789012:alarms"
    arn = "arn:aws:sqs:eu-west-3:123456789012:told"
    sns().subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    return url


def told(url: str) -> list[dict[str, str]]:
    found = clients.sqs().receive_message(QueueUrl=url, MaxNumberOfMessages=9)
    return [json.loads(one["Body"]) for one in found.get("Messages", [])]


def turn(circuit: Circuit, minutes: int) -> None:
    """The PACS's circuit is in that state since so many minutes."""
    circuits = DynamoCircuits("circuits", "demo", SystemClock())
    since = datetime.now(UTC) - timedelta(minutes=minutes)
    seen = circuits.get("pacs")
    assert circuits.put(CircuitState("pacs", seen.revision, circuit, since=since))


def test_a_pacs_that_stays_away_is_told_once_and_once_when_it_is_back(journey: Journey) -> None:
    url = subscribed()
    parked(journey)
    turn(Circuit.OPEN, minutes=20)
    for _ in range(2):
        assert wake_waits(event("wake_waits/tick"), CONTEXT) == {"batchItemFailures": []}
    [note] = told(url)
    assert note["Subject"] == "demo: pacs away"
    assert "Le PACS du site ne répond plus" in note["Message"]
    began = DynamoCircuits("circuits", "demo", SystemClock()).get("pacs").since.isoformat()
    assert note["Message"].startswith(f"Tenant demo, since {began}:\n")
    # The change that waited is gone: the sweep looks for it.
    waits = stores().site.waits
    [wait] = waits.all()
    waits.forget(wait)
    turn(Circuit.RECOVERING, minutes=0)
    assert wake_waits(event("wake_waits/hourly"), CONTEXT) == {"waiting": 0}
    assert told(url) == [], "one answer is no return"
    turn(Circuit.RECOVERING, minutes=20)
    for _ in range(2):
        assert wake_waits(event("wake_waits/hourly"), CONTEXT) == {"waiting": 0}
    [note] = told(url)
    assert note["Subject"] == "demo: pacs back"
    assert note["Message"].startswith(f"Tenant demo; the service was away since {began}:\n")
    assert "The site's PACS answers again." in note["Message"]
    for secret in (CASE.ins, CASE.traits.family, STUDY):
        assert secret not in json.dumps(note)


def speak(ago: timedelta) -> None:
    """The last word of an enrolled agent."""
    at = datetime.now(UTC) - ago
    told_at = (at, "1.0.0", 1, PacsSeen.REACHABLE, timedelta(0), 0, None, 1, True)
    DynamoAgentStates("health", "demo").put(AgentState("salle-1", *told_at))


def test_an_agent_that_is_silent_is_told_once_and_once_when_it_is_back(journey: Journey) -> None:
    url = subscribed()
    parked(journey)
    speak(timedelta(minutes=40))
    assert wake_waits(event("wake_waits/tick"), CONTEXT) == {"batchItemFailures": []}
    assert wake_waits(event("wake_waits/hourly"), CONTEXT) == {"waiting": 1}
    [note] = told(url)
    assert note["Subject"] == "demo: agent/salle-1 away"
    assert "Un agent du site se tait" in note["Message"]
    speak(timedelta(0))
    for _ in range(2):
        assert wake_waits(event("wake_waits/hourly"), CONTEXT) == {"waiting": 1}
    [note] = told(url)
    assert note["Subject"] == "demo: agent/salle-1 back"
    assert "The site's agent is back" in note["Message"]


def test_the_sweep_ends_the_outage_of_a_structure_that_has_left_while_others_wait(
    journey: Journey,
) -> None:
    url = subscribed()
    parked(journey)
    stores().outage_watch.book.stand("dmp/1750000001", datetime.now(UTC))
    [_] = told(url)
    for _ in range(2):
        assert wake_waits(event("wake_waits/hourly"), CONTEXT) == {"waiting": 1}
    [note] = told(url)
    assert note["Subject"] == "demo: dmp/1750000001 back"
    assert "ou elle a quitté le site" in note["Message"]


def test_an_alert_that_cannot_be_sent_stops_no_tick(
    journey: Journey, monkeypatch: pytest.MonkeyPatch
) -> None:
    parked(journey)
    turn(Circuit.OPEN, minutes=20)

    def fail(*_: object) -> None:
        raise StorageUnavailable("alert")

    monkeypatch.setattr(alerts, "_publish", fail)
    assert wake_waits(event("wake_waits/tick"), CONTEXT) == {"batchItemFailures": []}
    assert "outage not told" in journey.log.getvalue()
