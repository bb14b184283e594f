"""The two repairs, both by ways that exist: nothing here writes to the DMP.

To *look again* is what an OMI^O23 asks: one is written in our own name, kept in the inbox and
queued as if it had been received. To *send again* is what the replay of a held publication does:
the study is held as ``manifest_not_in_dmp``, its outcome in doubt, and replayed, so that the DMP is
asked twice before the archived bytes leave again under their own identifiers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from functions.drimbox.errors import StudyBusy
from functions.drimbox.publication.inbox import Queue, message_id, message_key
from functions.drimbox.publication.message_entry import Outcome, StudyOutcome
from functions.drimbox.publication.messages import repair_sender
from functions.drimbox.publication.news import ring
from functions.drimbox.publication.record import NOT_IN_DMP, State, StudyRecord, doubt
from functions.drimbox.reconciliation.observing import report_in_force
from functions.drimbox.reconciliation.planning import Decision, NotRepairedBecause, Repair
from functions.drimbox.report.order_change import write_order_change
from functions.drimbox.tenants.reconciliation_policy import DifferenceKind

if TYPE_CHECKING:
    from datetime import datetime

    from functions.drimbox.publication.ports import Site
    from functions.drimbox.reconciliation.differences import Difference


def blocked(site: Site, record: StudyRecord, difference: Difference) -> NotRepairedBecause:
    """Why the repair of this difference would do nothing, "" when it would."""
    pending, current = record.pending, record.current
    if difference.kind is DifferenceKind.MISSING_MANIFEST:
        if pending is None:
            return NotRepairedBecause.NONE
        if current is None or pending.message_id != current.message_id:
            return NotRepairedBecause.CHANGE_HELD
        return (
            NotRepairedBecause.NONE
            if pending.reason == NOT_IN_DMP
            else NotRepairedBecause.TRIED_BEFORE
        )
    if pending is not None:
        return NotRepairedBecause.CHANGE_HELD
    # A former run repaired this very difference of this very manifest, and it is there again.
    tried = site.messages.get(_order_id(site, difference)) is not None
    return NotRepairedBecause.TRIED_BEFORE if tried else NotRepairedBecause.NONE


def _control_id(difference: Difference) -> str:
    return f"R{difference.mark}"


def _order_id(site: Site, difference: Difference) -> str:
    return message_id(site.tenant.tenant, repair_sender(site.tenant), _control_id(difference))


def repair(site: Site, queue: Queue, run: str, decision: Decision, *, decided_at: datetime) -> None:
    """Do it once, however often it is asked for. Raises StorageUnavailable."""
    difference, how = decision.difference, decision.repair
    record = site.records.get(difference.study_instance_uid)
    if how is Repair.LOOK_AGAIN:
        repaired = _look_again(site, queue, record, difference)
    else:
        repaired = _send_again(site, queue, record, decided_at)
    if repaired:
        site.audit.record(
            "reconciliation.repaired",
            key=f"{run}/{difference.study_instance_uid}/{difference.mark}",
            result=str(how),
            who="drimbox",
            facts={
                "run": run,
                "message_id": repaired,
                "study_instance_uid": str(difference.study_instance_uid),
                "manifest_uid": difference.manifest_uid,
                "difference": str(difference.kind),
            },
        )


def _look_again(site: Site, queue: Queue, record: StudyRecord, difference: Difference) -> str:
    report = report_in_force(site, record)
    if report is None:
        return ""
    at, order_id = site.clock.now(), _order_id(site, difference)
    raw = write_order_change(
        study=difference.study_instance_uid,
        patient=report.document.patient.ins,
        who=repair_sender(site.tenant),
        control_id=_control_id(difference),
        at=at.astimezone(site.tenant.time_zone),
    )
    site.inbox.put_once(message_key(order_id), raw, "application/hl7-v2")
    if site.messages.get(order_id) is None:  # its turn has not come: maybe it was never queued
        queue.send(order_id, replay=0, received_at=at)
    return order_id


def _send_again(site: Site, queue: Queue, record: StudyRecord, decided_at: datetime) -> str:
    at, pending, current = site.clock.now(), record.pending, record.current
    if current is None or (pending is not None and pending.message_id != current.message_id):
        return ""  # a change has come in between: it will meet the same, and be held for it
    if pending is None:
        if current.published_at > decided_at:
            return current.message_id  # it has been sent since
        try:
            # No message takes over from a change in doubt, so the outcome may be recorded after it.
            site.records.put(doubt(record, at))
        except StudyBusy:
            return ""
    elif pending.state is not State.HELD:
        return current.message_id  # on its way
    held = StudyOutcome(Outcome.HELD, NOT_IN_DMP, at)
    site.messages.set_outcome(current.message_id, record.study_instance_uid, held)
    ring(site, current.message_id)
    number = site.messages.next_replay(current.message_id)
    queue.send(current.message_id, replay=number, received_at=at)
    return current.message_id
