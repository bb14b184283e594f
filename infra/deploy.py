"""``python -m infra.deploy``: deploy the synthesized assembly with the pinned CDK command line.

The CDK's command line comes from npm, pinned with its hashes in ``infra/cli``, and runs on the
pinned Node. Everything it deploys is in ``cdk.out``: it synthesizes nothing itself.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Final

from infra import layers, node

ROOT: Final = Path(__file__).resolve().parents[1]
CLI: Final = ROOT / "infra" / "cli"


def npm() -> list[str]:
    """npm as a command: the script beside the pinned Node."""
    script = node.folder().parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    return [str(node.folder() / "node"), str(script)]


def main(arguments: list[str]) -> int:
    """Install the command line where needed, then ``cdk deploy --all``; the process's status.

    ``arguments`` go to ``cdk deploy`` (``--require-approval never`` for an unattended run).
    """
    if not (ROOT / "cdk.out" / "manifest.json").is_file():
        print("nothing is synthesized: run make synth")
        return 1
    if layers.main(["check"]):
        print("the dependency layer is not built from this lock: run make deploy")
        return 1
    environment = {**os.environ, "PATH": f"{node.folder()}{os.pathsep}{os.environ['PATH']}"}
    subprocess.run(
        [*npm(), "ci", "--no-audit", "--no-fund", "--prefix", str(CLI)],
        check=True,
        env=environment,
    )
    command = CLI / "node_modules" / ".bin" / "cdk"
    return subprocess.run(
        [str(command), "deploy", "--app", "cdk.out", "--all", *arguments],
        cwd=ROOT,
        env=environment,
        check=False,
    ).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
