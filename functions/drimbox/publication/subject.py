"""What a change is about: the report in the message, or the one in force where images changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from functions.drimbox.errors import Held, StorageUnavailable
from functions.drimbox.identity.ins import Ins
from functions.drimbox.identity.oid import Uid
from functions.drimbox.manifest.key_images import read_rejection
from functions.drimbox.publication import archive
from functions.drimbox.publication.notes import is_note, note_key
from functions.drimbox.publication.ports import Change, Site
from functions.drimbox.publication.receive import message_key
from functions.drimbox.publication.record import StudyRecord
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
    """The accepted message's bytes, or the note's; StorageUnavailable when they are not there."""
    key = note_key(message_id) if is_note(message_id) else message_key(message_id)
    raw = site.inbox.get(key)
    if raw is None:
        raise StorageUnavailable("the message is not in the inbox")
    return raw


def image_change(message_id: str, raw: bytes) -> ImageChange | None:
    """The change of images that the message ``raw`` says, None for a report."""
    if is_note(message_id):
        note = read_rejection(raw)
        rejected = note.rejected if note is not None else {}
        return ImageChange(tuple(rejected), rejected=rejected)
    if not is_order_change(read_header(raw)):
        return None
    order = read_order_change(raw)
    return ImageChange(order.studies, order.header, order.patient, order.cancelled)


def report_message(site: Site, change: Change, record: StudyRecord) -> bytes:
    """The message whose report speaks in this change.

    Images that change speak in the name of the version in force, as the archive keeps it: the new
    message names no professional and no structure (F6). Held ``internal_error`` without any.
    """
    raw = load_message(site, change.message_id)
    if image_change(change.message_id, raw) is None:
        return raw
    settled = record.current or record.withdrawn
    if settled is None:
        raise Held("internal_error", "a change of images without a version in force")
    return archive.require(site.archive, archive.key_of(settled.intent_id, archive.MESSAGE))


def report_of(site: Site, change: Change, record: StudyRecord) -> Report:
    """The report that speaks in this change."""
    return read_report(report_message(site, change, record))
