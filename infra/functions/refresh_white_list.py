"""Every hour: look at the national white list of DRIMboxes."""

from __future__ import annotations

from aws_cdk import Duration, Stack
from constructs import Construct

from infra.shared.function import DrimboxFunction
from infra.shared.names import TRUST_ANCHORS
from infra.shared.platform import Platform
from infra.shared.schedule import on_schedule
from infra.shared.uses import CHANGE, platform_secret, table, value


class RefreshWhiteList(DrimboxFunction):
    """Touches no patient's data, hence writes no audit record.

    A verified list is not due for half a day; a download that failed is tried again each hour.
    """

    def __init__(self, scope: Construct, platform: Platform) -> None:
        stateful, deployment = platform.stateful, platform.deployment
        super().__init__(
            scope,
            "refresh_white_list",
            platform,
            timeout=300,
            audited=False,
            opens_tenants=False,
            uses=[
                platform_secret(
                    "TRUST_ANCHORS_SECRET", TRUST_ANCHORS, Stack.of(scope), stateful.keys.data
                ),
                table("PEERS_TABLE", stateful.tables.peers, *CHANGE),
                value("WHITE_LIST_URL", deployment.white_list_url),
                value("WHITE_LIST_REVOCATION_URLS", deployment.white_list_revocation_urls),
                value("WHITE_LIST_SIGNER_NAME", deployment.white_list_signer_name),
                value("WHITE_LIST_SIGNER_UNIT", deployment.white_list_signer_unit),
                value("DB_URL", deployment.db_url),
            ],
        )
        on_schedule(
            self,
            platform,
            rule="drimbox-white-list",
            every=Duration.hours(1),
            description="The national white list of DRIMboxes is downloaded twice a day",
        )
