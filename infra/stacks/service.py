"""Everything that can be made anew: functions, workflows, hosts, alarms."""

from __future__ import annotations

from typing import Any

from aws_cdk import CfnOutput, Stack
from constructs import Construct

from infra.functions.acknowledge_upload import AcknowledgeUpload
from infra.functions.act_on_operations import ActOnOperations
from infra.functions.act_on_operations_pages import ActOnOperationsPages
from infra.functions.authorize_operator import AuthorizeOperator
from infra.functions.authorize_pacs import AuthorizePacs
from infra.functions.authorize_professional import AuthorizeProfessional
from infra.functions.authorize_sender import AuthorizeSender
from infra.functions.build_manifest import BuildManifest
from infra.functions.check_certificates import CheckCertificates
from infra.functions.check_health import CheckHealth
from infra.functions.check_message import CheckMessage
from infra.functions.check_pasted_message import CheckPastedMessage
from infra.functions.fill_cache import FillCache
from infra.functions.hold_publication import HoldPublication
from infra.functions.index_study import IndexStudy
from infra.functions.operator_session import OperatorSession
from infra.functions.publish_manifest import PublishManifest
from infra.functions.read_operations import ReadOperations
from infra.functions.read_report import ReadReport
from infra.functions.read_upload import ReadUpload
from infra.functions.receive_message import ReceiveMessage
from infra.functions.receive_note import ReceiveNote
from infra.functions.reconcile_studies import ReconcileStudies
from infra.functions.request_upload import RequestUpload
from infra.functions.retrieve_study import RetrieveStudy
from infra.functions.search_exams import SearchExams
from infra.functions.settle_publication import SettlePublication
from infra.functions.show_operations_pages import ShowOperationsPages
from infra.functions.start_publication import StartPublication
from infra.functions.start_reconciliation import StartReconciliation
from infra.routes import HOSTS
from infra.shared.alarms import alarm_topic
from infra.shared.api import RestHost
from infra.shared.assets import code, dependency_layer
from infra.shared.deployment import Deployment
from infra.shared.gateway_account import GatewayAccount
from infra.shared.health_alarms import HealthAlarms
from infra.shared.platform import Platform
from infra.stacks.stateful import StatefulStack
from infra.workflows.fill import FillWorkflow
from infra.workflows.publish import PublishWorkflow
from infra.workflows.reconcile import ReconcileWorkflow


class ServiceStack(Stack):
    """Lists its constructs; each of them says what it is for."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        deployment: Deployment,
        stateful: StatefulStack,
        **props: Any,
    ) -> None:
        super().__init__(scope, construct_id, **props)
        platform = Platform(
            deployment=deployment,
            stateful=stateful,
            code=code(),
            layer=dependency_layer(self, deployment.layers),
            alarms=alarm_topic(self, stateful.keys.operations, deployment.alarm_email),
        )
        fill_cache = FillCache(self, platform)
        publish = PublishWorkflow(
            self,
            platform,
            read_report=ReadReport(self, platform),
            index_study=IndexStudy(self, platform),
            build_manifest=BuildManifest(self, platform),
            publish_manifest=PublishManifest(self, platform),
            settle_publication=SettlePublication(self, platform),
            hold_publication=HoldPublication(self, platform),
            fill_cache=fill_cache,
        )
        fill = FillWorkflow(self, platform, fill_cache=fill_cache)
        ReadUpload(self, platform)
        StartPublication(self, platform, publish.machine)
        reconcile = ReconcileWorkflow(
            self, platform, reconcile_studies=ReconcileStudies(self, platform)
        )
        StartReconciliation(self, platform, reconcile.machine)
        answering = {
            function.name: function
            for function in (
                ReceiveMessage(self, platform),
                RequestUpload(self, platform),
                AcknowledgeUpload(self, platform),
                CheckMessage(self, platform),
                ReadOperations(self, platform),
                ActOnOperations(self, platform),
                AuthorizeSender(self, platform),
                AuthorizeProfessional(self, platform),
                AuthorizePacs(self, platform),
                ReceiveNote(self, platform),
                RetrieveStudy(self, platform, fill.machine),
                CheckHealth(self, platform),
                SearchExams(self, platform),
                AuthorizeOperator(self, platform),
                OperatorSession(self, platform),
                ShowOperationsPages(self, platform),
                ActOnOperationsPages(self, platform),
                CheckPastedMessage(self, platform),
            )
        }
        account = GatewayAccount(self)
        for host in HOSTS:
            rest = RestHost(self, host, platform, answering)
            rest.node.add_dependency(account)
            # What DNS needs: a CNAME to the target, or an alias record of the target in its zone.
            for output, value in (
                ("Url", deployment.url(host)),
                ("DomainTarget", rest.domain.domain_name_alias_domain_name),
                ("DomainZone", rest.domain.domain_name_alias_hosted_zone_id),
            ):
                CfnOutput(self, f"{host.capitalize()}{output}", value=value)
        CheckCertificates(self, platform)
        HealthAlarms(self, platform)
