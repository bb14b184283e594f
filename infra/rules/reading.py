"""A cloud assembly on disk, as the rules see it."""

from __future__ import annotations

import json
from pathlib import Path

from infra.rules.assembly import Assembly, StackTemplate


def read_assembly(folder: Path) -> Assembly:
    """The stacks of a cloud assembly's folder, in the order of their names."""
    artifacts = json.loads((folder / "manifest.json").read_text("utf-8"))["artifacts"]
    return Assembly(
        tuple(
            StackTemplate(
                name=name,
                region=artifact["environment"].rpartition("/")[2],
                template=json.loads(
                    (folder / artifact["properties"]["templateFile"]).read_text("utf-8")
                ),
            )
            for name, artifact in sorted(artifacts.items())
            if artifact["type"] == "aws:cloudformation:stack"
        )
    )
