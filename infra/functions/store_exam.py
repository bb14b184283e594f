"""Workflow ``import``: an opened exam, stored in the site's PACS."""

from __future__ import annotations

from aws_cdk import Stack
from constructs import Construct

from infra.shared.function import DrimboxFunction
from infra.shared.platform import Platform
from infra.shared.uses import (
    CHANGE,
    KEEP,
    agents_answers,
    objects,
    pacs,
    professionals_provider,
    session_secrets,
    table,
    value,
)


class StoreExam(DrimboxFunction):
    """The one function that writes into a site's PACS, itself or by a job of the site's agent;
    objects pass through its disk."""

    def __init__(self, scope: Construct, platform: Platform) -> None:
        stateful, deployment = platform.stateful, platform.deployment
        tables, stack = stateful.tables, Stack.of(scope)
        super().__init__(
            scope,
            "store_exam",
            platform,
            timeout=900,
            storage=10240,
            uses=[
                table("SESSIONS_TABLE", tables.sessions, "GetItem", "UpdateItem", "PutItem"),
                value("VI_URL", deployment.vi_url),
                session_secrets(platform),
                *professionals_provider(platform, stack),
                objects("READINGS_BUCKET", stateful.buckets.readings, "get", "put", "delete"),
                table("STUDIES_TABLE", tables.studies, "GetItem"),
                table("IMPORTS_TABLE", tables.imports, *KEEP),
                table("CIRCUITS_TABLE", tables.circuits, *CHANGE),
                value("PROBE_SECONDS", str(deployment.probe_seconds)),
                *pacs(platform),
                *agents_answers(platform),
            ],
        )
