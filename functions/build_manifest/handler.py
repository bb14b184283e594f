"""Step 3 of a publication: fix the intent and build everything that will be sent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from functions.aws import entry
from functions.aws.secrets import StructureKeys
from functions.aws.sites import open_site
from functions.build_manifest.settings import Settings
from functions.drimbox.ports import Signer
from functions.drimbox.publication.building import build_manifest
from functions.drimbox.publication.ports import Change


@dataclass(frozen=True, slots=True)
class _Signers:
    tenant: str

    def signer(self, structure_id: str) -> Signer | None:
        return StructureKeys(
            Settings.current().structure_secrets, self.tenant, structure_id
        ).signer()


@entry.task
def handler(event: entry.Event) -> dict[str, Any]:
    """Build and store."""
    change = Change.read(event)
    settings = Settings.current()
    return build_manifest(
        open_site(settings, change.tenant),
        change,
        _Signers(change.tenant),
        settings.db_url,
    )
