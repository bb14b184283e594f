"""``python -m simulators.peer``: answer for other sites' DRIMboxes, and stay."""

from __future__ import annotations

import argparse
import socket
import sys
from collections.abc import Sequence
from pathlib import Path

import uvicorn

from simulators.peer.server import make_app, tls_config


def main(arguments: Sequence[str]) -> int:
    """Command line; prints one line when it listens. 1 when the port is taken."""
    options = _parser().parse_args(arguments)
    try:
        listener = socket.create_server((options.host, options.port))
    except OSError as error:
        print(f"port {options.port} on {options.host}: {error.strerror}", file=sys.stderr)
        return 1
    config = tls_config(make_app(), certificate=options.server_cert, key=options.server_key)
    port = listener.getsockname()[1]
    print(f"other sites on https://{options.host}:{port}", flush=True)
    uvicorn.Server(config).run(sockets=[listener])
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m simulators.peer", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True, help="0 for any free one")
    parser.add_argument("--server-cert", type=Path, required=True, help="PEM")
    parser.add_argument("--server-key", type=Path, required=True, help="PEM")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
