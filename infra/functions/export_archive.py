"""POST operations/archives of ``in``: a month's manifests as archives."""

from __future__ import annotations

from constructs import Construct

from infra.shared.function import DrimboxFunction
from infra.shared.platform import Platform
from infra.shared.uses import large_exports, objects, table


class ExportArchive(DrimboxFunction):
    """Reads the archive, and signs the addresses of its own archives; it changes no record."""

    def __init__(self, scope: Construct, platform: Platform) -> None:
        buckets, tables = platform.stateful.buckets, platform.stateful.tables
        super().__init__(
            scope,
            "export_archive",
            platform,
            timeout=28,
            uses=[
                objects("ARCHIVE_BUCKET", buckets.archive, "get"),
                table("STUDIES_TABLE", tables.studies, "GetItem", index=True),
                *large_exports(platform),
            ],
        )
