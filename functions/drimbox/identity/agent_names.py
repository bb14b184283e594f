"""The names in the certificates of our own authority, as RFC 4514 texts."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from functions.drimbox.identity.distinguished_name import canonical_name

if TYPE_CHECKING:
    from functions.drimbox.identity.distinguished_name import CanonicalName

# The names of agents, enrolled or declared: a host's name in lower case.
AGENT_NAME: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")

AUTHORITY_NAME: Final = "DRIMbox agents authority"
AUTHORITY_OWNER: Final = "DRIMbox"
OWNER: Final = "DRIMbox agents"
_OWNED: Final = canonical_name(f"O={OWNER}").rdns[0]
AUTHORITY: Final = f"CN={AUTHORITY_NAME},O={AUTHORITY_OWNER}"


def has_agent_form(subject: CanonicalName) -> bool:
    """Whether a name is of the form that our authority gives; another may have issued it."""
    return _OWNED in subject.rdns


def is_own_agent(subject: str, tenant: str) -> bool:
    """Whether a declared subject is one that our authority gives to an agent of that tenant."""
    name = subject.partition(",")[0].removeprefix("CN=")
    return bool(AGENT_NAME.fullmatch(name)) and subject == subject_of(tenant, name)


def subject_of(tenant: str, agent: str) -> str:
    """The subject of that agent's certificate: of every agent one, and of nobody else."""
    return f"CN={agent},OU={tenant},O={OWNER}"
