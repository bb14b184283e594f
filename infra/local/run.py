"""The supervisor: checks, starts, watches and stops one local stack.

``up`` serves until it is told to stop; ``stop`` ends the stack of one data folder, and only it.
"""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import os
import signal
import socket
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Final

from infra.local.assembly import AssemblyError, load_assembly
from infra.local.aws.quotas import QuotaError, Quotas
from infra.local.child import Child, ChildError
from infra.local.functions.logs import RotatingLog
from infra.local.gateway.model import Api, read_apis
from infra.local.gateway.serve import Pki
from infra.local.install import InstallError, open_install
from infra.local.stopping import Stopping
from infra.local.template import Deployment, TemplateError, resolve

DEFAULT_AWS_PORT: Final = 8440
PORT_PATIENCE_SECONDS: Final = 5.0
STOP_PATIENCE_SECONDS: Final = 40.0
WATCH_SECONDS: Final = 0.2


class StartError(Exception):
    """The stack cannot start; the message says why and what to do."""


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; answers the exit status (0 done, 1 failed, 2 cannot start)."""
    parser = argparse.ArgumentParser(prog="python -m infra.local", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    start = commands.add_parser("up", help="serve an assembly until told to stop")
    start.add_argument("--assembly", type=Path, default=Path("cdk.out"))
    start.add_argument("--pki", type=Path, required=True, help="folder of ca.pem and gateway.pem")
    start.add_argument("--aws-port", type=int, default=DEFAULT_AWS_PORT)
    start.add_argument("--quotas", type=Path, help="a JSON file: docs/quotas.md")
    halt = commands.add_parser("stop", help="end the stack that serves a data folder")
    status = commands.add_parser("status", help="say whether a stack serves a data folder")
    for command in (start, halt, status):
        command.add_argument("--data", type=Path, default=Path(".local"))
    options = parser.parse_args(arguments)
    if options.command == "stop":
        return stop(options.data)
    if options.command == "status":
        pid = running(options.data)
        print("not running" if pid is None else f"running (process {pid})")
        return 0 if pid is not None else 1
    try:
        with _alone(options.data):
            return up(options.assembly, options.data, options.pki, options.aws_port, options.quotas)
    except (
        *(AssemblyError, ChildError, InstallError, QuotaError, StartError, TemplateError),
    ) as error:
        print(error, file=sys.stderr)
        return 2


def up(assembly: Path, data: Path, pki: Path, aws_port: int, quotas: Path | None = None) -> int:
    """Serve until SIGTERM or SIGINT; 0 then, 1 when a part did not stay up. ``quotas``: the file of
    those that are enforced.

    Prints the settings known but not enforced, then the addresses, then ``ready`` alone on a line.

    Raises:
        StartError: a port is taken or a file of the authority is missing.
        AssemblyError, TemplateError: the assembly cannot run here.
        ChildError: a part did not start.
        QuotaError: the file is not one of quotas.
    """
    began = time.monotonic()
    Quotas.read(quotas)
    install = open_install(data)
    deployment = resolve(load_assembly(assembly), install, f"http://127.0.0.1:{aws_port}")
    apis = read_apis(deployment)
    _check_files(Pki(pki))
    _check_ports({"the AWS endpoint": aws_port, **{api.name: api.port for api in apis}})
    _print_limits(deployment)
    stopping = Stopping.by_signals()
    children = _children(assembly, data, pki, aws_port, quotas)
    try:
        for child in children:
            child.start()
        for child in children:
            child.wait_ready()
        _print_addresses(apis, aws_port, began)
        return _watch(children, stopping)
    finally:
        # The front first: requests in progress may still need the endpoint.
        for child in reversed(children):
            child.stop()


def stop(data: Path) -> int:
    """End the stack of ``data``, if one runs; 0 when none runs afterwards."""
    pid = running(data)
    if pid is None:
        return 0
    os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + STOP_PATIENCE_SECONDS
    while running(data) is not None:
        if time.monotonic() > deadline:
            os.kill(pid, signal.SIGKILL)
            return 1
        time.sleep(0.1)
    return 0


def running(data: Path) -> int | None:
    """The process id of the supervisor that holds ``data``; None when nobody does."""
    path = _lock_path(data)
    if not path.exists():
        return None
    with path.open("r+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            text = file.read().strip()
            return int(text) if text.isdigit() else None
    return None


def _lock_path(data: Path) -> Path:
    return data / "run.pid"


@contextlib.contextmanager
def _alone(data: Path) -> Iterator[None]:
    """Hold the data folder; the file's lock, not its content, says that somebody does."""
    data.mkdir(parents=True, exist_ok=True, mode=0o700)
    with _lock_path(data).open("a+") as file:
        _lock(file, data)
        file.seek(0)
        file.truncate()
        file.write(f"{os.getpid()}\n")
        file.flush()
        yield


def _lock(file: IO[str], data: Path) -> None:
    deadline = time.monotonic() + PORT_PATIENCE_SECONDS
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            # Somebody may only be asking whether the folder is held.
            if time.monotonic() > deadline:
                raise StartError(f"{data} is already served (process {running(data)})") from None
            time.sleep(0.05)
        else:
            return


def _check_files(pki: Pki) -> None:
    for path in (pki.authority, pki.certificate, pki.key):
        if not path.is_file():
            raise StartError(f"{path} is missing: create the local authority first")


def _check_ports(ports: dict[str, int]) -> None:
    """Every port must be free; those of a stack that just ended become so within seconds."""
    deadline = time.monotonic() + PORT_PATIENCE_SECONDS
    for name, port in ports.items():
        while not _free(port):
            if time.monotonic() > deadline:
                raise StartError(
                    f"port {port} (for {name}) is taken by another program:"
                    " stop it or choose another port"
                )
            time.sleep(0.1)


def _free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _children(
    assembly: Path, data: Path, pki: Path, aws_port: int, quotas: Path | None
) -> tuple[Child, Child]:
    common = [
        *("--assembly", str(assembly)),
        *("--data", str(data)),
        *("--port", str(aws_port)),
    ]
    limits = [] if quotas is None else ["--quotas", str(quotas)]
    logs = data / "logs"
    return (
        Child("aws", ["-m", "infra.local.aws", *common, *limits], RotatingLog(logs / "aws.log")),
        Child(
            "gateway",
            ["-m", "infra.local.gateway", *common, "--pki", str(pki)],
            RotatingLog(logs / "gateway.log"),
        ),
    )


def _watch(children: Sequence[Child], stopping: Stopping) -> int:
    """Start again what dies, until told to stop."""
    while not stopping.wait(WATCH_SECONDS):
        for child in children:
            if child.alive:
                continue
            print(f"{child.name} ended: starting it again", flush=True)
            try:
                child.start()
            except ChildError as error:
                print(f"{error}: see its log", file=sys.stderr, flush=True)
                return 1
    return 0


def _print_limits(deployment: Deployment) -> None:
    print("Known here, but not enforced:")
    for note in deployment.not_enforced:
        print(f"  - {note}")


def _print_addresses(apis: Sequence[Api], aws_port: int, began: float) -> None:
    for api in apis:
        demanded = " (client certificate demanded)" if api.client_certificate else ""
        print(f"{api.name}: https://{api.host}:{api.port}{demanded}")
    print(f"AWS endpoint: http://127.0.0.1:{aws_port}")
    print(f"Started in {time.monotonic() - began:.1f} s")
    print("ready", flush=True)
