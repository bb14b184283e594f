"""A message that the site has acknowledged, and that the gateway would refuse (decision 0092).

The site's agent answers AA while the gateway is away. The gateway knows facts that the site does
not: the declared senders of today, the MSH-10 of messages that came another way, the rules of its
own release. A message that it would refuse for one of them is stored under an identifier of its
own, and held, until a human decides; each turn judges it anew.
"""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from functions.drimbox.errors import BadRequest, MessageError
from functions.drimbox.identity.agent_names import is_own_agent
from functions.drimbox.identity.distinguished_name import canonical_name
from functions.drimbox.publication.inbox import message_id_of, message_key
from functions.drimbox.report.conditions import Condition
from functions.drimbox.report.header import read_header
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from functions.drimbox.ports import Blobs
    from functions.drimbox.report.model import MessageHeader
    from functions.drimbox.tenants.model import Tenant

# The header that tells when the site has acknowledged the message (ISO 8601, with a zone).
ACCEPTED_AT: Final = "Accepted-At"
# The prefix of such a message's identifier, and of no other message's.
PREFIX: Final = "accepted-"
UNREADABLE: Final = "site_accepted_unreadable"
UNDECLARED: Final = "site_accepted_undeclared"
REUSED: Final = "site_accepted_reused"
# By the fault; any other one is a fault of reading.
_REASONS: Final = {"undeclared_sender": UNDECLARED, "control_id_reused": REUSED}


@frozen
class Claim:
    """An agent's word that its site has acknowledged a message: ``subject`` is that of its
    certificate, ``accepted_at`` (aware) the site's own time, ``fault`` the code of the fault that
    the message had when it came, "" without one."""

    subject: str
    accepted_at: datetime
    fault: str = ""

    def encode(self) -> bytes:
        """JSON."""
        at = self.accepted_at.isoformat()
        return json.dumps(
            {"subject": self.subject, "accepted_at": at, "fault": self.fault}
        ).encode()

    @classmethod
    def decode(cls, data: bytes) -> Claim:
        """The claim that :meth:`encode` wrote."""
        facts = json.loads(data)
        at = datetime.fromisoformat(facts["accepted_at"])
        return cls(facts["subject"], at, facts["fault"])


def keep_claim(inbox: Blobs, message_id: str, claim: Claim) -> Claim:
    """Keep the claim of a message, unless one is kept; the one that is. Raises
    StorageUnavailable."""
    name = claim_key(message_id)
    if inbox.put_once(name, claim.encode(), "application/json"):
        return claim
    kept = inbox.get(name)
    return claim if kept is None else Claim.decode(kept)


def read_claims(values: Sequence[str]) -> datetime | None:
    """The time that a request claims by its header, None without one. Raises BadRequest for
    anything but one time with a zone."""
    if not values:
        return None
    return read_time(values[0] if len(values) == 1 else None, ACCEPTED_AT)


def claimed_at(tenant: Tenant, certificate_subject: str, values: Sequence[str]) -> datetime | None:
    """As :func:`read_claims` for an agent; None for anybody else, whatever is said."""
    return read_claims(values) if may_claim(tenant, certificate_subject) else None


def read_time(value: object, field: str) -> datetime:
    """A claimed time (ISO 8601, with a zone), in UTC; BadRequest names ``field`` for any other."""
    try:
        if not isinstance(value, str):
            raise BadRequest(field)
        at = datetime.fromisoformat(value)
        if at.tzinfo is None:
            raise BadRequest(field)
        return at.astimezone(UTC)
    except (ValueError, OverflowError):
        raise BadRequest(field) from None


def may_claim(tenant: Tenant, certificate_subject: str) -> bool:
    """Whether the caller is an agent that the tenant's file declares, or one that is enrolled: a
    tenant's file may give nobody else a name of an enrolled agent's form.
    """
    caller = canonical_name(certificate_subject)
    if is_own_agent(certificate_subject, tenant.tenant):
        return True
    return any(canonical_name(one.certificate_subject) == caller for one in tenant.agents)


def accepted_id(tenant: str, header: MessageHeader, raw: bytes) -> str:
    """The identifier of exactly these bytes; it reveals nothing."""
    digest = hashlib.sha256(raw).hexdigest()
    key = f"{message_id_of(tenant, header)}\x1f{digest}"
    return PREFIX + hashlib.sha256(key.encode()).hexdigest()[:32]


def claim_key(message_id: str) -> str:
    """Where the inbox keeps the claim that came with it."""
    return f"claims/{message_id}.json"


def require_declared(tenant: Tenant, header: MessageHeader, certificate_subject: str) -> None:
    """Raise MessageError unless MSH-3 and MSH-4 are declared for that client certificate."""
    sending = (header.sending_application, header.sending_facility)
    caller = canonical_name(certificate_subject)
    if not any(
        (sender.application, sender.facility) == sending
        and canonical_name(sender.certificate_subject) == caller
        for sender in tenant.senders
    ):
        raise _undeclared()


def _undeclared() -> MessageError:
    return MessageError(
        "undeclared_sender",
        location="MSH^1^3",
        condition=Condition.UNKNOWN_KEY,
        detail="MSH-3 and MSH-4 are not declared for the client certificate",
    )


def reused() -> MessageError:
    """MSH-10 is another message's."""
    return MessageError(
        "control_id_reused",
        location="MSH^1^10",
        condition=Condition.DUPLICATE_KEY,
        detail="MSH-10 is that of another message",
    )


def fault_now(
    message_id: str, raw: bytes, tenant: Tenant, inbox: Blobs, read: Callable[[], object]
) -> MessageError | None:
    """The fault for which the gateway would still refuse the message, None where it would not.
    ``read`` reads it, as its kind is read, and raises MessageError."""
    header = read_header(raw)
    claim = inbox.get(claim_key(message_id))
    if claim is None:
        return _undeclared()
    try:
        require_declared(tenant, header, Claim.decode(claim).subject)
        read()
    except MessageError as error:
        return error.with_traceback(None)
    known = inbox.get(message_key(message_id_of(tenant.tenant, header)))
    return None if known in (None, raw) else reused()


def reason_of(fault: MessageError) -> str:
    """The reason for which a message with that fault is held."""
    return _REASONS.get(fault.code, UNREADABLE)
