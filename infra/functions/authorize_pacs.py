"""Authorizer of the store route of ``db``: is this the tenant's own PACS?"""

from __future__ import annotations

from constructs import Construct

from infra.shared.function import DrimboxFunction
from infra.shared.platform import Platform
from infra.shared.uses import pacs_secrets


class AuthorizePacs(DrimboxFunction):
    """Reads the digests of the PACS's credentials, and no other secret."""

    def __init__(self, scope: Construct, platform: Platform) -> None:
        super().__init__(
            scope,
            "authorize_pacs",
            platform,
            timeout=20,
            audited=False,
            uses=[pacs_secrets(platform)],
        )
