"""The queue: publications that wait for a human, and any other state, as an operator lists them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from functions.drimbox.errors import BadRequest
from functions.drimbox.operations.afterwards import Afterwards, afterwards, state_of
from functions.drimbox.operations.permissions import Caller, demand
from functions.drimbox.publication.message_entry import STALLED, MessageEntry, Outcome, StudyOutcome
from functions.drimbox.publication.ports import MessagePage, Site
from functions.drimbox.publication.record import State
from functions.drimbox.publication.waiting.parked import parked_studies
from functions.drimbox.tenants.model import Permission
from functions.drimbox.values import frozen
from functions.drimbox.wording import lookup
from functions.drimbox.wording.held import HELD_REASONS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from functions.drimbox.publication.finding import ExamFacts
    from functions.drimbox.publication.ports import RecordOf
    from functions.drimbox.publication.waiting.wait import Wait
    from functions.drimbox.tenants.model import Operator

PAGE: Final = 50
# The most messages read for one page, where a filter leaves most of them out: a page may then be
# empty and still have a next one.
ROUNDS: Final = 10
STALLED_STATE: Final = "stalled"
UNKNOWN_STATE: Final = "unknown"
STATES: Final = frozenset(
    {
        *(str(outcome) for outcome in Outcome if outcome is not Outcome.SET_ASIDE),
        *("ignored", STALLED_STATE, UNKNOWN_STATE),
    }
)


@frozen
class Query:
    """The criteria of a list. ``state``: an outcome, ``ignored``, ``stalled`` (in progress for so
    long that its execution is lost) or ``unknown`` (sent, and the DMP's answer never came).

    ``reason`` is a code of the catalogue, ``sender`` is ``APPLICATION|FACILITY``; "" takes any.
    ``since`` and ``until`` (aware) bound the last change. ``after`` is a former page's ``next``.
    """

    state: str = "held"
    reason: str = ""
    sender: str = ""
    since: datetime | None = None
    until: datetime | None = None
    after: str | None = None

    @classmethod
    def read(cls, given: Callable[[str], str | None]) -> Query:
        """From a request's parameters; BadRequest names the one that is ill-formed."""
        query = cls(
            state=given("state") or "held",
            reason=given("reason") or "",
            sender=given("sender") or "",
            since=_moment(given("since"), "since"),
            until=_moment(given("until"), "until"),
            after=given("after"),
        )
        if query.state not in STATES:
            raise BadRequest("state")
        if query.reason and query.reason not in HELD_REASONS:
            raise BadRequest("reason")
        return query

    def takes(self, entry: MessageEntry) -> bool:
        """Whether the entry is of that sender, and is held or has a study held for that reason."""
        reasons = {entry.held, *(study.reason for study in entry.studies.values())}
        return (not self.reason or self.reason in reasons) and self.sender in ("", entry.sender)


def _moment(text: str | None, name: str) -> datetime | None:
    if not text:
        return None
    try:
        # A plus in a query is a space: "2026-11-26T09:00:00 01:00".
        moment = datetime.fromisoformat(text.replace(" ", "+"))
        if moment.tzinfo is None:
            raise BadRequest(name)
        # The first hours of year 1 and the last of year 9999 have no time in UTC in every zone.
        return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        raise BadRequest(name) from None


def list_publications(site: Site, caller: Caller, query: Query) -> MessagePage:
    """One page of publications, latest change first.

    Raises Forbidden without the permission ``view``, BadRequest for a position that no former
    page gave.
    """
    operator = demand(site.audit, caller, Permission.VIEW)
    page = find(site, query)
    site.audit.record(
        "publications.listed",
        key=caller.request_id,
        result=query.state,
        who=operator.subject,
        facts={"count": str(len(page.entries)), **shown_patients(page.entries, operator)},
    )
    return page


def find(site: Site, query: Query) -> MessagePage:
    """One page, for a caller whose permission was checked."""
    after = query.after
    for _ in range(ROUNDS):
        page = (
            _unknown(site, query, after)
            if query.state == UNKNOWN_STATE
            else _log(site, query, after)
        )
        kept = tuple(
            entry
            for entry in page.entries
            if query.takes(entry) and not (query.state == STALLED_STATE and _waits(site, entry))
        )
        if kept or page.next is None:
            return MessagePage(kept, page.next)
        after = page.next
    return MessagePage((), after)


def _log(site: Site, query: Query, after: str | None) -> MessagePage:
    state, until = query.state, query.until
    if state == STALLED_STATE:
        state = str(Outcome.IN_PROGRESS)
        latest = site.clock.now() - STALLED
        until = min(until, latest) if until else latest
    return site.messages.find(state, limit=PAGE, after=after, since=query.since, until=until)


def _waits(site: Site, entry: MessageEntry) -> bool:
    """Whether each study that is in progress waits outside the workflow: nothing is lost of it."""
    parked = parked_studies(site, entry)
    return all(
        study in parked
        for study, one in entry.studies.items()
        if one.outcome is Outcome.IN_PROGRESS
    )


def _unknown(site: Site, query: Query, after: str | None) -> MessagePage:
    """The messages whose sending has no known outcome, by their studies' records."""
    state, _, position = (after or f"{State.UNKNOWN}.").partition(".")
    if state not in (State.UNKNOWN, State.RECONCILING):
        raise BadRequest("after")
    page = site.records.find(state, limit=PAGE, after=position or None)
    found: dict[str, MessageEntry] = {}
    for record in page.records:
        entry = site.messages.get(record.pending.message_id) if record.pending else None
        if entry is not None and _between(query, entry.changed_at):
            found[entry.message_id] = entry
    following = f"{state}.{page.next}" if page.next is not None else None
    if following is None and state == State.UNKNOWN:
        following = f"{State.RECONCILING}."
    return MessagePage(tuple(found.values()), following)


def _between(query: Query, at: datetime) -> bool:
    return (query.since is None or query.since <= at) and (query.until is None or at <= query.until)


def shown_patients(entries: Iterable[MessageEntry], operator: Operator) -> dict[str, str]:
    """For the audit: the publications beside which the operator reads the patient's name."""
    if not operator.may(Permission.PATIENTS):
        return {}
    return {"patients_of": " ".join(entry.message_id for entry in entries)}


def describe(site: Site, page: MessagePage, operator: Operator | None = None) -> dict[str, Any]:
    """A page of publications as ``operator`` may see it: without one, no patient is named."""
    return {"publications": describe_all(site, page.entries, operator), "next": page.next}


def describe_all(
    site: Site, entries: Sequence[MessageEntry], operator: Operator | None
) -> list[dict[str, Any]]:
    """Publications as a list shows them, reasons in words, with their exams' numbers, modalities
    and days. The patient is there for an operator with the permission ``patients`` alone.
    """
    known = site.finder.facts([entry.message_id for entry in entries])
    named = operator is not None and operator.may(Permission.PATIENTS)
    return [
        describe_entry(site, entry) | _exam(known.get(entry.message_id), named) for entry in entries
    ]


def _exam(facts: ExamFacts | None, named: bool) -> dict[str, Any]:
    if facts is None:
        return {}
    told = {
        "accession_numbers": list(facts.accessions),
        "modalities": list(facts.modalities),
        "days": list(facts.days),
    }
    whose = {"patient": facts.patient, "birth_date": facts.birth_date} if named else {}
    return {"exam": told | whose}


def describe_entry(
    site: Site, entry: MessageEntry, record_of: RecordOf | None = None
) -> dict[str, Any]:
    """One publication as it is shown in a list. ``state`` and ``outcome`` are a Fate where a later
    publication has replaced or withdrawn what this one published; ``afterwards`` names it.
    ``record_of``: the site's records as the caller reads them."""
    later = afterwards(record_of or site.records.get, entry)
    parked = parked_studies(site, entry)
    return {
        "id": entry.message_id,
        "state": state_of(entry, later.values()),
        "received_at": entry.received_at.isoformat(),
        "changed_at": entry.changed_at.isoformat(),
        "sender": entry.sender,
        "replays": entry.replays,
        "override": entry.override,
        "ignored": entry.ignored,
        **lookup.ignored(entry.ignored),
        **lookup.held(entry.held),
        "studies": [
            {
                "study_instance_uid": str(uid),
                **describe_study(study, later.get(uid)),
                **describe_wait(parked.get(uid)),
            }
            for uid, study in entry.studies.items()
        ],
    }


def describe_study(study: StudyOutcome, later: Afterwards | None) -> dict[str, Any]:
    """The state of one study now, in words."""
    described = describe_outcome(study)
    if later is None:
        return described
    return {**described, "outcome": str(later.fate), "afterwards": later.describe()}


def describe_wait(wait: Wait | None) -> dict[str, Any]:
    """The wait of a study outside the workflow, in words; nothing for a study that does not wait.
    ``since`` is when this wait began, ``until`` when the tenant's patience is over."""
    if wait is None:
        return {}
    told = {"since": wait.since.isoformat(), "until": wait.until.isoformat()}
    return {"parked": {**lookup.wait(wait.kind), **told}}


def describe_outcome(study: StudyOutcome) -> dict[str, Any]:
    """The state of one study, in words."""
    return {
        "outcome": str(study.outcome),
        "changed_at": study.changed_at.isoformat(),
        **lookup.reason(study.reason),
    }
