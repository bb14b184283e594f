"""Everything that lets the agents of a tenant in: the register, the desk, our authority."""

from __future__ import annotations

from ipaddress import ip_address
from os import urandom
from typing import TYPE_CHECKING, Final

from functions.aws.agent_authority import LambdaIssuer, certificates
from functions.aws.agent_register import DynamoAgentRegister, DynamoTries
from functions.aws.agent_states import DynamoAgentStates
from functions.drimbox.enrolment.enrolling import EnrolmentDesk
from functions.drimbox.errors import ConfigurationError
from functions.drimbox.operations.managing_agents import AgentsDesk

if TYPE_CHECKING:
    from functions.aws import settings_protocols as names
    from functions.aws.stores import TenantStores

# Of an IPv6 address: one subscriber has at least as many addresses as these bits leave.
_NETWORK_BITS: Final = 64
_IPV6_BITS: Final = 128


def open_enrolments(stores: TenantStores[names.NamesEnrolments]) -> EnrolmentDesk:
    """The desk of enrolments. ConfigurationError before our authority's certificate is there."""
    settings, slug = stores.settings, stores.slug
    authority = certificates(settings.agent_authority_secret)
    if not authority:
        raise ConfigurationError("our authority over agents has no certificate yet")
    return EnrolmentDesk(
        tenant=slug,
        register=DynamoAgentRegister(settings.agents_table, slug),
        issuer=LambdaIssuer(settings.issue_certificate_function, slug),
        tries=DynamoTries(settings.agents_table, slug, stores.clock),
        audit=stores.audit,
        clock=stores.clock,
        authority=authority,
    )


def open_agents_desk(stores: TenantStores[names.NamesAgentsDesk]) -> AgentsDesk:
    """The desk of the operators."""
    settings, slug = stores.settings, stores.slug
    return AgentsDesk(
        tenant=stores.tenant,
        register=DynamoAgentRegister(settings.agents_table, slug),
        states=DynamoAgentStates(settings.health_table, slug),
        audit=stores.audit,
        clock=stores.clock,
        random=urandom,
    )


def counted(address: str) -> str:
    """The name under which an address is counted: of IPv6 its network, one for all unreadable."""
    try:
        found = ip_address(address)
    except ValueError:
        return "unknown"
    if found.version == 4:
        return str(found)
    return f"{int(found) >> (_IPV6_BITS - _NETWORK_BITS):x}/{_NETWORK_BITS}"
