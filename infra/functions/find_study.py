"""One study of a tenant's PACS, for the function that compares and signs."""

from __future__ import annotations

from constructs import Construct

from infra.shared.function import DrimboxFunction
from infra.shared.platform import Platform
from infra.shared.uses import pacs


class FindStudy(DrimboxFunction):
    """Opens the PACS, and has neither a key that signs nor a store. Its caller audits."""

    def __init__(self, scope: Construct, platform: Platform) -> None:
        super().__init__(
            scope, "find_study", platform, timeout=120, audited=False, uses=[*pacs(platform)]
        )
