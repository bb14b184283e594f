"""Activity of a tenant: the outcomes of its publications by day, and their delays.

All counts come from the messages' own log, so a counter cannot drift.

**Delay**: from validation to publication, for each publication of a new or corrected report. The
report was validated when its legal authenticator signed (CDA legalAuthenticator/time), which is
when a professional may expect it; its effectiveTime stands in where that is missing. It is not the
message's arrival: the patient also waits while the site sends the report.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta, tzinfo
from typing import TYPE_CHECKING, Any, Final

from functions.drimbox.errors import BadRequest
from functions.drimbox.operations.permissions import Caller, demand
from functions.drimbox.operations.queue import Query, find
from functions.drimbox.publication.message_entry import MessageEntry, MessageKind, Outcome
from functions.drimbox.tenants.model import Permission

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from functions.drimbox.publication.ports import Site

MOST_DAYS: Final = 31
DAYS: Final = 7
# The most messages read for one report; beyond, the answer says that it is not complete.
MOST_ENTRIES: Final = 20_000
_STATES: Final = (*(str(outcome) for outcome in Outcome), "ignored")
# The counters of a day: messages received, messages left aside, and the outcomes of the studies.
COUNTED: Final = (
    "received",
    "ignored",
    "published",
    "withdrawn",
    "unchanged",
    "superseded",
    "held",
    "replayed",
)


def days_of(text: str | None) -> int:
    """The number of days in a request, today included; BadRequest for anything else."""
    if text is None:
        return DAYS
    if not text.isascii() or not text.isdecimal() or not 1 <= int(text[:3]) <= MOST_DAYS:
        raise BadRequest("days")
    return int(text[:3])


def report_activity(site: Site, caller: Caller, *, days: int) -> dict[str, Any]:
    """Counters of the last ``days`` days of the site's clock, today included, and the delays.

    Delays are seconds: ``p50`` and ``p95`` by nearest rank, None without any publication;
    ``within`` is the share of publications within the tenant's objective, None without one.
    ``complete`` is false where more messages changed in that time than are read for one answer.
    Forbidden without the permission ``view``.
    """
    operator = demand(site.audit, caller, Permission.VIEW)
    tally = _tally(site, days)
    site.audit.record(
        "activity.reported",
        key=caller.request_id,
        result="shown",
        who=operator.subject,
        facts={"days": str(days)},
    )
    objective = site.tenant.publication_objective
    seconds = sorted(tally.delays)
    within = sum(one <= objective.total_seconds() for one in seconds) if objective else 0
    return {
        "days": [
            {"day": day.isoformat(), **{name: counted[name] for name in COUNTED}}
            for day, counted in sorted(tally.by_day.items())
        ],
        "delay_seconds": {
            "publications": len(seconds),
            "p50": percentile(seconds, 50),
            "p95": percentile(seconds, 95),
            "objective": objective.total_seconds() if objective else None,
            "within": within / len(seconds) if objective and seconds else None,
        },
        "complete": tally.complete,
    }


def percentile(ordered: Sequence[float], rank: int) -> float | None:
    """The value that ``rank`` percent of ``ordered`` do not exceed, by nearest rank."""
    return ordered[-(-len(ordered) * rank // 100) - 1] if ordered else None


@dataclass
class _Tally:
    first: datetime
    zone: tzinfo
    by_day: dict[date, Counter[str]]
    delays: list[float] = field(default_factory=list)
    complete: bool = True

    def count(self, what: str, at: datetime) -> None:
        day = at.astimezone(self.zone).date()
        if day in self.by_day:
            self.by_day[day][what] += 1

    def add(self, entry: MessageEntry) -> None:
        if entry.kind is not MessageKind.WITHDRAWAL:
            self.count("received", entry.received_at)
        if entry.ignored:
            self.count("ignored", entry.received_at)
        if entry.held:
            self.count("held", entry.received_at)
        replays: dict[int, datetime] = {}
        for event in entry.history:
            if event.outcome.outcome is not Outcome.IN_PROGRESS:
                self.count(str(event.outcome.outcome), event.outcome.changed_at)
            if event.replay:
                replays.setdefault(event.replay, event.outcome.changed_at)
            if event.outcome.outcome is Outcome.PUBLISHED and entry.validated_at is not None:
                self._delay(event.outcome.changed_at, entry.validated_at)
        for at in replays.values():
            self.count("replayed", at)

    def _delay(self, published: datetime, validated: datetime) -> None:
        if published >= self.first:
            self.delays.append((published - validated).total_seconds())


def _tally(site: Site, days: int) -> _Tally:
    zone = site.tenant.time_zone
    today = site.clock.now().astimezone(zone).date()
    wanted = [today - timedelta(days=back) for back in range(days)]
    first = datetime.combine(min(wanted), time(), zone)
    tally = _Tally(first, zone, {day: Counter() for day in wanted})
    for number, entry in enumerate(_changed_since(site, first)):
        if number == MOST_ENTRIES:
            tally.complete = False
            break
        tally.add(entry)
    return tally


def _changed_since(site: Site, first: datetime) -> Iterator[MessageEntry]:
    """The messages of this time: if one came or changed since then, its last change is since
    then.
    """
    for state in _STATES:
        query: str | None = None
        while True:
            page = find(site, Query(state=state, since=first, after=query))
            yield from page.entries
            if page.next is None:
                break
            query = page.next
