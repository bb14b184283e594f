"""``python -m simulators.whitelist``: publish the national white list, and stay."""

from __future__ import annotations

import argparse
import socket
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import uvicorn

from simulators.pki import load_authority, load_issued
from simulators.whitelist.faults import Faults
from simulators.whitelist.lists import EXAMPLES, Domain
from simulators.whitelist.publisher import Publisher
from simulators.whitelist.server import LIST, make_app, tls_config


def main(arguments: Sequence[str]) -> int:
    """Command line; prints one line when it listens. 1 when it cannot."""
    options = _parser().parse_args(arguments)
    try:
        authority = load_authority(options.pki)
        signer = load_issued(options.pki, "white-list-signer")
        listener = socket.create_server((options.host, options.port))
    except FileNotFoundError as error:
        print(error, file=sys.stderr)
        return 1
    except OSError as error:
        print(f"port {options.port} on {options.host}: {error.strerror}", file=sys.stderr)
        return 1
    domains = (*options.domain, *EXAMPLES)
    publisher = Publisher(authority, signer, _now, domains)
    config = tls_config(
        make_app(publisher, Faults()), certificate=options.server_cert, key=options.server_key
    )
    port = listener.getsockname()[1]
    print(f"white list on https://{options.host}:{port}{LIST}", flush=True)
    uvicorn.Server(config).run(sockets=[listener])
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m simulators.whitelist", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True, help="0 for any free one")
    parser.add_argument("--pki", type=Path, required=True, help="folder of simulators.pki")
    parser.add_argument("--server-cert", type=Path, required=True, help="PEM")
    parser.add_argument("--server-key", type=Path, required=True, help="PEM")
    parser.add_argument(
        "--domain",
        action="append",
        default=[],
        type=_domain,
        metavar="HOST=DN",
        help="one more domain of the list, before the examples",
    )
    return parser


def _domain(text: str) -> Domain:
    host, equals, name = text.partition("=")
    if not (host and equals and name):
        raise argparse.ArgumentTypeError("HOST=DN is expected")
    return Domain("900", host, host, "Opérateur local", name)


def _now() -> datetime:
    return datetime.now(UTC)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
