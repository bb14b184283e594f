"""What a change is about: the report in the message, or the one in force for an order change."""

from __future__ import annotations

from functions.drimbox.errors import Held, StorageUnavailable
from functions.drimbox.publication import archive
from functions.drimbox.publication.ports import Change, Site
from functions.drimbox.publication.receive import message_key
from functions.drimbox.publication.record import StudyRecord
from functions.drimbox.report.model import Report
from functions.drimbox.report.order_change import OrderChange, is_order_change, read_order_change
from functions.drimbox.report.reading import read_header, read_report


def load_message(site: Site, message_id: str) -> bytes:
    """The accepted message's bytes; StorageUnavailable when they are not there."""
    raw = site.inbox.get(message_key(message_id))
    if raw is None:
        raise StorageUnavailable("the message is not in the inbox")
    return raw


def order_change(raw: bytes) -> OrderChange | None:
    """The order change that ``raw`` is, None for a report."""
    return read_order_change(raw) if is_order_change(read_header(raw)) else None


def report_message(site: Site, change: Change, record: StudyRecord) -> bytes:
    """The message whose report speaks in this change.

    Images that change speak in the name of the version in force, as the archive keeps it: the new
    message names no professional and no structure (F6). Held ``internal_error`` without any.
    """
    raw = load_message(site, change.message_id)
    if order_change(raw) is None:
        return raw
    settled = record.current or record.withdrawn
    if settled is None:
        raise Held("internal_error", "an order change without a version in force")
    return archive.require(site.archive, archive.key_of(settled.intent_id, archive.MESSAGE))


def report_of(site: Site, change: Change, record: StudyRecord) -> Report:
    """The report that speaks in this change."""
    return read_report(report_message(site, change, record))
