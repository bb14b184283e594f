"""The kinds of messages, and the one way to load a message.

Five kinds of messages take their turn in the workflow, each under its own identifier:

==================  ============================================================================
report              ORU or MDM from the site, with the operator's override that it is taken with
order change        OMI^O23 from the site: images of a study may have changed
repair              the same, in our own name: reconciliation has found that images have changed
rejection note      a Key Object Selection from the site's PACS: images must not be used any more
withdrawal          an operator's order
==================  ============================================================================

A report or an order change that the site has acknowledged, and that the gateway would refuse, has
an identifier of its own, and is none of them until its fault is gone (:mod:`site_accepted`).

The identifier says where the inbox keeps the message, and so how it is read. Nothing else looks
at an identifier to find out a kind.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar, Final

from functions.drimbox.errors import MessageError, StorageUnavailable
from functions.drimbox.manifest.key_images import RejectionNote, read_rejection
from functions.drimbox.manifest.read import ManifestUnreadable
from functions.drimbox.publication import inbox, site_accepted, withdrawal_order
from functions.drimbox.publication.inbox import APPLICATION, message_key
from functions.drimbox.publication.message_entry import MessageKind
from functions.drimbox.publication.overrides import Override, overridden, override_key
from functions.drimbox.publication.withdrawal_order import WithdrawalOrder
from functions.drimbox.report.order_change import OrderChange, is_order_change, read_order_change
from functions.drimbox.report.reading import read_header, read_report
from functions.drimbox.tenants.model import Tenant
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from functions.drimbox.identity.ins import Ins
    from functions.drimbox.oid import Uid
    from functions.drimbox.publication.ports import Site
    from functions.drimbox.report.model import MessageHeader, Report


@frozen
class ReportMessage:
    """``header`` is as it came, ``report`` as it is taken with ``override``."""

    kind: ClassVar = MessageKind.REPORT

    raw: bytes
    header: MessageHeader
    report: Report
    override: Override | None = None


@frozen
class _OrderMessage:
    raw: bytes
    order: OrderChange

    @property
    def studies(self) -> tuple[Uid, ...]:
        """The studies to look at again."""
        return self.order.studies

    @property
    def patient(self) -> Ins | None:
        """The patient of whom the report must be."""
        return self.order.patient

    @property
    def cancelled(self) -> bool:
        """Whether the exam was taken back: the images' absence is then expected."""
        return self.order.cancelled


@frozen
class OrderChangeMessage(_OrderMessage):
    """The site's order change."""

    kind: ClassVar = MessageKind.ORDER_CHANGE


@frozen
class RepairMessage(_OrderMessage):
    """Reconciliation's own order change."""

    kind: ClassVar = MessageKind.REPAIR


@frozen
class RejectionNoteMessage:
    """The studies to look at again. A note proves nothing of a patient: that the wrong one was
    chosen is a reason to reject (113038)."""

    kind: ClassVar = MessageKind.REJECTION_NOTE
    patient: ClassVar[Ins | None] = None
    cancelled: ClassVar = False

    note: RejectionNote

    @property
    def studies(self) -> tuple[Uid, ...]:
        """The studies to look at again."""
        return tuple(self.note.rejected)


@frozen
class WithdrawalMessage:
    """The operator's order."""

    kind: ClassVar = MessageKind.WITHDRAWAL

    order: WithdrawalOrder


@frozen
class SiteAcceptedMessage:
    """A message that the site has acknowledged, and ``fault``: the gateway would refuse it."""

    raw: bytes
    header: MessageHeader
    fault: MessageError

    @property
    def kind(self) -> MessageKind:
        """The kind that its header promises."""
        return MessageKind.ORDER_CHANGE if is_order_change(self.header) else MessageKind.REPORT


# The messages that ask to look at the images again; they bring no report.
ImageChange = OrderChangeMessage | RepairMessage | RejectionNoteMessage
Message = ReportMessage | ImageChange | WithdrawalMessage


