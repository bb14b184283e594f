"""What a change is about: the report in the message, or the one in force when it brings none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from functions.drimbox.errors import Held, StorageUnavailable
from functions.drimbox.identity.ins import Ins
from functions.drimbox.manifest.key_images import read_rejection
from functions.drimbox.oid import Uid
from functions.drimbox.publication import archive
from functions.drimbox.publication.mends import Mend, mend_key, mended
from functions.drimbox.publication.notes import is_note, note_key
from functions.drimbox.publication.ports import Change, Site
from functions.drimbox.publication.receive import message_key
from functions.drimbox.publication.record import StudyRecord
from functions.drimbox.publication.withdrawal_order import (
    WithdrawalOrder,
    is_withdrawal,
    withdrawal_key,
)
from functions.drimbox.report.model import MessageHeader, Report
from functions.drimbox.report.order_change import is_order_change, read_order_change
from functions.drimbox.report.reading import read_header, read_report


@dataclass(frozen=True, slots=True)
class ImageChange:
    """Images of ``studies`` have changed: these are to be looked at again in the PACS.

    An OMI^O23 has a ``header`` and a ``patient``, of whom the report must be; ``cancelled``: the
    exam was taken back. A rejection note has ``rejected`` objects, by study. It proves nothing of
    a patient: that the wrong one was chosen is a reason to reject (113038).
    """

    studies: tuple[Uid, ...]
    header: MessageHeader | None = None
    patient: Ins | None = None
    cancelled: bool = False
    rejected: Mapping[Uid, frozenset[Uid]] = field(default_factory=dict)


def load_message(site: Site, message_id: str) -> bytes:
    """The accepted message's bytes, the note's or the order's.

    StorageUnavailable when they are not there.
    """
    raw = site.inbox.get(_key(message_id))
    if raw is None:
        raise StorageUnavailable("the message is not in the inbox")
    return raw


def _key(message_id: str) -> str:
    if is_withdrawal(message_id):
        return withdrawal_key(message_id)
    return note_key(message_id) if is_note(message_id) else message_key(message_id)


def load_mend(site: Site, message_id: str, number: int) -> bytes | None:
    """The mend of that number, None for number 0."""
    return archive.require(site.inbox, mend_key(message_id, number)) if number else None


def withdrawal_order(message_id: str, raw: bytes) -> WithdrawalOrder | None:
    """The operator's order that ``raw`` is, None for what came from outside."""
    return WithdrawalOrder.decode(raw) if is_withdrawal(message_id) else None


def image_change(message_id: str, raw: bytes) -> ImageChange | None:
    """The change of images that the message ``raw`` says, None for a report or an order."""
    if is_withdrawal(message_id):
        return None
    if is_note(message_id):
        note = read_rejection(raw)
        rejected = note.rejected if note is not None else {}
        return ImageChange(tuple(rejected), rejected=rejected)
    if not is_order_change(read_header(raw)):
        return None
    order = read_order_change(raw)
    return ImageChange(order.studies, order.header, order.patient, order.cancelled)


@dataclass(frozen=True, slots=True)
class Subject:
    """The message whose report speaks in a change, and its mend, as they are kept.

    ``ordered_by`` is the operator whose order it is, "" for what a message asks.
    """

    message: bytes
    mend: bytes | None
    ordered_by: str = ""

    def read(self) -> Report:
        """The report, with its mend."""
        return with_mend(read_report(self.message), self.mend)


def with_mend(report: Report, mend: bytes | None) -> Report:
    """The report as it is taken."""
    return report if mend is None else mended(report, Mend.decode(mend))


def subject_of(site: Site, change: Change, record: StudyRecord) -> Subject:
    """Whose report speaks.

    Images that change, and an operator's order, speak in the name of the version in force, as the
    archive keeps it: they name no professional and no structure (F6). Held ``internal_error``
    without any.
    """
    raw = load_message(site, change.message_id)
    order = withdrawal_order(change.message_id, raw)
    if order is None and image_change(change.message_id, raw) is None:
        return Subject(raw, load_mend(site, change.message_id, change.mend))
    settled = record.current or record.withdrawn
    if settled is None:
        raise Held("internal_error", "a change without a version in force")
    return Subject(
        archive.require(site.archive, archive.key_of(settled.intent_id, archive.MESSAGE)),
        site.archive.get(archive.key_of(settled.intent_id, archive.MEND)),
        order.who if order else "",
    )


def report_of(site: Site, change: Change, record: StudyRecord) -> Report:
    """The report that speaks in this change."""
    return subject_of(site, change, record).read()
