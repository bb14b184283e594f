"""The site's own judgement of a message while the cloud is away: the library's, word for word.

The same reader as the cloud's decides between AE and AA, so that the cloud accepts whatever the
site has acknowledged, but for facts that the cloud alone knows (decision 0092).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

from functions.drimbox.errors import MessageError, Refusal
from functions.drimbox.publication.inbox import APPLICATION, message_id
from functions.drimbox.report.ack import acknowledge
from functions.drimbox.report.conditions import Condition
from functions.drimbox.report.order_change import is_order_change, read_order_change
from functions.drimbox.report.reading import read_report

if TYPE_CHECKING:
    from datetime import datetime

    from functions.drimbox.report.model import MessageHeader

_MSH_10: Final = "MSH^1^10"


def require_readable(raw: bytes, header: MessageHeader) -> None:
    """Raise the MessageError for which the cloud would answer AE to this message."""
    read_order_change(raw) if is_order_change(header) else read_report(raw)


def sender_of(header: MessageHeader) -> tuple[str, str]:
    """MSH-3 and MSH-4."""
    return header.sending_application, header.sending_facility


def answer(
    header: MessageHeader,
    code: Literal["AA", "AE", "AR"],
    *,
    tenant: str,
    at: datetime,
    error: MessageError | None = None,
) -> bytes:
    """The site's acknowledgement, in the form of the cloud's; ``at`` is on the site's clock."""
    name = message_id(tenant, sender_of(header), header.control_id)
    return acknowledge(
        header,
        code=code,
        at=at,
        control_id=f"A{name[:19]}",
        error=error,
        sending=(APPLICATION, tenant),
    )


def undeclared() -> MessageError:
    """MSH-3 and MSH-4 may not speak here."""
    return MessageError(
        "agent_undeclared_sender",
        location="MSH^1^3",
        condition=Condition.UNKNOWN_KEY,
        detail="the agent does not admit MSH-3 and MSH-4 here",
    )


def reused() -> MessageError:
    """Other bytes under this MSH-10 wait to be sent on."""
    return MessageError(
        "control_id_reused",
        location=_MSH_10,
        condition=Condition.DUPLICATE_KEY,
        detail="MSH-10 is that of another message",
    )


def too_large() -> MessageError:
    """The frame is larger than any message that is read."""
    return MessageError(
        "message_too_large",
        location="MSH^1",
        condition=Condition.OTHER,
        detail="the message has too many bytes",
    )


def no_room() -> Refusal:
    """The spool takes no more."""
    return Refusal(
        "agent_no_room",
        location=_MSH_10,
        condition=Condition.APPLICATION,
        detail="the agent cannot keep the message",
    )


def fault() -> Refusal:
    """A fault of our own, about this message or not."""
    return Refusal(
        "agent_fault",
        location=_MSH_10,
        condition=Condition.APPLICATION,
        detail="the agent has failed",
    )


def gateway_refuses() -> MessageError:
    """The cloud takes this one message in no way: not even an acknowledgement of it came."""
    return MessageError(
        "agent_gateway_refuses",
        location="MSH^1",
        condition=Condition.OTHER,
        detail="the gateway does not take the message",
    )


def gateway_away() -> Refusal:
    """The cloud does not answer, and this agent keeps nothing."""
    return Refusal(
        "agent_gateway_away",
        location=_MSH_10,
        condition=Condition.APPLICATION,
        detail="the gateway does not answer",
    )


def not_admitted() -> Refusal:
    """The cloud refuses the agent itself: nobody knows whether it would ever take the message."""
    return Refusal(
        "agent_not_admitted",
        location=_MSH_10,
        condition=Condition.APPLICATION,
        detail="the gateway refuses the agent",
    )
