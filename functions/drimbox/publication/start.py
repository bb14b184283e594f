"""The turn of an accepted message: one publication per study that its report names."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from functions.drimbox.identity.ins import Ins
from functions.drimbox.identity.oid import Uid
from functions.drimbox.publication.consistency import ignored_sender, not_shared
from functions.drimbox.publication.ports import (
    Change,
    MessageEntry,
    Outcome,
    Site,
    StudyOutcome,
)
from functions.drimbox.publication.subject import image_change, load_message
from functions.drimbox.report.model import Action, Report
from functions.drimbox.report.reading import read_report


class Workflow(Protocol):
    """Starts the publication workflow."""

    def start(self, change: Change) -> None:
        """Start it once: the same change again starts nothing. Raises StorageUnavailable."""
        ...


def start(
    site: Site, workflow: Workflow, message_id: str, *, replay: int, received_at: datetime
) -> int:
    """Open the message's entry and start what it asks for; how many studies were started.

    A document that its author keeps out of the DMP (DESTDMP=N), that is restricted (CDA
    confidentiality R or V), or whose sender the tenant leaves out, is acknowledged, recorded with
    its reason, and nothing is sent. A correction or a withdrawal always takes its turn: something
    may be published. A change of images looks again at each study that it names.
    """
    wish = _wish(site, message_id)
    studies = wish.studies
    entry = site.messages.open(
        MessageEntry(
            message_id=message_id,
            received_at=received_at,
            replays=0,
            ignored=wish.ignored,
            studies={
                study: StudyOutcome(Outcome.IN_PROGRESS, "", received_at)
                for study in (() if wish.ignored else studies)
            },
        )
    )
    if entry.ignored:
        site.audit.record(
            "publication.ignored",
            key=message_id,
            result=entry.ignored,
            who=wish.who,
            facts={
                "ins": wish.patient.value if wish.patient else "",
                "message_id": message_id,
            },
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


@dataclass(frozen=True, slots=True)
class _Wish:
    """What one message asks. ``ignored`` is the reason why nothing is sent, "" when it is."""

    studies: tuple[Uid, ...]
    ignored: str
    who: str
    patient: Ins | None


def _wish(site: Site, message_id: str) -> _Wish:
    raw = load_message(site, message_id)
    images = image_change(message_id, raw)
    if images is not None:
        header = images.header
        who = f"{header.sending_application}|{header.sending_facility}" if header else "pacs"
        ignored = ignored_sender(site.tenant, header) if header else ""
        return _Wish(images.studies, ignored, who, images.patient)
    report = read_report(raw)
    document = report.document
    named = tuple(dict.fromkeys(exam.study_instance_uid for exam in document.exams))
    return _Wish(
        studies=(*named, *_left_out(site, report, named)),
        ignored=ignored_sender(site.tenant, report.header) or not_shared(report),
        who=document.legal_authenticator.identifier,
        patient=document.patient.ins,
    )


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
