"""The calls of one calm publication: one report, nothing fails, nobody else is there."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import Any
from unittest import mock

from functions.drimbox.publication import messages, receive, report_in_force
from functions.drimbox.publication.start import start
from functions.drimbox.report.reading import read_report
from tests.fakes.memory import MemoryBlobs
from tests.fakes.world import TENANT, Port, World, case

STEPS = ("receive", "start", "admit", "index", "build", "publish", "settle")


@dataclass
class StepCalls:
    """``calls`` of ports in all, ``fetched``: the message read whole, ``parsed``: HL7 and CDA."""

    calls: int = 0
    fetched: int = 0
    parsed: int = 0


# The ceilings of all steps together, and of the step that speaks to the DMP. A filling at
# publication adds the others: the manifest read, and a job read, written and sent. One call of all
# is for the operators: the terms by which they find the publication.
MOST = StepCalls(calls=48, fetched=5, parsed=6)
MOST_OF_PUBLISH = 18
MOST_OF_FILLING = 4


class _Inbox(MemoryBlobs):
    """Counts the messages that it gives."""

    given = 0

    def get(self, key: str) -> bytes | None:
        data = super().get(key)
        self.given += key.startswith("messages/") and data is not None
        return data


def calm_publication(*, fills: bool = False) -> dict[str, StepCalls]:
    """The calls of each step, in the publication of one report of one study with one series.

    ``fills``: the tenant wants its cache filled at publication.
    """
    inbox, parsed = _Inbox(), mock.Mock(side_effect=read_report)
    world = World(inbox=inbox, tenant=replace(TENANT, cache_on_publication=fills))
    report = case("C")
    world.archive_study(report)
    counted: dict[str, StepCalls] = {}

    def count(step: str, act: Callable[[], Any]) -> None:
        before = len(world.calls.names), inbox.given, parsed.call_count
        act()
        after = len(world.calls.names), inbox.given, parsed.call_count
        counted[step] = StepCalls(*(b - a for a, b in zip(before, after, strict=True)))

    with ExitStack() as stack:
        for module in (messages, receive, report_in_force):
            stack.enter_context(mock.patch.object(module, "read_report", parsed))
        count("receive", lambda: world.send(report))
        ((message_id, replay, at),) = world.queue.messages
        workflow: Any = Port("workflow", world.workflow, world.calls)
        count(
            "start",
            lambda: start(world.site, workflow, message_id, replay=replay, received_at=at),
        )
        (change,) = world.workflow.started.values()
        for name, step in zip(STEPS[2:], world._steps(), strict=True):
            count(name, lambda step=step: step(change))  # type: ignore[misc]
    world.close()
    if world.entry(message_id).state != "published":
        raise AssertionError("nothing was published")
    return counted


def total(counted: dict[str, StepCalls]) -> StepCalls:
    """All steps together."""
    found = counted.values()
    return StepCalls(
        sum(one.calls for one in found),
        sum(one.fetched for one in found),
        sum(one.parsed for one in found),
    )
