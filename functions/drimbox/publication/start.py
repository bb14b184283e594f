"""The turn of an accepted message: one publication per study that its report names."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Protocol

from functions.drimbox.errors import StorageUnavailable
from functions.drimbox.identity.oid import Uid
from functions.drimbox.identity.tenant import SenderPolicy
from functions.drimbox.publication.ports import (
    Change,
    MessageEntry,
    Outcome,
    Site,
    StudyOutcome,
)
from functions.drimbox.publication.receive import message_key
from functions.drimbox.report.masking import sharing
from functions.drimbox.report.model import Action, Report
from functions.drimbox.report.reading import read_report


class Workflow(Protocol):
    """Starts the publication workflow."""

    def start(self, change: Change) -> None:
        """Start it once: the same change again starts nothing. Raises StorageUnavailable."""
        ...


def load_report(site: Site, message_id: str) -> Report:
    """The accepted message, read again from the inbox; StorageUnavailable when it is not there."""
    raw = site.inbox.get(message_key(message_id))
    if raw is None:
        raise StorageUnavailable("the message is not in the inbox")
    return read_report(raw)


def start(
    site: Site, workflow: Workflow, message_id: str, *, replay: int, received_at: datetime
) -> int:
    """Open the message's entry and start what it asks for; how many studies were started.

    A document that its author keeps out of the DMP (DESTDMP=N), that is restricted (CDA
    confidentiality R or V), or whose sender the tenant leaves out, is acknowledged, recorded with
    its reason, and nothing is sent. A correction or a withdrawal always takes its turn: something
    may be published.
    """
    report = load_report(site, message_id)
    ignored = _ignored(site, report)
    named = tuple(dict.fromkeys(exam.study_instance_uid for exam in report.document.exams))
    studies = (*named, *_left_out(site, report, named))
    entry = site.messages.open(
        MessageEntry(
            message_id=message_id,
            received_at=received_at,
            replays=0,
            ignored=ignored,
            studies={
                study: StudyOutcome(Outcome.IN_PROGRESS, "", received_at)
                for study in (() if ignored else studies)
            },
        )
    )
    if entry.ignored:
        site.audit.record(
            "publication.ignored",
            key=message_id,
            result=entry.ignored,
            who=report.document.legal_authenticator.identifier,
            facts={"ins": report.document.patient.ins.value, "message_id": message_id},
        )
        return 0
    if replay:
        # A replay is for what needs it: a study that another message has taken over, or that is
        # published or in progress, is left alone.
        at = site.clock.now()
        studies = tuple(s for s, known in entry.studies.items() if known.is_replayable(at))
    for study in studies:
        workflow.start(Change(site.tenant.tenant, message_id, study, replay))
    return len(studies)


def _ignored(site: Site, report: Report) -> str:
    """Why nothing is to be published, "" when something is."""
    header = report.header
    sender = site.tenant.sender(header.sending_application, header.sending_facility)
    if sender is not None and sender.policy is SenderPolicy.IGNORE:
        return "ignored_sender"
    return sharing(report).reason if report.action is Action.PUBLISH else ""


def _left_out(site: Site, report: Report, named: Collection[Uid]) -> tuple[Uid, ...]:
    """The studies that the version in force bears on and that this correction does not name."""
    if report.action is not Action.REPLACE:
        return ()
    left: dict[Uid, None] = {}
    for study in named:
        current = site.records.get(study).current
        former = site.messages.get(current.message_id) if current else None
        for other in former.studies if former else ():
            held = site.records.get(other).current if other not in named else None
            if held is not None and current is not None and held.message_id == current.message_id:
                left[other] = None
    return tuple(left)
