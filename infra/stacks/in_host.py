"""The host ``in``: senders' messages and uploads, the operators' programs, the sites' agents."""

from __future__ import annotations

from typing import Any

from aws_cdk import Stack
from constructs import Construct

from infra.functions.acknowledge_upload import AcknowledgeUpload
from infra.functions.act_on_operations import ActOnOperations
from infra.functions.authorize_sender import AuthorizeSender
from infra.functions.check_call import CheckCall
from infra.functions.check_message import CheckMessage
from infra.functions.export_archive import ExportArchive
from infra.functions.follow_message import FollowMessage
from infra.functions.issue_certificate import IssueCertificate
from infra.functions.read_operations import ReadOperations
from infra.functions.read_upload import ReadUpload
from infra.functions.receive_message import ReceiveMessage
from infra.functions.renew_agent import RenewAgent
from infra.functions.request_upload import RequestUpload
from infra.functions.serve_agents import ServeAgents
from infra.shared.api import RestHost
from infra.shared.deployment import Deployment
from infra.shared.platform import Platform


class InStack(Stack):
    """Lists its constructs; each of them says what it is for."""

    def __init__(
        self, scope: Construct, construct_id: str, *, deployment: Deployment, **props: Any
    ) -> None:
        super().__init__(scope, construct_id, **props)
        platform = Platform.of(self, deployment)
        ReadUpload(self, platform)
        IssueCertificate(self, platform)
        RestHost(
            self,
            "in",
            platform,
            AuthorizeSender(self, platform),
            ReceiveMessage(self, platform),
            RequestUpload(self, platform),
            AcknowledgeUpload(self, platform),
            FollowMessage(self, platform),
            CheckMessage(self, platform),
            CheckCall(self, platform),
            ReadOperations(self, platform),
            ActOnOperations(self, platform),
            ExportArchive(self, platform),
            ServeAgents(self, platform),
            RenewAgent(self, platform),
        )
