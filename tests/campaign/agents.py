"""The agent of a site in the campaign: it hears its queue, does the jobs, and may lie.

It speaks to the cloud by the JSON of the routes. Each of its requests, and each body that it puts,
is a call as all others: it may be killed there, do it twice, or never hear the answer. A message
that it does not delete comes again, to this agent or to another one; after five times its job is
ended, as ``fail_jobs`` does.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from functions.drimbox.agents import wire
from functions.drimbox.agents.answering import AnswerDesk, read_envelope
from functions.drimbox.agents.presence import AgentState, PacsSeen
from functions.drimbox.errors import (
    Absent,
    BadRequest,
    Conflict,
    Held,
    ObjectUnservable,
    PacsUnavailable,
)
from functions.drimbox.images.cache_keys import SeriesKeys
from functions.drimbox.images.fill import assemble
from functions.drimbox.images.multipart import Item, boundary_for, lay_out
from functions.drimbox.jobs.job import Kind
from functions.drimbox.oid import Uid
from functions.drimbox.publication.site_fills import SiteFills
from functions.drimbox.study import codec
from tests.campaign.faults import LIES, Fault
from tests.campaign.pacs import PartialPacs
from tests.campaign.preparing import SPOOL, Images, Source, stored
from tests.campaign.scenarios import REJECTED
from tests.campaign.scheduler import Scheduler
from tests.drimbox.images.samples import EXPLICIT, MemoryStore
from tests.fakes.memory import VirtualClock
from tests.fakes.world import Calls, Port

NAME: Final = "agent"
# As infra/shared/queue.py has them.
_INVISIBLE: Final = timedelta(seconds=120)
_DELIVERIES: Final = 5
# Of the queue of the messages that no agent treated.
_LETTERS_INVISIBLE: Final = timedelta(minutes=3)
_LETTERS: Final = 1000
# An object that no manifest names.
_STRANGER: Final = 9


@dataclass
class LastWords:
    """The agent's last word: it speaks every four minutes, but not while it is away, from when to
    when."""

    clock: VirtualClock
    away: tuple[datetime, datetime] | None = None

    def all(self) -> tuple[AgentState, ...]:
        now = self.clock.now()
        seen_at = self.away[0] if self.away and self.away[0] <= now < self.away[1] else now
        return (
            AgentState(
                name=NAME,
                seen_at=seen_at,
                version="1.0.0",
                protocol=wire.PROTOCOL,
                pacs=PacsSeen.REACHABLE,
                ahead=timedelta(0),
                spooled=0,
                spooled_since=None,
                disk_free=10**9,
            ),
        )

    def back_at(self, now: datetime) -> datetime | None:
        """When the agent is there again, None while it is there."""
        return self.away[1] if self.away and self.away[0] <= now < self.away[1] else None


@dataclass(frozen=True, slots=True)
class Ports:
    """The cloud, as the agent reaches it, and the site. ``lost``: the errors after which a
    message is not deleted; ``hear`` is told of each."""

    calls: Calls
    clock: VirtualClock
    scheduler: Scheduler
    words: LastWords
    pacs: PartialPacs
    images: Images
    at_fault: set[Uid]
    answers: Callable[[], AnswerDesk]
    fills: Callable[[], SiteFills]
    lost: tuple[type[BaseException], ...]
    hear: Callable[[BaseException], None]


@dataclass
class SiteProgram:
    """The agent. ``lie``: how its next answer, or the next body, is not what it should be."""

    ports: Ports
    lie: Fault | None = None

    def ring(self, key: str) -> None:
        """A message of the queue, from its first delivery to its end."""
        ports = self.ports
        for _ in range(_DELIVERIES):
            back = ports.words.back_at(ports.clock.now())
            if back is not None:
                ports.scheduler.sleep(back - ports.clock.now())
            try:
                self._do(key)
            except ports.lost as error:
                ports.hear(error)
            else:
                return
            ports.scheduler.sleep(_INVISIBLE)
        self._letter(key)

    def _letter(self, key: str) -> None:
        """Nobody could do it; its consumer ends the job."""
        ports = self.ports
        for _ in range(_LETTERS):
            try:
                self._desk(wire.kind_of(key)).give_up(key)
            except ports.lost as error:
                ports.hear(error)
            else:
                return
            ports.scheduler.sleep(_LETTERS_INVISIBLE)

    def _desk(self, kind: Kind) -> Any:
        return self.ports.fills() if kind is Kind.FILL else self.ports.answers()

    def _do(self, key: str) -> None:
        kind, call = wire.kind_of(key), self.ports.calls.call
        try:
            shown = call("agent.show", lambda: self._desk(kind).show(key))
        except (Absent, Conflict):
            return
        if not self._post(key, shown, self._outcome(kind, shown)):
            self._post(key, shown, {"outcome": "failed", "reason": "agent_failed"})

    def _post(self, key: str, shown: Mapping[str, Any], outcome: Mapping[str, Any]) -> bool:
        """Whether the cloud understood; a job that has ended needs no answer."""
        kind = wire.kind_of(key)

        def take() -> None:
            facts = {"protocol": wire.PROTOCOL, "attempt": shown["attempt"], **outcome}
            if self.lie is Fault.ANOTHER_ANSWER:
                facts = _other(facts)
            self._desk(kind).take(key, read_envelope(facts, kind))

        try:
            self.ports.calls.call("agent.answer", take)
        except BadRequest:
            return False
        except (Absent, Conflict):
            return True
        return True

    def _outcome(self, kind: Kind, shown: Mapping[str, Any]) -> dict[str, Any]:
        ask = shown["ask"]
        try:
            if kind is Kind.FILL:
                return {"outcome": "answered", "incoming": self._brought(shown)}
            answer = self._survey(ask) if kind is Kind.SURVEY else self._index(ask)
        except ObjectUnservable as error:
            named = {"objects": [str(one) for one in error.objects]}
            return {"outcome": "failed", "reason": error.code, **named}
        except (PacsUnavailable, Held) as error:
            return {"outcome": "failed", "reason": error.code}
        return {"outcome": "answered", "answer": answer}

    def _index(self, ask: Mapping[str, Any]) -> dict[str, Any]:
        pacs: Any = Port("pacs", self.ports.pacs, self.ports.calls)
        found = pacs.find_study(Uid(ask["study_instance_uid"]))
        return {"found": False} if found is None else {"found": True, "index": codec.write(found)}

    def _survey(self, ask: Mapping[str, Any]) -> dict[str, Any]:
        pacs: Any = Port("pacs", self.ports.pacs, self.ports.calls)
        return {
            "studies": [
                {"study_instance_uid": study, "found": pacs.has_study(Uid(study))}
                for study in ask["studies"]
            ]
        }

    def _brought(self, shown: Mapping[str, Any]) -> dict[str, Any]:
        """The series is put, and told: its key, size and hash."""
        ask, key = shown["ask"], shown["incoming"]["key"]
        study, series = Uid(ask["study_instance_uid"]), Uid(ask["series_instance_uid"])
        keys = SeriesKeys(study, Uid(ask["manifest_uid"]), series, ask["notes"])
        wanted = [Uid(uid) for uids in ask["instances"].values() for uid in uids]
        at_site, ports = MemoryStore(), self.ports
        source: Any = Source(ports.pacs, ports.calls, ports.at_fault)
        assemble(source, at_site, keys, wanted, spool=SPOOL)
        told = at_site.objects[keys.multipart]
        place = key.partition("/")[2]

        def put() -> bytes:
            given = told if self.lie is None else _lied(self.lie, keys, wanted, told)
            if given:
                # A key takes one object; the agent that comes again finds its own.
                ports.images.objects.setdefault(place, given)
            return told if self.lie is Fault.OTHER_BODY else given or told

        said: bytes = ports.calls.call("agent.put", put)
        return {"key": key, "size": len(said), "sha256": hashlib.sha256(said).hexdigest()}


def _other(facts: dict[str, Any]) -> dict[str, Any]:
    """An answer to another question."""
    if "incoming" in facts:
        return {**facts, "incoming": {**facts["incoming"], "key": "demo/incoming/1.2.3/body"}}
    return {**facts, "answer": {"found": True, "index": {}}} if "answer" in facts else facts


def _lied(lie: Fault, keys: SeriesKeys, wanted: list[Uid], told: bytes) -> bytes:
    """A body that is none of the series; empty for one that is not put at all."""
    assert lie in LIES
    study, series = keys.study_instance_uid, keys.series_instance_uid
    objects = [stored(study, series, str(uid)) for uid in wanted]
    if lie is Fault.NO_BODY:
        return b""
    if lie is Fault.OTHER_BODY:
        return bytes(len(told))
    if lie is Fault.BODY_LACKS:
        objects = objects[:-1]
    if lie is Fault.BODY_FOREIGN:
        objects[-1] = stored(f"{study}.9", series, str(wanted[-1]))
    if lie is Fault.BODY_CUT:
        objects[-1] = objects[-1][:-4]
    if lie is Fault.BODY_MORE:
        # The one that a note rejects, where there is one.
        rejected = f"{series}.{REJECTED}"
        more = rejected if rejected not in wanted else f"{series}.{_STRANGER}"
        objects.append(stored(study, series, more))
    layout = lay_out(boundary_for(keys.multipart), [Item(len(one), EXPLICIT) for one in objects])
    parts = zip(layout.heads, objects, strict=True)
    return b"".join(head + one for head, one in parts) + layout.tail
