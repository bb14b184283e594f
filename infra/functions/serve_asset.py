"""GET /assets/{file} of ``vi``: the viewer's files."""

from __future__ import annotations

from constructs import Construct

from infra.shared.assets import code_with_viewer
from infra.shared.function import DrimboxFunction
from infra.shared.platform import Platform


class ServeAsset(DrimboxFunction):
    """Gives files of its own code; it has no right on anything."""

    def __init__(self, scope: Construct, platform: Platform) -> None:
        super().__init__(
            scope,
            "serve_asset",
            platform,
            audited=False,
            opens_tenants=False,
            timeout=15,
            code=code_with_viewer(),
        )
