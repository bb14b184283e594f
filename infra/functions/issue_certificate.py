"""Our authority over agents: signs certificates, and can do nothing else (rule A28)."""

from __future__ import annotations

from constructs import Construct

from infra.shared.function import DrimboxFunction
from infra.shared.platform import Platform
from infra.shared.uses import authority_key, value


class IssueCertificate(DrimboxFunction):
    """Has the authority's key, and neither a table nor a bucket."""

    def __init__(self, scope: Construct, platform: Platform) -> None:
        super().__init__(
            scope,
            "issue_certificate",
            platform,
            timeout=15,
            audited=False,
            opens_tenants=False,
            uses=[authority_key(platform), value("IN_URL", platform.deployment.in_url)],
        )
