"""POST exams/search of ``vi``: a patient's exams that the DMP knows, for a professional."""

from __future__ import annotations

from aws_cdk import Stack
from constructs import Construct

from infra.shared.function import DrimboxFunction
from infra.shared.names import LPS, PSC_CLIENT, TRUST_ANCHORS
from infra.shared.platform import Platform
from infra.shared.uses import platform_secret, structure_secrets, value


class SearchExams(DrimboxFunction):
    """Speaks with Pro Santé Connect and the DMP; keeps nothing."""

    def __init__(self, scope: Construct, platform: Platform) -> None:
        deployment, stack, key = (
            platform.deployment,
            Stack.of(scope),
            platform.stateful.keys.data,
        )
        super().__init__(
            scope,
            "search_exams",
            platform,
            timeout=28,
            uses=[
                value("DMP_URL", deployment.dmp_url),
                value("DMP_ALGORITHMS", deployment.dmp_algorithms),
                value("PSC_ISSUER", deployment.psc_issuer),
                value("PSC_USERINFO_URL", deployment.psc_userinfo_url),
                value("PSC_CLIENT_ID", deployment.psc_client_id),
                platform_secret("PSC_CLIENT_SECRET", PSC_CLIENT, stack, key),
                platform_secret("LPS_SECRET", LPS, stack, key),
                platform_secret("TRUST_ANCHORS_SECRET", TRUST_ANCHORS, stack, key),
                structure_secrets(platform),
            ],
        )
