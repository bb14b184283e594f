"""``python -m simulators.peer``: answer for other sites' DRIMboxes, and stay."""

from __future__ import annotations

import argparse
import asyncio
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import uvicorn

from simulators.peer import slow
from simulators.peer.front import Front, Real, find_nginx, start
from simulators.peer.server import config, make_app

# Seconds between two looks at nginx, and the wait of a slow handshake.
_LOOK: Final = 0.5
_SLOW: Final = 30.0


def main(arguments: Sequence[str]) -> int:
    """Command line; prints one line when it listens. 1 when the port is taken.

    Without nginx the sites answer their health check alone.
    """
    options = _parser().parse_args(arguments)
    try:
        # nginx's own word about a taken port would be in its log alone.
        listener = socket.create_server((options.host, options.port))
    except OSError as error:
        print(f"port {options.port} on {options.host}: {error.strerror}", file=sys.stderr)
        return 1
    print(f"other sites on https://{options.host}:{options.port}", flush=True)
    if find_nginx() is None:
        print("nginx is not installed (Debian: nginx-light): no images", file=sys.stderr)
        tls = {"ssl_certfile": options.server_cert, "ssl_keyfile": options.server_key}
        with listener:
            uvicorn.Server(config(make_app(closed=True), **tls)).run(sockets=[listener])
        return 0
    listener.close()
    # The path of a socket has 107 bytes at most: a folder of the system's own.
    with tempfile.TemporaryDirectory(prefix="peer-") as folder:
        return _serve(options, Path(folder) / "sites")


def _serve(options: argparse.Namespace, path: Path) -> int:
    real = {site: Real(base, options.redirects_to.rstrip("/")) for site, base in options.real}
    front = Front(
        options.host,
        options.port,
        options.server_cert.resolve(),
        options.server_key.resolve(),
        options.ca.resolve(),
        tuple(options.client),
        path,
        real,
    )
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(path))
    nginx = start(front, options.data)
    try:
        server = uvicorn.Server(config(make_app(options.files, real)))
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: setattr(server, "should_exit", True))
        return asyncio.run(_stay(server, listener, nginx, options))
    finally:
        nginx.terminate()
        nginx.wait()


async def _stay(
    server: uvicorn.Server,
    listener: socket.socket,
    nginx: subprocess.Popen[bytes],
    options: argparse.Namespace,
) -> int:
    """Until told to stop, or until nginx ends: then 1."""
    late = None
    if options.slow_host:
        front = (options.host, options.port)
        late = await slow.serve(options.slow_host, options.port, front, options.slow_seconds)
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    while not serving.done() and nginx.poll() is None:
        await asyncio.wait([serving], timeout=_LOOK)
    ended = nginx.poll() is not None
    server.should_exit = True
    await serving
    if late is not None:
        late.close()
    if ended:
        print(f"nginx ended; see {options.data / 'error.log'}", file=sys.stderr)
    return int(ended)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m simulators.peer", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--data", type=Path, required=True, help="where nginx has its files")
    parser.add_argument("--server-cert", type=Path, required=True, help="PEM")
    parser.add_argument("--server-key", type=Path, required=True, help="PEM")
    parser.add_argument(
        "--ca", type=Path, required=True, help="PEM: of clients, and of real DRIMboxes' servers"
    )
    parser.add_argument(
        "--client",
        action="append",
        default=[],
        metavar="SUBJECT",
        help="a consumer that gets images (RFC 4514)",
    )
    parser.add_argument(
        "--real",
        action="append",
        default=[],
        type=_pair,
        metavar="SITE=URL",
        help="a site behind which a DRIMbox stands: the base of its DICOMweb service",
    )
    parser.add_argument(
        "--redirects-to", default="", metavar="URL", help="where real DRIMboxes' redirects may lead"
    )
    parser.add_argument(
        "--files", type=Path, help="images of the other sites: STUDY/SERIES/INSTANCE.dcm"
    )
    parser.add_argument("--slow-host", default="", help="an address whose handshakes are slow")
    parser.add_argument("--slow-seconds", type=float, default=_SLOW)
    return parser


def _pair(text: str) -> tuple[str, str]:
    site, equals, url = text.partition("=")
    if not (site and equals and url):
        raise argparse.ArgumentTypeError("SITE=URL is expected")
    return site, url


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