def load_judged(site: Site, message_id: str, *, replay: int = 1) -> Message | SiteAcceptedMessage:
    """As :func:`load` without an override; of a message that the site has acknowledged, whether the
    gateway takes it now. ``replay`` 0 is its first turn, at which nobody has decided about a reused
    MSH-10.
    """
    if message_id.startswith(site_accepted.PREFIX):
        raw = load_raw(site, message_id)
        fault = site_accepted.fault_now(
            message_id, raw, site.tenant, site.inbox, lambda: _read_hl7(raw, site.tenant)
        )
        if fault is not None and not (replay and fault.code == site_accepted.reused().code):
            return SiteAcceptedMessage(raw, read_header(raw), fault)
    return load(site, message_id)


def load(site: Site, message_id: str, override: int = 0) -> Message:
    """The accepted message; a report with the override of that number, as it came without (0).

    StorageUnavailable when the message is not there. MessageError for one that the site alone has
    accepted, and that cannot be read: such a message has no study to work on.
    """
    message = _reader(message_id)(load_raw(site, message_id), site.tenant)
    if override and isinstance(message, ReportMessage):
        kept = load_override(site, message_id, override)
        return replace(message, report=overridden(message.report, kept), override=kept)
    return message


def load_raw(site: Site, message_id: str) -> bytes:
    """The accepted message's bytes; StorageUnavailable when they are not there."""
    raw = site.inbox.get(_key(message_id))
    if raw is None:
        raise StorageUnavailable("the message is not in the inbox")
    return raw


def load_override(site: Site, message_id: str, number: int) -> Override:
    """The override of that number (from 1); StorageUnavailable when it is not there."""
    kept = site.inbox.get(override_key(message_id, number))
    if kept is None:
        raise StorageUnavailable("the override is not in the inbox")
    return Override.decode(kept)


def repair_sender(tenant: Tenant) -> tuple[str, str]:
    """MSH-3 and MSH-4 of a repair: the tenant's DRIMbox itself."""
    return APPLICATION, tenant.tenant


def _read_hl7(raw: bytes, tenant: Tenant) -> Message:
    header = read_header(raw)
    if not is_order_change(header):
        return ReportMessage(raw, header, read_report(raw))
    ours = (header.sending_application, header.sending_facility) == repair_sender(tenant)
    return (RepairMessage if ours else OrderChangeMessage)(raw, read_order_change(raw))


def _read_note(raw: bytes, _: Tenant) -> Message:
    note = read_rejection(raw)
    if note is None:
        raise ManifestUnreadable("the title is not that of a rejection note")
    return RejectionNoteMessage(note)


def _read_withdrawal(raw: bytes, _: Tenant) -> Message:
    return WithdrawalMessage(WithdrawalOrder.decode(raw))


_Reader = Callable[[bytes, Tenant], Message]
# By the prefix of the identifier: where it is kept, how it is read. Reports and order changes have
# none.
_ROOMS: Final[Mapping[str, tuple[Callable[[str], str], _Reader]]] = {
    inbox.NOTE_PREFIX: (inbox.note_key, _read_note),
    withdrawal_order.PREFIX: (withdrawal_order.withdrawal_key, _read_withdrawal),
    "": (message_key, _read_hl7),
}


# The folders of the inbox that hold messages.
FOLDERS: Final = tuple(key_of("").partition("/")[0] + "/" for key_of, _ in _ROOMS.values())


def message_id_at(key: str) -> str:
    """The identifier of the message that the inbox keeps at ``key``, "" where it keeps none."""
    message_id = key.rpartition("/")[2].partition(".")[0]
    return message_id if message_id and _key(message_id) == key else ""


def _room(message_id: str) -> tuple[Callable[[str], str], _Reader]:
    return next(room for prefix, room in _ROOMS.items() if message_id.startswith(prefix))


def _key(message_id: str) -> str:
    return _room(message_id)[0](message_id)


def _reader(message_id: str) -> _Reader:
    return _room(message_id)[1]
