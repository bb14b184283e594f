"""Task: compare a page of studies with the PACS and the DMP, and make the safe repairs."""

from __future__ import annotations

from aws_cdk import Stack
from constructs import Construct

from infra.shared.function import DrimboxFunction
from infra.shared.names import LPS, TRUST_ANCHORS
from infra.shared.platform import Platform
from infra.shared.uses import (
    CHANGE,
    WRITE,
    agents_answers,
    finding,
    news,
    objects,
    platform_secret,
    sender,
    structure_secrets,
    table,
    value,
)


class ReconcileStudies(DrimboxFunction):
    """Asks the DMP, and the PACS through ``find_study``: it holds the structures' keys. Its repairs
    go through the queue of messages."""

    def __init__(self, scope: Construct, platform: Platform) -> None:
        stateful, stack = platform.stateful, Stack.of(scope)
        deployment = platform.deployment
        super().__init__(
            scope,
            "reconcile_studies",
            platform,
            timeout=600,
            uses=[
                objects("INBOX_BUCKET", stateful.buckets.inbox, "get", "put"),
                objects("ARCHIVE_BUCKET", stateful.buckets.archive, "get"),
                objects("RECONCILIATIONS_BUCKET", stateful.buckets.reconciliations, "get", "put"),
                table("STUDIES_TABLE", stateful.tables.studies, *WRITE, index=True),
                table("MESSAGES_TABLE", stateful.tables.messages, *WRITE),
                news(platform),
                table("CIRCUITS_TABLE", stateful.tables.circuits, *CHANGE, "BatchGetItem"),
                sender("MESSAGES_QUEUE_URL", stateful.messages.queue),
                structure_secrets(platform),
                platform_secret("LPS_SECRET", LPS, stack, stateful.keys.data),
                platform_secret("TRUST_ANCHORS_SECRET", TRUST_ANCHORS, stack, stateful.keys.data),
                finding(stack),
                *agents_answers(platform),
                value("DMP_URL", deployment.dmp_url),
                value("DMP_ALGORITHMS", deployment.dmp_algorithms),
                value("PROBE_SECONDS", str(deployment.probe_seconds)),
                value("RECONCILED_PER_SECOND", str(deployment.reconciled_per_second)),
            ],
        )
