"""Issue the certificate of one agent: built here, signed by the authority's key in AWS KMS.

The functions that enrol and renew call it, and nobody else may. It sees neither the register nor a
tenant's file: a certificate that no register names opens nothing.
"""

from __future__ import annotations

from os import urandom
from typing import Any, Final

from cryptography.hazmat.primitives.serialization import Encoding

from functions.aws import entry
from functions.aws.stores import CLOCK, authority_key
from functions.drimbox.enrolment.profile import AgentName, issue
from functions.drimbox.enrolment.request import read_request
from functions.drimbox.errors import ConfigurationError
from functions.drimbox.identity.agent_names import AGENT_NAME
from functions.drimbox.tenants.model import SLUG
from functions.issue_certificate.settings import Settings

_SERIAL_BYTES: Final = 16


@entry.task
def handler(event: entry.Event) -> dict[str, Any]:
    """``tenant``, ``agent`` and ``request`` (PKCS #10, PEM); the answer has ``certificate``."""
    settings = Settings.current()
    tenant, agent = str(event["tenant"]), str(event["agent"])
    if not SLUG.fullmatch(tenant) or not AGENT_NAME.fullmatch(agent):
        raise ConfigurationError("neither a tenant's slug nor an agent's name")
    key = read_request(event["request"])
    url = f"{settings.in_url}/v1/tenants/{tenant}/agents/{agent}"
    authority = authority_key(settings.agent_authority_key_arn)
    made = issue(authority, AgentName(tenant, agent, url), key, CLOCK.now(), urandom(_SERIAL_BYTES))
    return {"outcome": "issued", "certificate": made.public_bytes(Encoding.PEM).decode()}
