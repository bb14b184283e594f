"""``python -m infra.deploy [check|bootstrap]``: deploy the templates, with the pinned CDK.

``check`` builds and deploys nothing: it tells what is missing, before anything that takes time.

The CDK's command line comes from npm, pinned with its hashes in ``infra/cdk_cli``, and runs on the
pinned Node. Everything it deploys is in ``cdk.out``: it synthesizes nothing itself.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from functions.drimbox.errors import ConfigurationError
from infra import bytecode, layers, node
from infra.shared.deployment import SAMPLE_ACCOUNT, Deployment, WrongContext, context_of_project
from infra.shared.tenants import load

ROOT: Final = Path(__file__).resolve().parents[1]
CLI: Final = ROOT / "infra" / "cdk_cli"
# Stacks that are deployed at a time: the tenants' ones depend on none of each other. The command
# line leaves those alone whose template has not changed.
AT_ONCE: Final = "10"
ADVICE: Final = (
    "The packages of infra/cdk_cli/package-lock.json could not be installed from the npm registry. "
    "Check the network or the npm configuration; behind a proxy that inspects TLS, name its "
    "authority: NODE_EXTRA_CA_CERTS=/path/ca.pem make deploy"
)


def missing(context: Mapping[str, Any], built: Path) -> Iterator[str]:
    """Each thing without which nothing can be built and deployed, in words."""
    try:
        if context.get("account") == SAMPLE_ACCOUNT:
            yield (
                f"cdk.json names the sample account {SAMPLE_ACCOUNT}: fill it "
                "(docs/runbooks/deploy.md, step 1)"
            )
        load(Deployment.read(context))
    except (ConfigurationError, WrongContext) as error:
        yield str(error)
    if layers.layer_fault(built) or layers.code_fault(built):
        try:
            bytecode.interpreter()
        except bytecode.NoInterpreter as error:
            yield str(error)


def check(context: Mapping[str, Any], built: Path) -> int:
    """Print each missing thing; the process's status."""
    faults = list(missing(context, built))
    for one in faults:
        print(f"make deploy: {one}", file=sys.stderr)
    return 1 if faults else 0


def npm() -> list[str]:
    """npm as a command: the script beside the pinned Node."""
    script = node.folder().parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    return [str(node.folder() / "node"), str(script)]


def environments(assembly: Path) -> list[str]:
    """``aws://account/region`` of every environment that the assembly is for; none: no assembly."""
    manifest = assembly / "manifest.json"
    if not manifest.is_file():
        return []
    artifacts = json.loads(manifest.read_text("utf-8"))["artifacts"].values()
    return sorted({one["environment"] for one in artifacts if "environment" in one})


def fault(assembly: Path) -> str | None:
    """Why nothing can be done with the assembly, in words; None when it can."""
    found = environments(assembly)
    if not found:
        return "nothing is synthesized: run make synth"
    if any(f"//{SAMPLE_ACCOUNT}/" in one for one in found):
        return (
            f"cdk.json names the sample account {SAMPLE_ACCOUNT}: fill it, then run make synth "
            "(docs/runbooks/deploy.md, step 1)"
        )
    return None


def main(arguments: list[str], assembly: Path = ROOT / "cdk.out") -> int:
    """Install the command line, then ``cdk deploy --all`` or ``cdk bootstrap``; its status.

    ``arguments`` go to ``cdk deploy`` (``--require-approval never`` for an unattended run), those
    after ``bootstrap`` to ``cdk bootstrap``.
    """
    if arguments == ["check"]:
        return check(context_of_project(), ROOT / "layers")
    wrong = fault(assembly)
    if wrong:
        print(wrong, file=sys.stderr)
        return 1
    if arguments[:1] == ["bootstrap"]:
        call = ["bootstrap", "--app", str(assembly), *environments(assembly), *arguments[1:]]
    elif layers.main(["check"]):
        return 1
    elif any(bytecode.uncompiled(folder) for folder in assembly.glob("asset.*/functions")):
        print(f"{assembly} holds code without bytecode: run make deploy", file=sys.stderr)
        return 1
    else:
        call = ["deploy", "--app", str(assembly), "--all", "--concurrency", AT_ONCE, *arguments]
    environment = {
        **os.environ,
        "PATH": f"{node.folder()}{os.pathsep}{os.environ['PATH']}",
        # A host of health data tells nobody of its deployments.
        "CDK_DISABLE_CLI_TELEMETRY": "true",
    }
    install = [*npm(), "ci", "--no-audit", "--no-fund", "--prefix", str(CLI)]
    if subprocess.run(install, check=False, env=environment).returncode:
        print(ADVICE, file=sys.stderr)
        return 1
    command = CLI / "node_modules" / ".bin" / "cdk"
    return subprocess.run([str(command), *call], cwd=ROOT, env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
