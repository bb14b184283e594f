"""Behind the hosts: the workflows, their steps, their starters, the scheduled functions."""

from __future__ import annotations

from typing import Any

from aws_cdk import Stack
from constructs import Construct

from infra.functions.build_manifest import BuildManifest
from infra.functions.check_certificates import CheckCertificates
from infra.functions.fail_jobs import FailJobs
from infra.functions.fill_cache import FillCache
from infra.functions.find_study import FindStudy
from infra.functions.hold_publication import HoldPublication
from infra.functions.index_study import IndexStudy
from infra.functions.prepare_series import PrepareSeries
from infra.functions.publish_manifest import PublishManifest
from infra.functions.read_report import ReadReport
from infra.functions.reconcile_studies import ReconcileStudies
from infra.functions.refresh_revocations import RefreshRevocations
from infra.functions.refresh_white_list import RefreshWhiteList
from infra.functions.seal_audit import SealAudit
from infra.functions.settle_publication import SettlePublication
from infra.functions.start_publication import StartPublication
from infra.functions.start_reconciliation import StartReconciliation
from infra.functions.sweep_inbox import SweepInbox
from infra.functions.tell_sender import TellSender
from infra.functions.wake_waits import WakeWaits
from infra.shared.deployment import Deployment
from infra.shared.platform import Platform
from infra.workflows.publish import PublishWorkflow
from infra.workflows.reconcile import ReconcileWorkflow


class PublicationStack(Stack):
    """Lists its constructs; each of them says what it is for."""

    def __init__(
        self, scope: Construct, construct_id: str, *, deployment: Deployment, **props: Any
    ) -> None:
        super().__init__(scope, construct_id, **props)
        platform = Platform.of(self, deployment)
        publish = PublishWorkflow(
            self,
            platform,
            read_report=ReadReport(self, platform),
            index_study=IndexStudy(self, platform),
            build_manifest=BuildManifest(self, platform),
            prepare_series=PrepareSeries(self, platform),
            publish_manifest=PublishManifest(self, platform),
            settle_publication=SettlePublication(self, platform),
            hold_publication=HoldPublication(self, platform),
        )
        FillCache(self, platform)
        FailJobs(self, platform)
        StartPublication(self, platform, publish.machine)
        WakeWaits(self, platform, publish.machine)
        FindStudy(self, platform)
        reconcile = ReconcileWorkflow(
            self, platform, reconcile_studies=ReconcileStudies(self, platform)
        )
        StartReconciliation(self, platform, reconcile.machine)
        SweepInbox(self, platform)
        TellSender(self, platform)
        CheckCertificates(self, platform)
        SealAudit(self, platform)
        RefreshWhiteList(self, platform)
        RefreshRevocations(self, platform)
