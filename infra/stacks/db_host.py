"""The host ``db``: images for professionals, rejection notes of the PACS, the health check."""

from __future__ import annotations

from typing import Any

from aws_cdk import Stack
from constructs import Construct

from infra.functions.authorize_pacs import AuthorizePacs
from infra.functions.check_health import CheckHealth
from infra.functions.receive_note import ReceiveNote
from infra.functions.retrieve_study import RetrieveStudy
from infra.shared.api import RestHost
from infra.shared.deployment import Deployment
from infra.shared.function import known_function
from infra.shared.platform import Platform


class DbStack(Stack):
    """Lists its constructs; each of them says what it is for."""

    def __init__(
        self, scope: Construct, construct_id: str, *, deployment: Deployment, **props: Any
    ) -> None:
        super().__init__(scope, construct_id, **props)
        platform = Platform.of(self, deployment)
        RestHost(
            self,
            "db",
            platform,
            known_function(self, "authorize_professional"),
            AuthorizePacs(self, platform),
            ReceiveNote(self, platform),
            RetrieveStudy(self, platform),
            CheckHealth(self, platform),
        )
