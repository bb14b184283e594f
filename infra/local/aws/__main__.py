"""``python -m infra.local.aws``: one process for the endpoint, the functions and the pollers."""

from __future__ import annotations

import argparse
from pathlib import Path

from infra.local.assembly import load_assembly
from infra.local.aws.environment import prepare
from infra.local.aws.quotas import Quotas
from infra.local.child import end_with_parent
from infra.local.install import open_install
from infra.local.template import resolve


def main() -> None:
    """Serve until the process ends; prints ``ready`` on a line of its own when it can be used."""
    parser = argparse.ArgumentParser(prog="python -m infra.local.aws", description=__doc__)
    parser.add_argument("--assembly", type=Path, required=True)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--quotas", type=Path, help="a file of quotas (infra.local.aws.quotas)")
    arguments = parser.parse_args()
    end_with_parent()
    install = open_install(arguments.data)
    assembly = load_assembly(arguments.assembly)
    endpoint = f"http://127.0.0.1:{arguments.port}"
    deployment = resolve(assembly, install, endpoint)
    prepare(deployment.account, deployment.region)
    # The emulator reads the account from the environment when it is imported: not before.
    from infra.local.aws.serve import serve  # noqa: PLC0415

    serve(assembly, deployment, install, arguments.port, Quotas.read(arguments.quotas))


if __name__ == "__main__":
    main()
