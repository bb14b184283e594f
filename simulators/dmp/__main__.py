"""``python -m simulators.dmp``: start the simulated DMP and stay."""

from __future__ import annotations

import argparse
import socket
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import uvicorn

from simulators.dmp.certificates import Authorities
from simulators.dmp.faults import Faults
from simulators.dmp.registry import Registry
from simulators.dmp.schemas import Schemas
from simulators.dmp.server import make_app, tls_config
from simulators.dmp.store import Store


def main(arguments: Sequence[str]) -> int:
    """Command line; prints one line when it listens. 1 when the port is taken."""
    options = _parser().parse_args(arguments)
    try:
        listener = socket.create_server((options.host, options.port))
    except OSError as error:
        print(f"port {options.port} on {options.host}: {error.strerror}", file=sys.stderr)
        return 1
    store = Store(options.data / "dmp.sqlite")
    faults = Faults()
    registry = Registry(
        store,
        Authorities.from_pem(options.ca.read_bytes()),
        clock=_now,
        lenient=options.lenient,
        schemas=Schemas(options.schemas) if options.schemas else None,
        establishments=_grouped(options.establishment),
    )
    config = tls_config(
        make_app(registry, faults, _now),
        certificate=options.server_cert,
        key=options.server_key,
        authorities=options.ca,
    )
    port = listener.getsockname()[1]
    print(f"DMP simulator on https://{options.host}:{port}", flush=True)
    try:
        uvicorn.Server(config).run(sockets=[listener])
    finally:
        store.close()
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m simulators.dmp", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True, help="0 for any free one")
    parser.add_argument("--data", type=Path, required=True, help="folder that keeps the documents")
    parser.add_argument("--server-cert", type=Path, required=True, help="PEM")
    parser.add_argument("--server-key", type=Path, required=True, help="PEM")
    parser.add_argument("--ca", type=Path, required=True, help="PEM of the trusted authorities")
    parser.add_argument("--schemas", type=Path, help="folder of the XDS.b schemas")
    parser.add_argument(
        "--lenient",
        action="store_true",
        help="reads the official samples: no VIHF, signature or structure check",
    )
    parser.add_argument(
        "--establishment",
        action="append",
        default=[],
        type=_pair,
        metavar="EJ=EG",
        help="a structure (EG) for which another one's certificates (EJ) may act",
    )
    return parser


def _pair(text: str) -> tuple[str, str]:
    holder, equals, other = text.partition("=")
    if not (holder and equals and other):
        raise argparse.ArgumentTypeError("EJ=EG is expected")
    return holder, other


def _grouped(pairs: Sequence[tuple[str, str]]) -> dict[str, frozenset[str]]:
    return {
        holder: frozenset(other for key, other in pairs if key == holder) for holder, _ in pairs
    }


def _now() -> datetime:
    return datetime.now(UTC)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
