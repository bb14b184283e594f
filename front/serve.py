"""``python -m front.serve``: the streamer of the front, on a socket of the file system that nginx's
workers may open, and nobody else."""

from __future__ import annotations

import argparse
import ssl
import sys
from collections.abc import Sequence
from pathlib import Path

import httpx
import uvicorn

from front.configuration import API_SOCKET, STREAMER_SOCKET
from front.streamer import Storage, Streamer

# Seconds: to connect, and for the next bytes of an answer. Without a bound for the wait for a free
# connection: the streamer bounds its answers itself.
_PATIENCE = httpx.Timeout(35.0, connect=5.0, pool=None)


def application(home: Path, signed: Sequence[str], storage_ca: Path) -> Streamer:
    """The streamer of the front whose nginx has this ``home``; ``signed`` as in ``Front``."""
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=64)
    api = httpx.AsyncClient(
        transport=httpx.AsyncHTTPTransport(uds=str(home / API_SOCKET), limits=limits),
        timeout=_PATIENCE,
        trust_env=False,
    )
    trusted = ssl.create_default_context(cafile=str(storage_ca))
    trusted.minimum_version = ssl.TLSVersion.TLSv1_2
    storage = httpx.AsyncClient(verify=trusted, timeout=_PATIENCE, limits=limits, trust_env=False)
    return Streamer(api, Storage(storage, tuple(one.rstrip("/") for one in signed)))


def main(arguments: Sequence[str]) -> int:
    """Command line: until it is told to end."""
    parser = argparse.ArgumentParser(prog="python -m front.serve", description=__doc__)
    parser.add_argument("--home", type=Path, required=True, help="the folder of the front's nginx")
    parser.add_argument("--signed", action="append", required=True, help="as that of the front")
    parser.add_argument("--storage-ca", type=Path, required=True, help="the authorities of S3")
    options = parser.parse_args(arguments)
    config = uvicorn.Config(
        application(options.home, options.signed, options.storage_ca),
        uds=str(options.home / STREAMER_SOCKET),
        http="h11",
        ws="none",
        lifespan="off",
        log_level="critical",
        access_log=False,
        server_header=False,
        proxy_headers=False,
    )
    uvicorn.Server(config).run()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
