"""An agent's certificate of our own authority, looked for in the register of its tenant."""

from __future__ import annotations

from typing import TYPE_CHECKING

from functions.drimbox.identity.agent_names import subject_of
from functions.drimbox.identity.distinguished_name import canonical_name

if TYPE_CHECKING:
    from functions.drimbox.enrolment.register import Register
    from functions.drimbox.identity.client_certificate import ClientCertificate


def enrolled_agent(found: ClientCertificate, tenant: str, register: Register) -> str:
    """The tenant's agent whose certificate it is, "" for none, or for none any more. Our authority
    must have issued it. Raises StorageUnavailable.
    """
    for record in register.all():
        is_named = found.subject == canonical_name(subject_of(tenant, record.name))
        if is_named and record.opens(found.serial_number):
            return record.name
    return ""
