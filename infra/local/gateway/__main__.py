"""``python -m infra.local.gateway``: the REST front of a deployment, in one process."""

from __future__ import annotations

import argparse
import asyncio
from pathlib import Path

from infra.local.assembly import load_assembly
from infra.local.child import end_with_parent
from infra.local.gateway.model import read_apis
from infra.local.gateway.serve import Pki, serve
from infra.local.install import open_install
from infra.local.template import resolve


def main() -> None:
    """Serve until SIGTERM; prints ``ready`` on a line of its own when it can be used."""
    parser = argparse.ArgumentParser(prog="python -m infra.local.gateway", description=__doc__)
    parser.add_argument("--assembly", type=Path, required=True)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--pki", type=Path, required=True)
    parser.add_argument("--port", type=int, required=True, help="of the AWS endpoint")
    arguments = parser.parse_args()
    end_with_parent()
    install = open_install(arguments.data)
    endpoint = f"http://127.0.0.1:{arguments.port}"
    deployment = resolve(load_assembly(arguments.assembly), install, endpoint)
    asyncio.run(serve(read_apis(deployment), install, endpoint, Pki(arguments.pki)))


if __name__ == "__main__":
    main()
