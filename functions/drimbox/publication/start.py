"""The turn of an accepted message: one publication per study that its report names."""

from __future__ import annotations

from dataclasses import field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Protocol, assert_never

from functions.drimbox.errors import StartRefused
from functions.drimbox.publication import site_accepted
from functions.drimbox.publication.change import Change, Step
from functions.drimbox.publication.message_entry import (
    HISTORY,
    Event,
    MessageEntry,
    Outcome,
    StudyOutcome,
)
from functions.drimbox.publication.messages import (
    Message,
    OrderChangeMessage,
    RejectionNoteMessage,
    RepairMessage,
    ReportMessage,
    SiteAcceptedMessage,
    WithdrawalMessage,
    load,
    load_judged,
)
from functions.drimbox.publication.news import ring
from functions.drimbox.publication.replayable import starts
from functions.drimbox.publication.sharing_rules import ignored_sender, not_shared
from functions.drimbox.publication.standing import left_out, named_in
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from collections.abc import Mapping

    from functions.drimbox.oid import Uid
    from functions.drimbox.publication.ports import Site
    from functions.drimbox.report.model import MessageHeader, Report


class Workflow(Protocol):
    """Starts the publication workflow."""

    def start(self, change: Change, at: Step) -> None:
        """Start it once, at that step: the same change again starts nothing. A change that has
        waited is another one. Raises StorageUnavailable: no start is taken now; StartRefused: this
        one never is.
        """
        ...


def start(
    site: Site, workflow: Workflow, message_id: str, *, replay: int, received_at: datetime
) -> int:
    """Open the message's entry and start what it asks for; how many studies were started.

    A document that its author keeps out of the DMP (DESTDMP=N), that is restricted (CDA
    confidentiality R or V), or whose sender the tenant leaves out, is acknowledged, recorded with
    its reason, and nothing is sent. A correction or a withdrawal always takes its turn: something
    may be published. A change of images looks again at each study that it names. A replay reads
    the message with the override that is in force. Each start keeps the terms by which operators
    find the message. A message that the site has acknowledged, and that the gateway would refuse,
    is held as a whole; a replay judges it anew.

    Raises StorageUnavailable, and StartRefused once every other study was started.
    """
    known = site.messages.get(message_id) if replay else None
    if known is not None and not known.held:
        message: Message | SiteAcceptedMessage = load(site, message_id, known.override)
    else:
        message = load_judged(site, message_id, replay=replay)
    wish = _wish(site, message)
    entry = known or site.messages.open(_opened(message_id, message, wish, received_at))
    site.finder.keep(entry, message)
    if wish.held or (entry.held and not replay):
        _hold(site, entry, wish, replay)
        return 0
    if wish.ignored or (entry.ignored and not replay):
        site.audit.record(
            "publication.ignored",
            key=message_id,
            result=entry.ignored,
            who=wish.who,
            facts={**wish.facts, "message_id": message_id},
        )
        ring(site, message_id)
        return 0
    studies = _replayed(site, entry, wish, replay) if replay else wish.studies
    refused = None
    for study in studies:
        change = Change(site.tenant.tenant, message_id, study, replay, entry.override)
        try:
            workflow.start(change, Step.READ_REPORT)
        except StartRefused as error:  # it stops no other study
            refused = error
    if refused is not None:
        # An ignored message stays ignored: the redelivery finds every study to start again.
        raise refused
    if entry.ignored or entry.held:
        site.messages.restore(message_id, studies, site.clock.now())
    if entry.held:
        site.causes.follow(message_id, None, "")
    return len(studies)


def _hold(site: Site, entry: MessageEntry, wish: _Wish, replay: int) -> None:
    """The message as a whole is held: the operator's page and an alert tell of it."""
    reason = entry.held
    site.audit.record(
        "publication.held",
        key=f"{entry.message_id}/{replay}/{reason}",
        result=reason,
        who=wish.who,
        facts={"message_id": entry.message_id},
    )
    site.causes.follow(entry.message_id, None, reason)
    ring(site, entry.message_id)


def _opened(
    message_id: str,
    message: Message | SiteAcceptedMessage,
    wish: _Wish,
    received_at: datetime,
) -> MessageEntry:
    waiting = StudyOutcome(Outcome.IN_PROGRESS, "", received_at)
    studies = () if wish.ignored else wish.studies
    return MessageEntry(
        message_id=message_id,
        received_at=received_at,
        replays=0,
        ignored=wish.ignored,
        studies=dict.fromkeys(studies, waiting),
        kind=message.kind,
        sender=wish.sender,
        validated_at=wish.validated_at,
        history=tuple(Event(study, waiting, 0) for study in studies)[:HISTORY],
        held=wish.held,
    )


def _replayed(site: Site, entry: MessageEntry, wish: _Wish, replay: int) -> tuple[Uid, ...]:
    """The studies that need a replay; not those that another message has taken over, nor those that
    are published or in progress.
    """
    if entry.ignored or entry.held:
        return wish.studies
    at = site.clock.now()
    started = tuple(starts(site, entry, at, replay))
    for study in started:
        known = entry.studies.get(study)
        if known is None or known.outcome is Outcome.SET_ASIDE:
            site.messages.set_outcome(
                entry.message_id, study, StudyOutcome(Outcome.IN_PROGRESS, "", at)
            )
    return started


@frozen
class _Wish:
    """The request of one message. ``ignored`` is the reason why nothing is sent, "" when it is;
    ``held`` the one for which the message as a whole waits for a human."""

    studies: tuple[Uid, ...]
    who: str
    ignored: str = ""
    held: str = ""
    sender: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)
    validated_at: datetime | None = None


def _wish(site: Site, message: Message | SiteAcceptedMessage) -> _Wish:
    match message:
        case SiteAcceptedMessage(header=header, fault=fault):
            return _Wish(
                (), _sender(header), held=site_accepted.reason_of(fault), sender=_sender(header)
            )
        case ReportMessage():
            return _of_report(site, message)
        case OrderChangeMessage(order=order):
            return _Wish(
                studies=order.studies,
                who=_sender(order.header),
                ignored=ignored_sender(site.tenant, order.header),
                sender=_sender(order.header),
                facts={"ins": order.patient.value},
            )
        case RepairMessage(order=order):
            return _Wish(order.studies, _sender(order.header), sender=_sender(order.header))
        case RejectionNoteMessage():
            return _Wish(message.studies, who="pacs")
        case WithdrawalMessage(order=order):
            return _Wish((order.study_instance_uid,), order.who)
        case _:
            assert_never(message)


def _of_report(site: Site, message: ReportMessage) -> _Wish:
    report = message.report
    document = report.document
    named = named_in(report)
    return _Wish(
        studies=(*named, *left_out(site, report, named)),
        who=document.legal_authenticator.identifier,
        ignored=ignored_sender(site.tenant, report.header) or not_shared(report),
        sender=_sender(message.header),
        facts={"ins": document.patient.ins.value},
        validated_at=_validated_at(site, report),
    )


def _sender(header: MessageHeader) -> str:
    return f"{header.sending_application}|{header.sending_facility}"


def _validated_at(site: Site, report: Report) -> datetime:
    """When the report was validated, in UTC: its legal authenticator's time, else its own.

    A time without zone is on the site's clock; none is later than the message's arrival.
    """
    at = report.document.validated_at or report.document.effective_time
    aware = at if at.tzinfo else at.replace(tzinfo=site.tenant.time_zone)
    return min(aware.astimezone(UTC), site.clock.now())
