"""The fixed names by which one stack refers to the resources of another.

No stack exports anything: an ARN is made of a name, so that any stack can be deployed again alone.
"""

from __future__ import annotations

from typing import Final

from infra.shared.deployment import Deployment

SERVICE: Final = "drimbox"
ALARM_TOPIC: Final = f"{SERVICE}-alarms"
# The parameters in which the stateful stack keeps the ARNs of its keys: AWS chooses a key's id.
DATA_KEY: Final = f"/{SERVICE}/platform/keys/data"
AUDIT_KEY: Final = f"/{SERVICE}/platform/keys/audit"
OPERATIONS_KEY: Final = f"/{SERVICE}/platform/keys/operations"
AUTHORITY_KEY: Final = f"/{SERVICE}/platform/keys/agent-authority"

# The names of keys that programs and policies call.
DATA_ALIAS: Final = "alias/drimbox/data"
AUTHORITY_ALIAS: Final = "alias/drimbox/agent-authority"
# The platform's secrets.
AGENT_AUTHORITY: Final = "drimbox/platform/agent-authority"
LPS: Final = "drimbox/platform/lps"
OIDC_CLIENT: Final = "drimbox/platform/oidc-client"
PEERS_CLIENT: Final = "drimbox/platform/peers-client"
PSC_CLIENT: Final = "drimbox/platform/psc-client"
TRUST_ANCHORS: Final = "drimbox/platform/trust-anchors"
PLATFORM_SECRETS: Final = (
    AGENT_AUTHORITY,
    LPS,
    OIDC_CLIENT,
    PEERS_CLIENT,
    PSC_CLIENT,
    TRUST_ANCHORS,
)

# The zones of the network of those that open a PACS: each has a NAT gateway and an address.
NETWORK_ZONES: Final = ("a", "b")


def named(name: str) -> str:
    """The name of the account's one function, state machine, table or queue ``name``."""
    return f"{SERVICE}-{name.replace('_', '-')}"


def construct_id(name: str) -> str:
    """The id of a construct that is made for ``name``."""
    return "".join(word.capitalize() for word in name.split("_"))


def queue_name(name: str) -> str:
    """The name of the queue of ``name``: a table may have the bare one."""
    return named(f"{name}-queue")


def agent_queue_name(tenant: str) -> str:
    """The name of the queue that the agents of ``tenant`` listen to."""
    return f"{SERVICE}-agents-{tenant}"


def dead_letters(name: str) -> str:
    """The name of the dead-letter queue of ``name``."""
    return named(f"{name}-dead-letters")


def bucket_name(name: str, deployment: Deployment) -> str:
    """The name of the bucket ``name``: unique among the buckets of everybody."""
    return f"{named(name)}-{deployment.account}-{deployment.region}"
