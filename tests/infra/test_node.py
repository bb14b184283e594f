"""A machine's own Node is never asked: its age would be told at each command, or it is absent."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Final

import pytest

from infra.shared.deployment import ROOT

# Loads the CDK after the pinned Node.
_OTHERS: Final = {"infra.codes"}


def programs() -> set[str]:
    """The modules of ``infra`` that somebody may run."""
    found = {
        path
        for path in (ROOT / "infra").rglob("*.py")
        if '__name__ == "__main__"' in path.read_text("utf-8")
    }
    names = {".".join(path.relative_to(ROOT).with_suffix("").parts) for path in found}
    return {name.removesuffix(".__main__") for name in names}


def test_contracts_keep_the_cdk_out_of_every_program() -> None:
    """Before, ``make stop`` loaded the CDK for one name, before the pinned Node was in PATH."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    contracts = settings["tool"]["importlinter"]["contracts"]
    held = [
        module
        for one in contracts
        if "aws_cdk" in one.get("forbidden_modules", ())
        for module in one["source_modules"]
    ]
    outside = {one for one in programs() if not any(f"{one}.".startswith(f"{h}.") for h in held)}
    assert outside == _OTHERS


@pytest.mark.parametrize(
    "command",
    [
        ("-m", "infra.demo", "stop"),
        ("-c", "import infra.demo.__main__"),
        ("-c", "import infra.codes"),
    ],
    ids=lambda command: command[1],
)
def test_no_program_asks_the_machine_s_node(command: tuple[str, ...], tmp_path: Path) -> None:
    asked = tmp_path / "asked"
    node = tmp_path / "bin" / "node"
    node.parent.mkdir()
    node.write_text(f"#!/bin/sh\ntouch {asked}\nexit 1\n", "utf-8")
    node.chmod(0o755)
    done = subprocess.run(
        [sys.executable, *command],
        cwd=ROOT,
        env={"PATH": f"{node.parent}:/usr/bin:/bin", "DRIMBOX_HOME": str(tmp_path / "home")},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert not asked.exists()
