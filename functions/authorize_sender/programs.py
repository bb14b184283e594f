"""The certificate of a program: whose it is in a tenant, and the record of one that is refused."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Final, NamedTuple

from functions.aws import callers, logging
from functions.aws.stores import CLOCK, TenantStores
from functions.drimbox.enrolment.known import enrolled_agent
from functions.drimbox.identity.agent_names import AUTHORITY, has_agent_form, subject_of
from functions.drimbox.identity.distinguished_name import canonical_name
from functions.drimbox.identity.revoked import Revocation, authority_id, refusal
from functions.drimbox.tenants.model import Agent, Operator, Sender

if TYPE_CHECKING:
    from cryptography import x509

    from functions.authorize_sender.settings import Settings
    from functions.drimbox.identity.client_certificate import ClientCertificate


# By whether a program has that name.
_UNDECLARED: Final = {True: "undeclared_issuer", False: "undeclared_certificate"}
_CALLERS: Final = {Sender: callers.BOUND, Operator: callers.OPERATING, Agent: callers.AGENT}


class Program(NamedTuple):
    """A program of the tenant: how it calls, and the name that its certificate bears. ``agent``:
    that of the agent whose certificate it is too, "" for none: an agent may forward a sender's
    reports. ``enrolled``: the serial number of a certificate of our own authority, "" for another.
    """

    caller: str
    subject: str
    agent: str = ""
    enrolled: str = ""


class Other(Enum):
    """A certificate that is no declared program's, or that its authority took back."""

    FOREIGN = "foreign"
    REVOKED = "revoked"


def judge(stores: TenantStores[Settings], found: ClientCertificate) -> Program | Other:
    """Whose certificate it is; one that is nobody's leaves an audit record."""
    if has_agent_form(found.subject):
        if _is_ours(stores, found):
            return _enrolled(stores, found)
        # A tenant's own authority gives nobody such a name.
        _record(stores, found, _UNDECLARED[True])
        return Other.FOREIGN
    named = [one for one in stores.tenant.programs if _names(one.certificate_subject, found)]
    for one in named:
        issuer = found.issuer_among(one.certificate_issuer, stores.client_authorities, CLOCK)
        if issuer is None:
            continue
        refused = _revocation(stores, issuer, found)
        if refused:
            _record(stores, found, refused)
            return Other.REVOKED
        # All that bear the name have one issuer, and the first one says how it calls.
        agent = next((two.name for two in named if isinstance(two, Agent)), "")
        return Program(_CALLERS[type(named[0])], one.certificate_subject, agent)
    _record(stores, found, _UNDECLARED[bool(named)])
    return Other.FOREIGN


def _is_ours(stores: TenantStores[Settings], found: ClientCertificate) -> bool:
    """Whether our own authority issued it; it issues nothing before its certificate is there."""
    authority = stores.agent_authority
    return bool(authority) and found.issuer_among(AUTHORITY, authority, CLOCK) is not None


def _enrolled(stores: TenantStores[Settings], found: ClientCertificate) -> Program | Other:
    """An agent, as the register names it; the tenant's file may say that it forwards a sender's
    messages. Our authority names nobody else.
    """
    agent = enrolled_agent(found, stores.slug, stores.agent_register)
    if not agent:
        _record(stores, found, "agent_not_enrolled")
        return Other.FOREIGN
    ours = canonical_name(AUTHORITY)
    forwards = any(
        _names(one.certificate_subject, found) and canonical_name(one.certificate_issuer) == ours
        for one in stores.tenant.senders
    )
    caller = callers.BOUND if forwards else callers.AGENT
    return Program(caller, subject_of(stores.slug, agent), agent, found.serial_number)


def _names(subject: str, found: ClientCertificate) -> bool:
    return canonical_name(subject) == found.subject


def _revocation(
    stores: TenantStores[Settings], issuer: x509.Certificate, found: ClientCertificate
) -> str:
    """Why its authority's list keeps the certificate out, "" when it does not."""
    demanded = Revocation(stores.settings.sender_revocation)
    if demanded is Revocation.OFF:
        return ""
    kept = stores.revoked_lists.recent(authority_id(issuer))
    return refusal(demanded, kept, found.certificate.serial_number, CLOCK.now())


def _record(stores: TenantStores[Settings], found: ClientCertificate, result: str) -> None:
    logging.warning("certificate refused", code=result, tenant=stores.slug)
    stores.audit.record(
        "program.refused",
        # One record a minute of one certificate: its holder can call as often as the firewall lets.
        key=f"{found.serial_number}/{CLOCK.now():%Y-%m-%dT%H:%M}",
        result=result,
        who=found.serial_number,
        facts={},
    )
