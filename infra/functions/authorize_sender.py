"""Authorizer of ``in``: whose program presents this client certificate."""

from __future__ import annotations

from constructs import Construct

from infra.shared.function import DrimboxFunction
from infra.shared.platform import Platform


class AuthorizeSender(DrimboxFunction):
    """Needs the tenant's declared senders only."""

    def __init__(self, scope: Construct, platform: Platform) -> None:
        super().__init__(scope, "authorize_sender", platform, public=True, timeout=20)
