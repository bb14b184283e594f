"""The state of the agent as its page tells it: counts and times, no fact of a message."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from agent.status.work import OUTDATED, UNKNOWN
from functions.drimbox.values import frozen
from functions.drimbox.wording.agent import CLOUD, PROBLEMS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime, timedelta

    from agent.mllp.desk import Answer
    from agent.spool.line import Line
    from agent.spool.store import Depth
    from agent.status.journal import Journal
    from agent.status.work import WorkState
    from functions.drimbox.ports import Clock
    from functions.drimbox.wording.text import Advice

# Seconds. A signed request tolerates fifteen minutes, a certificate none.
CLOCK_TOLERANCE: Final = 120.0


@dataclass
class ListenerBoard:
    """One listener's counts since the start; implements ``mllp.listener.Board``."""

    name: str
    clock: Clock
    journal: Journal
    port: int = 0
    connections: int = 0
    answers: Counter[tuple[str, str]] = field(default_factory=Counter)
    left: Counter[str] = field(default_factory=Counter)
    last_at: datetime | None = None

    def opened(self) -> None:
        """See ``Board``."""
        self.connections += 1

    def closed(self) -> None:
        """See ``Board``."""
        self.connections -= 1

    def turned_away(self, why: str) -> None:
        """See ``Board``."""
        self.left[why] += 1
        self.journal.event("turned away", listener=self.name, why=why)

    def failed(self, error: Exception) -> None:
        """See ``Board``."""
        self.left["fault"] += 1
        self.journal.fault(error, listener=self.name)

    def answered(self, answer: Answer) -> None:
        """See ``Board``."""
        self.answers[answer.how, answer.code] += 1
        self.last_at = self.clock.now()

    def facts(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "name": self.name,
            "port": self.port,
            "connections": self.connections,
            "answers": [
                {"from": how, "code": code, "count": count}
                for (how, code), count in sorted(self.answers.items())
            ],
            "turned_away": dict(sorted(self.left.items())),
            "last_message_at": moment(self.last_at),
        }


@dataclass
class SpoolBoard:
    """The messages that left the spool since the start; implements ``spool.delivery.Told``."""

    journal: Journal
    sent_count: int = 0
    last_sent_at: datetime | None = None
    aside: Counter[str] = field(default_factory=Counter)

    def sent(self, at: datetime) -> None:
        """See ``Told``."""
        self.sent_count += 1
        self.last_sent_at = at

    def failed(self, error: Exception) -> None:
        """See ``Told``."""
        self.journal.fault(error)

    def put_aside(self, why: str) -> None:
        """See ``Told``."""
        self.aside[why] += 1
        self.journal.event("put aside", why=why)


@frozen
class PacsState:
    """One archive, as the agent's jobs know it. ``state``: ``reachable``, ``unreachable``, or
    ``unknown`` before anybody has asked it; ``since`` the start of that state."""

    name: str
    state: str
    since: datetime | None = None


@frozen
class SpoolState:
    """The spool at one moment. ``depth`` is None where the disk does not tell it, or where nothing
    is kept (``keeps`` False); ``patience`` and ``least_free`` are those of ``spool.keeper.Room``.
    """

    keeps: bool
    depth: Depth | None
    free: int | None
    patience: timedelta
    least_free: int


@frozen
class Snapshot:
    """Everything at one moment. ``difference`` is the cloud's clock minus ours, None before any
    answer; ``work`` is None for an agent without jobs."""

    version: str
    started_at: datetime
    now: datetime
    line: Line
    difference: timedelta | None
    spool: SpoolState
    spooled: SpoolBoard
    listeners: tuple[ListenerBoard, ...]
    pacs: tuple[PacsState, ...] = ()
    work: WorkState | None = None


def describe(one: Snapshot) -> dict[str, Any]:
    """The facts, as JSON; ``problems`` have their words and remedies in both languages."""
    problems = list(_problems(one))
    return {
        "version": one.version,
        "started_at": moment(one.started_at),
        "now": moment(one.now),
        "healthy": not problems,
        "problems": [
            {"code": code, "words": words.by_language(), "todo": words.todo.by_language()}
            for code, words in problems
        ],
        "gateway": {
            "state": str(one.line.state),
            "cause": one.line.cause,
            "since": moment(one.line.since),
            "answered_at": moment(one.line.answered_at),
            "clock_difference_seconds": None
            if one.difference is None
            else round(one.difference.total_seconds()),
        },
        "spool": _spool(one),
        "listeners": [listener.facts() for listener in one.listeners],
        "pacs": [
            {"name": pacs.name, "state": pacs.state, "since": moment(pacs.since)}
            for pacs in one.pacs
        ],
        "work": _work(one.work) if one.work else None,
    }


def _work(work: WorkState) -> dict[str, Any]:
    return {
        "state": work.state,
        "since": moment(work.since),
        "answered_at": moment(work.answered_at),
        "last_job_at": moment(work.last_job_at),
        "jobs": [
            {"kind": kind, "outcome": outcome, "count": count}
            for (kind, outcome), count in sorted((work.jobs or {}).items())
        ],
    }


def _spool(one: Snapshot) -> dict[str, Any]:
    depth = one.spool.depth
    oldest = depth.oldest_at if depth else None
    return {
        "keeps": one.spool.keeps,
        "messages": depth.messages if depth else None,
        "bytes": depth.bytes if depth else None,
        "oldest_at": moment(oldest),
        "oldest_seconds": max(0, round((one.now - oldest).total_seconds())) if oldest else None,
        "aside": depth.aside if depth else None,
        "put_aside": dict(sorted(one.spooled.aside.items())),
        "sent": one.spooled.sent_count,
        "last_sent_at": moment(one.spooled.last_sent_at),
        "disk_free_bytes": one.spool.free,
    }


def _problems(one: Snapshot) -> Iterator[tuple[str, Advice]]:
    if one.line.is_shut:
        yield f"gateway_{one.line.cause}", CLOUD[one.line.cause]
    for code, there in _conditions(one):
        if there:
            yield code, PROBLEMS[code]


def _conditions(one: Snapshot) -> Iterable[tuple[str, bool]]:
    state, depth = one.spool, one.spool.depth
    oldest = depth.oldest_at if depth else None
    work = one.work
    told = (one.difference, work.skew if work else None)
    apart = max(abs(each.total_seconds()) if each is not None else 0.0 for each in told)
    return (
        (UNKNOWN, work is not None and work.refusal == UNKNOWN),
        (OUTDATED, work is not None and work.refusal == OUTDATED),
        ("no_work", work is not None and not work.refusal and work.is_silent(one.now)),
        ("clock_wrong", apart > CLOCK_TOLERANCE),
        ("disk_fault", state.keeps and (depth is None or state.free is None)),
        ("disk_low", state.keeps and state.free is not None and state.free < state.least_free),
        ("spool_old", oldest is not None and one.now - oldest >= state.patience),
        ("aside", depth is not None and depth.aside > 0),
        ("pacs_unreachable", any(pacs.state == "unreachable" for pacs in one.pacs)),
    )


def moment(at: datetime | None) -> str | None:
    """ISO 8601, whole seconds, None for None."""
    return None if at is None else at.isoformat(timespec="seconds")


def count_of(answers: Iterable[Mapping[str, Any]], code: str) -> int:
    """How many of a listener's answers have that code."""
    return sum(int(one["count"]) for one in answers if one["code"] == code)
