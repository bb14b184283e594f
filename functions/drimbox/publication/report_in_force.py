"""The report in whose name a message changes the DMP: its own, or the one in force.

Images that change, and an operator's order, bring no report. They speak in the name of the version
in force, as the archive keeps it: they name no professional and no structure (F6).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from functions.drimbox.errors import Held
from functions.drimbox.publication import archive
from functions.drimbox.publication.messages import Message, ReportMessage, WithdrawalMessage
from functions.drimbox.publication.overrides import Override, overridden
from functions.drimbox.report.reading import read_report
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from functions.drimbox.ports import Blobs
    from functions.drimbox.publication.record import StudyRecord
    from functions.drimbox.report.model import Report


@frozen
class ReportInForce:
    """``raw`` are the bytes of the message that brought it; ``report`` is read with ``override``.

    ``ordered_by`` is the operator whose order it is, "" for any other message.
    """

    raw: bytes
    report: Report
    override: Override | None
    ordered_by: str = ""


def report_in_force(archived: Blobs, message: Message, record: StudyRecord) -> ReportInForce:
    """The report that speaks for ``message``. Held ``internal_error`` when there is none."""
    if isinstance(message, ReportMessage):
        return ReportInForce(message.raw, message.report, message.override)
    settled = record.current or record.withdrawn
    if settled is None:
        raise Held("internal_error", "a change without a version in force")
    ordered_by = message.order.who if isinstance(message, WithdrawalMessage) else ""
    return archived_report(archived, settled.intent_id, ordered_by)


def archived_report(archived: Blobs, intent_id: str, ordered_by: str = "") -> ReportInForce:
    """The report of a version in force, as the archive keeps it under its intent."""
    raw = archive.require(archived, archive.key_of(intent_id, archive.MESSAGE))
    kept = archived.get(archive.key_of(intent_id, archive.OVERRIDE))
    override = None if kept is None else Override.decode(kept)
    return ReportInForce(raw, overridden(read_report(raw), override), override, ordered_by)
