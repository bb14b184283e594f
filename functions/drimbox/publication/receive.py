"""Take responsibility for a message: check it, store it, queue it, then acknowledge it.

AA means durable, nothing more (never the DMP's answer). The message's key is (tenant, MSH-3, MSH-4,
MSH-10): the same bytes again get the stored acknowledgement again and have one effect; other bytes
under the same key are refused. Of a refused message its sender, its MSH-10 and the fault are noted,
nothing of its content. A message that the site's agent has acknowledged already is never refused:
it is accepted under an identifier of its own, to be held (decision 0092).
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Final, Literal

from functions.drimbox.errors import MessageError, Refusal, StorageUnavailable
from functions.drimbox.publication import site_accepted
from functions.drimbox.publication.inbox import (
    APPLICATION,
    Queue,
    ack_key,
    message_id_of,
    message_key,
)
from functions.drimbox.publication.refused import LONGEST, RefusedMessage
from functions.drimbox.publication.site_accepted import Claim
from functions.drimbox.report.ack import acknowledge
from functions.drimbox.report.conditions import Condition
from functions.drimbox.report.order_change import is_order_change, read_order_change
from functions.drimbox.report.reading import read_header, read_report
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from datetime import datetime

    from functions.drimbox.ports import Audit, Blobs, Clock
    from functions.drimbox.publication.refused import RefusalNotes
    from functions.drimbox.report.model import MessageHeader
    from functions.drimbox.tenants.model import Tenant

_REUSED: Final = "control_id_reused"
_UNDECLARED: Final = "undeclared_sender"
_HL7: Final = "application/hl7-v2"


@frozen
class Reception:
    """``ack`` are the bytes to answer; ``control_id_reused`` asks for an alert; ``unavailable``:
    our own storage failed, the same message may be accepted in a moment.
    """

    ack: bytes
    code: Literal["AA", "AE", "AR"]
    message_id: str
    control_id_reused: bool = False
    unavailable: bool = False


@frozen
class Desk:
    """The ports of one tenant that receive messages."""

    tenant: Tenant
    inbox: Blobs
    queue: Queue
    audit: Audit
    clock: Clock
    refused: RefusalNotes


def receive(
    raw: bytes, certificate_subject: str, desk: Desk, accepted_at: datetime | None = None
) -> Reception:
    """Answer one message (HL7 v2, bytes as received).

    ``certificate_subject`` is that of the caller's client certificate (RFC 4514). ``accepted_at``
    (aware): the caller says that the site acknowledged the message then; from anybody but a
    declared agent this is as if it were not said. Raises NotHl7 when no MSH can be read; everything
    else is an acknowledgement.
    """
    header = read_header(raw)
    message_id = message_id_of(desk.tenant.tenant, header)
    claim = None
    if accepted_at is not None and site_accepted.may_claim(desk.tenant, certificate_subject):
        claim = Claim(certificate_subject, accepted_at)
    try:
        if claim is not None:
            return _receive_claimed(raw, header, message_id, claim, desk)
        return _received(raw, header, message_id, desk, certificate_subject)
    except MessageError as error:
        return _refuse(error, header, message_id, desk, certificate_subject)
    except StorageUnavailable:
        return _not_now(header, message_id, desk)


def _not_now(header: MessageHeader, message_id: str, desk: Desk) -> Reception:
    """No audit record: it would need the storage that just failed; nothing was disclosed."""
    refusal = Refusal(
        "storage_unavailable",
        location="MSH^1^10",
        condition=Condition.APPLICATION,
        detail="the storage does not answer",
    )
    ack = _ack(header, "AR", desk, message_id, refusal)
    return Reception(ack, "AR", message_id, unavailable=True)


def _received(
    raw: bytes, header: MessageHeader, message_id: str, desk: Desk, certificate_subject: str
) -> Reception:
    """Accept the message. Raises MessageError where it is to be refused."""
    site_accepted.require_declared(desk.tenant, header, certificate_subject)
    known = desk.inbox.get(message_key(message_id))
    if known is not None:
        return _again(raw, known, header, message_id, desk)
    read_order_change(raw) if is_order_change(header) else read_report(raw)
    return _accept(raw, header, message_id, desk)


def _receive_claimed(
    raw: bytes, header: MessageHeader, message_id: str, claim: Claim, desk: Desk
) -> Reception:
    """Accept a message that the site has acknowledged; one that would be refused is kept under an
    identifier of its own, and its turn will hold it.

    The same bytes keep the identifier under which they came first, and the claim and the fault that
    they came with, whatever the site's file says by the time of their next try: they are one
    message.
    """
    other = site_accepted.accepted_id(desk.tenant.tenant, header, raw)
    if desk.inbox.get(message_key(other)) is not None:
        return _kept(header, other, desk, site_accepted.keep_claim(desk.inbox, other, claim))
    try:
        return _received(raw, header, message_id, desk, claim.subject)
    except MessageError as error:
        fault = error.code
    if desk.inbox.get(message_key(message_id)) == raw:
        return _again(raw, raw, header, message_id, desk)
    kept = site_accepted.keep_claim(desk.inbox, other, replace(claim, fault=fault))
    desk.inbox.put_once(message_key(other), raw, _HL7)
    return replace(_kept(header, other, desk, kept), control_id_reused=fault == _REUSED)


def _kept(header: MessageHeader, message_id: str, desk: Desk, claim: Claim) -> Reception:
    stored = desk.inbox.get(ack_key(message_id))
    if stored is not None:
        return Reception(stored, "AA", message_id)
    return _queue(header, message_id, desk, claim=claim)


def _accept(raw: bytes, header: MessageHeader, message_id: str, desk: Desk) -> Reception:
    if not desk.inbox.put_once(message_key(message_id), raw, _HL7):
        stored = desk.inbox.get(message_key(message_id))
        return _again(raw, stored or b"", header, message_id, desk)
    return _queue(header, message_id, desk)


def _again(
    raw: bytes, known: bytes, header: MessageHeader, message_id: str, desk: Desk
) -> Reception:
    if known != raw:
        raise site_accepted.reused()
    stored = desk.inbox.get(ack_key(message_id))
    if stored is not None:
        return Reception(stored, "AA", message_id)
    # Stored but never known to be queued: queue it (again); the effect is still one.
    return _queue(header, message_id, desk)


def _queue(
    header: MessageHeader,
    message_id: str,
    desk: Desk,
    *,
    claim: Claim | None = None,
) -> Reception:
    desk.queue.send(message_id, replay=0, received_at=desk.clock.now())
    claimed = (
        {"accepted_at": claim.accepted_at.isoformat(), "agent": claim.subject} if claim else {}
    )
    desk.audit.record(
        "message.received",
        key=message_id,
        result=claim.fault or "accepted" if claim else "accepted",
        who=f"{header.sending_application}|{header.sending_facility}",
        facts={"message_id": message_id, **claimed},
    )
    ack = _ack(header, "AA", desk, message_id, None)
    if not desk.inbox.put_once(ack_key(message_id), ack, _HL7):
        ack = desk.inbox.get(ack_key(message_id)) or ack
    return Reception(ack, "AA", message_id)


def _refuse(
    error: MessageError,
    header: MessageHeader,
    message_id: str,
    desk: Desk,
    certificate_subject: str,
) -> Reception:
    code: Literal["AE", "AR"] = "AR" if isinstance(error, Refusal) else "AE"
    desk.audit.record(
        "message.refused",
        key=f"{message_id}/{desk.clock.now().isoformat()}",
        result=error.code,
        who=certificate_subject,
        facts={"message_id": message_id, "location": error.location},
    )
    _note(error, header, message_id, desk)
    ack = _ack(header, code, desk, message_id, error)
    return Reception(ack, code, message_id, control_id_reused=error.code == _REUSED)


def _note(error: MessageError, header: MessageHeader, message_id: str, desk: Desk) -> None:
    """For the operators' list, and for its sender's questions; the acknowledgement does not depend
    on it, and the audit has it."""
    refused = RefusedMessage(
        message_id=message_id,
        at=desk.clock.now(),
        sender=f"{header.sending_application}|{header.sending_facility}",
        control_id=header.control_id[:LONGEST],
        code=error.code,
        location=error.location,
    )
    with suppress(StorageUnavailable):
        desk.refused.note(refused)
        # Else MSH-3 and MSH-4 are a word of the caller's, and another sender's facts.
        if error.code != _UNDECLARED:
            desk.refused.keep_last(refused)


def _ack(
    header: MessageHeader,
    code: Literal["AA", "AE", "AR"],
    desk: Desk,
    message_id: str,
    error: MessageError | None,
) -> bytes:
    return acknowledge(
        header,
        code=code,
        at=desk.clock.now().astimezone(desk.tenant.time_zone),
        control_id=f"A{message_id[:19]}",
        error=error,
        sending=(APPLICATION, desk.tenant.tenant),
    )
