"""The options of a front's commands: the files, addresses and bounds of one front."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

from front.configuration import Front, Tls


def read(arguments: Sequence[str], program: str, told: str | None) -> Front:
    """The front that a command line names; ValueError for a value that no configuration may hold,
    SystemExit for other faults."""
    options = _parser(program, told).parse_args(arguments)
    shown = options.api_certificate or options.certificate
    key = options.api_key or options.key
    return Front(
        listen=options.listen,
        peers=Tls(options.certificate, options.key, options.peers_ca),
        api=options.api.rstrip("/"),
        api_name=options.api_name or urlsplit(options.api).hostname or "",
        to_api=Tls(shown, key, options.api_ca),
        signed=tuple(one.rstrip("/") for one in options.signed),
        storage=options.storage_ca or options.api_ca,
        home=options.home,
        revoked=options.peers_crl,
        resolver=options.resolver,
        workers=options.workers,
        user=options.user,
    )


def _file(text: str) -> Path:
    # nginx reads a relative name from its own folder.
    return Path(text).absolute()


def _parser(program: str, told: str | None) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=program, description=told)
    parser.add_argument("--listen", default="0.0.0.0:8443", help="address and port")
    for name, what in (
        ("certificate", "our chain, that peers see"),
        ("key", "its key"),
        ("peers-ca", "the authorities of peers"),
        ("api-ca", "the authorities of the API"),
        ("home", "a folder for nginx's own files"),
    ):
        parser.add_argument(f"--{name}", type=_file, required=True, help=what)
    for name, what in (
        ("peers-crl", "their revocation lists; none: no list is looked at"),
        ("api-certificate", "the certificate that the API demands; none: that of the peers' end"),
        ("api-key", "its key"),
        ("storage-ca", "the authorities of S3; none: those of the API"),
    ):
        parser.add_argument(f"--{name}", type=_file, help=what)
    parser.add_argument("--api", required=True, help="the base of db, https://…, without a path")
    parser.add_argument("--api-name", default="", help="the name in its certificate")
    parser.add_argument(
        "--signed",
        action="append",
        required=True,
        help="a base to which its redirects lead: https://<bucket>.s3.<region>.amazonaws.com",
    )
    parser.add_argument("--resolver", default="", help="addresses of DNS servers")
    parser.add_argument("--user", default="", help="of nginx's workers and of the streamer")
    parser.add_argument("--workers", type=int, default=1, help="processes of nginx")
    return parser
