"""The callers, as the authorizers identified them: the only reader of their contexts.

An authorizer can only say yes, no or nothing. Any other answer (404 for a foreign tenant, 503 while
Pro Santé Connect is down) is given here, by the handler.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from functions.aws import requests
from functions.drimbox.errors import Absent, NotAuthenticated, NotReady
from functions.drimbox.identity.access_token import ActiveToken, bearer_token
from functions.drimbox.tenants.model import SLUG

# Values of the context's ``caller``: the authorizers write them, nothing else does.
BOUND: Final = "bound"
OPERATING: Final = "operating"
FOREIGN: Final = "foreign"
ACTIVE: Final = "active"
SIGNED_IN: Final = "signed_in"
NOBODY: Final = "nobody"
UNAVAILABLE: Final = "unavailable"
PACS: Final = "pacs"


@dataclass(frozen=True, slots=True)
class Program:
    """A declared program, a sender's or an operator's.

    ``subject`` is its certificate's (RFC 4514).
    """

    tenant: str
    subject: str


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A professional with an active token, by the national identifier; or an operator with a live
    session, by the ``sub`` of the operators' provider.
    """

    tenant: str
    subject: str


def sender(event: requests.Event) -> Program:
    """The calling program; Absent when it is none of the tenant's declared senders."""
    tenant = requests.path(event, "tenant")
    facts = requests.caller(event)
    if facts.get("caller") != BOUND or facts.get("tenant") != tenant:
        raise Absent("tenant")
    return Program(tenant, facts["subject"])


def program(event: requests.Event) -> Program:
    """The calling program, a sender's or an operator's; Absent when the tenant declares neither."""
    tenant = requests.path(event, "tenant")
    facts = requests.caller(event)
    if facts.get("caller") not in {BOUND, OPERATING} or facts.get("tenant") != tenant:
        raise Absent("tenant")
    return Program(tenant, facts["subject"])


def active(tenant: str, token: ActiveToken) -> dict[str, str]:
    """The context of a professional with an active token, for the authorizer to write."""
    return {
        "caller": ACTIVE,
        "tenant": tenant,
        "subject": token.subject_name_id,
        "sub": token.subject,
        "client_id": token.client_id,
        "expires_at": str(int(token.expires_at.timestamp())),
    }


def professional(event: requests.Event) -> SignedIn:
    """The calling professional; NotReady while Pro Santé Connect cannot tell."""
    tenant = requests.path(event, "tenant")
    if not SLUG.fullmatch(tenant):
        raise Absent("tenant")
    facts = requests.caller(event)
    if facts.get("caller") == UNAVAILABLE:
        raise NotReady(retry_after=10, code="identity_unavailable")
    if facts.get("caller") != ACTIVE or facts.get("tenant") != tenant or not facts.get("subject"):
        raise NotAuthenticated
    return SignedIn(tenant, facts["subject"])


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
    """Whose session the request shows; NotAuthenticated without a live one of this tenant."""
    tenant = requests.path(event, "tenant")
    facts = requests.caller(event)
    if facts.get("caller") != SIGNED_IN or facts.get("tenant") != tenant or not facts["subject"]:
        raise NotAuthenticated
    return SignedIn(tenant, facts["subject"])


def pacs(event: requests.Event) -> str:
    """The tenant whose PACS calls; NotAuthenticated for anybody else."""
    tenant = requests.path(event, "tenant")
    facts = requests.caller(event)
    if facts.get("caller") != PACS or facts.get("tenant") != tenant:
        raise NotAuthenticated
    return tenant
