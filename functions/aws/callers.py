"""The callers, as the authorizers identified them: the only reader of their contexts.

An authorizer can only say yes, no or nothing. Any other answer (404 for a foreign tenant, 503 while
Pro Santé Connect is down) is given here, by the handler.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from functions.aws import requests
from functions.drimbox.errors import Absent, NotAuthenticated, NotReady, Transient
from functions.drimbox.identity.access_token import ActiveToken, bearer_token
from functions.drimbox.retry_after import whole_seconds
from functions.drimbox.tenants.model import SLUG
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from functions.drimbox.peers.calling_peer import CallingPeer

# Values of the context's ``caller``: the authorizers write them, nothing else does.
BOUND: Final = "bound"
OPERATING: Final = "operating"
AGENT: Final = "agent"
FOREIGN: Final = "foreign"
ACTIVE: Final = "active"
SIGNED_IN: Final = "signed_in"
READING: Final = "reading"
NOBODY: Final = "nobody"
UNAVAILABLE: Final = "unavailable"
PACS: Final = "pacs"
# Seconds, where the identity provider names none.
_RETRY_AFTER: Final = 10


@frozen
class Program:
    """A declared program: a sender's, an operator's or an agent.

    ``subject`` is its certificate's (RFC 4514).
    """

    tenant: str
    subject: str


@frozen
class SignedIn:
    """A professional with an active token or a live session, by the national identifier; or an
    operator with a live session, by the ``sub`` of the operators' provider. ``peer``: the DRIMbox
    that has shown its certificate, by the white list's identifier of its operator and the
    certificate's serial number; "" for none.
    """

    tenant: str
    subject: str
    peer: str = ""


def sender(event: requests.Event) -> Program:
    """The calling program; Absent when it is none of the tenant's declared senders."""
    tenant = requests.path(event, "tenant")
    facts = requests.caller(event)
    if facts.get("caller") != BOUND or facts.get("tenant") != tenant:
        raise Absent("tenant")
    return Program(tenant, facts["subject"])


def messenger(event: requests.Event) -> Program:
    """The program that brings messages, a declared sender or an agent at the site; Absent when it
    is neither. Which messages it may bring, the reception judges."""
    tenant = requests.path(event, "tenant")
    facts = requests.caller(event)
    if facts.get("caller") not in {BOUND, AGENT} or facts.get("tenant") != tenant:
        raise Absent("tenant")
    return Program(tenant, facts["subject"])


def program(event: requests.Event) -> Program:
    """The calling program, a sender's or an operator's; Absent when the tenant declares neither."""
    tenant = requests.path(event, "tenant")
    facts = requests.caller(event)
    if facts.get("caller") not in {BOUND, OPERATING} or facts.get("tenant") != tenant:
        raise Absent("tenant")
    return Program(tenant, facts["subject"])


@frozen
class CallingAgent:
    """An agent at a site, by its name and its certificate's subject (RFC 4514). ``enrolled``: the
    serial number of a certificate of our own authority (lower-case hexadecimal), "" for another.
    """

    tenant: str
    name: str
    subject: str
    enrolled: str = ""


def agent(event: requests.Event) -> CallingAgent:
    """The calling agent; Absent when the certificate is none of the tenant's agents'."""
    tenant = requests.path(event, "tenant")
    facts = requests.caller(event)
    if facts.get("tenant") != tenant or not facts.get("agent"):
        raise Absent("tenant")
    return CallingAgent(tenant, facts["agent"], facts["subject"], facts.get("enrolled", ""))


def enrolled_agent(event: requests.Event) -> CallingAgent:
    """The same for an agent with a certificate of our own authority; Absent for another."""
    found = agent(event)
    if not found.enrolled:
        raise Absent("agent")
    return found


def active(tenant: str, token: ActiveToken, peer: CallingPeer | None) -> dict[str, str]:
    """The context of a professional with an active token, for the authorizer to write."""
    by = {} if peer is None else {"peer": f"{peer.operator_id} {peer.serial_number}"}
    return {
        **by,
        "caller": ACTIVE,
        "tenant": tenant,
        "subject": token.subject_name_id,
        "sub": token.subject,
        "client_id": token.client_id,
        "expires_at": str(int(token.expires_at.timestamp())),
    }


def unavailable(error: Transient, at: datetime) -> dict[str, str]:
    """The context of a caller whom the identity provider could not tell, with its Retry-After."""
    seconds = whole_seconds(error.retry_after, at, least=_RETRY_AFTER)
    return {"caller": UNAVAILABLE, "retry_after": str(seconds)}


def professional(event: requests.Event) -> SignedIn:
    """The calling professional; NotReady while Pro Santé Connect cannot tell, Absent where the
    authorizer found no such tenant."""
    tenant = requests.path(event, "tenant")
    facts = requests.caller(event)
    if not SLUG.fullmatch(tenant) or facts.get("caller") == FOREIGN:
        raise Absent("tenant")
    if facts.get("caller") == UNAVAILABLE:
        seconds = int(facts.get("retry_after", _RETRY_AFTER))
        raise NotReady(retry_after=seconds, code="identity_unavailable")
    if facts.get("caller") != ACTIVE or facts.get("tenant") != tenant or not facts.get("subject"):
        raise NotAuthenticated
    return SignedIn(tenant, facts["subject"], facts.get("peer", ""))


def token(event: requests.Event) -> ActiveToken:
    """The professional's access token, which the authorizer has just introspected."""
    facts = requests.caller(event)
    return ActiveToken(
        value=bearer_token(requests.headers(event, "Authorization")).value,
        subject=facts["sub"],
        subject_name_id=facts["subject"],
        client_id=facts["client_id"],
        expires_at=datetime.fromtimestamp(int(facts["expires_at"]), UTC),
    )


def signed_in(event: requests.Event) -> SignedIn:
    """The operator whose session the request shows; NotAuthenticated without a live one of this
    tenant.
    """
    return _in_session(event, SIGNED_IN)


def reading(event: requests.Event) -> SignedIn:
    """The professional whose session the request shows; NotAuthenticated without a live one of this
    tenant.
    """
    return _in_session(event, READING)


def _in_session(event: requests.Event, caller: str) -> SignedIn:
    tenant = requests.path(event, "tenant")
    facts = requests.caller(event)
    if facts.get("caller") != caller or facts.get("tenant") != tenant or not facts["subject"]:
        raise NotAuthenticated
    return SignedIn(tenant, facts["subject"])


def pacs(event: requests.Event) -> str:
    """The tenant whose PACS calls; NotAuthenticated for anybody else."""
    tenant = requests.path(event, "tenant")
    facts = requests.caller(event)
    if facts.get("caller") != PACS or facts.get("tenant") != tenant:
        raise NotAuthenticated
    return tenant
