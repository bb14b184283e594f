"""``python -m infra.demo run | stop | token | replay ID``: the whole stack on this machine."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import httpx

from infra.demo.aws import secrets_manager
from infra.demo.hints import hints
from infra.demo.layout import PSC_CLIENT, ROOT, STRUCTURE, TENANT, Layout, WrongPort
from infra.demo.play import PlayFailed, client, play, token
from infra.demo.processes import NotStarted, Stack, limits, require_free
from infra.operator import provision
from infra.synth import synthesize


def say(text: str) -> None:
    """Tell the person at the terminal."""
    print(text, flush=True)


def run(layout: Layout) -> int:
    """Set up, start everything, play the main job, stay until told to stop."""
    pid_file = layout.home / "demo.pid"
    if (running := _running(pid_file)) is not None:
        say(f"it already runs (process {running}); `make stop` stops it")
        return 1
    layout.home.mkdir(parents=True, exist_ok=True)
    stack = Stack(layout)
    told_to_stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: told_to_stop.set())
    try:
        require_free(layout)
        pid_file.write_text(str(os.getpid()))
        begun = time.monotonic()
        _prepare(layout)
        _start(stack, told_to_stop)
        layout.write_endpoints()
        say(f"== ready in {time.monotonic() - begun:.0f} s; now the main job")
        endpoints = layout.endpoints()
        played = play(endpoints, say)
        for line in hints(endpoints, played):
            say(line)
        return _stay(stack, told_to_stop)
    except (NotStarted, PlayFailed, httpx.HTTPError) as error:
        if told_to_stop.is_set():
            return 0
        say(f"== failed: {error}")
        return 1
    finally:
        stack.stop()
        pid_file.unlink(missing_ok=True)
        say("== stopped; what it holds stays in .local")


def _stay(stack: Stack, told_to_stop: threading.Event) -> int:
    while not told_to_stop.wait(1.0):
        if (name := stack.ended()) is not None:
            say(f"== {name} ended by itself; see .local/logs/{name}.log")
            return 1
    return 0


def _prepare(layout: Layout) -> None:
    from simulators import pki  # noqa: PLC0415  # only `run` needs it

    say("== certificates of the local authority")
    pki.main([str(layout.pki), "--structure", STRUCTURE])
    lps = layout.pki / "lps.json"
    if not lps.exists():
        lps.write_text(
            json.dumps(
                {
                    "id": "drimbox-local",
                    "name": "DRIMbox",
                    "version": "0.1.0",
                    "homologation": "LOCAL-RUN-ONLY",
                    "device_id": "899711256811",
                    "vendor": "DRIMbox",
                }
            )
        )
    sources = _digest(layout)
    made_from = layout.assembly / "made-from"
    if made_from.exists() and made_from.read_text() == sources:
        say("== templates: unchanged")
        return
    say("== synthesizing the CloudFormation templates (about 20 s)")
    done = synthesize(layout.assembly, layout.context())
    if done.returncode:
        raise NotStarted(f"synthesis failed:\n{done.stdout}{done.stderr}")
    made_from.write_text(sources)


def _digest(layout: Layout) -> str:
    """What the templates and the code asset are made from."""
    digest = hashlib.sha256(json.dumps(layout.context(), sort_keys=True).encode())
    roots = (ROOT / "infra", ROOT / "functions")
    files = [ROOT / "app.py", ROOT / "cdk.json", ROOT / "uv.lock"]
    files += [p for root in roots for p in root.rglob("*") if p.suffix in {".py", ".yaml"}]
    for path in sorted(files):
        digest.update(str(path.relative_to(ROOT)).encode() + path.read_bytes())
    return digest.hexdigest()


def _start(stack: Stack, told_to_stop: threading.Event) -> None:
    layout, pki = stack.layout, stack.layout.pki
    home = layout.home

    def serving(name: str) -> list[str]:
        return [
            *("--port", str(layout.ports[name]), "--data", str(home / name)),
            *("--server-cert", str(pki / f"{name}.pem"), "--server-key", str(pki / f"{name}.key")),
            *("--ca", str(pki / "ca.pem")),
        ]

    say("== simulators: DMP, Pro Santé Connect, PACS")
    stack.start("dmp", ["simulators.dmp", *serving("dmp")])
    stack.start(
        "psc",
        [
            *("simulators.psc", *serving("psc")),
            *("--client-cert-of", f"{PSC_CLIENT}={pki / 'psc-client.pem'}"),
        ],
    )
    stack.start(
        "pacs",
        [
            *("simulators.pacs", "serve", "--port", str(layout.ports["pacs"])),
            *("--data", str(home / "pacs")),
        ],
    )
    say("== the stack: API, functions, workflows, storage")
    stack.start(
        "stack",
        [
            *("infra.local", "up", "--assembly", str(layout.assembly), "--data", str(home)),
            *("--pki", str(pki), "--aws-port", str(layout.ports["aws"])),
        ],
    )
    endpoints = layout.endpoints()
    with client(endpoints) as http:
        for name, path in (("dmp", "/_sim/state"), ("psc", "/_sim/state"), ("pacs", "/_sim/state")):
            base = endpoints[name].removesuffix("/dicom-web")
            stack.wait(name, _answers(http, base + path, told_to_stop))
    with client(endpoints, identity="ris") as http:
        for name in ("aws", "in", "db", "vi"):
            stack.wait("stack", _answers(http, f"{endpoints[name]}/", told_to_stop))
    for line in limits(home / "logs" / "stack.log"):
        say(f"   {line}")
    secrets = provision.secrets_of(pki, TENANT, [STRUCTURE])
    provision.put(secrets_manager(home, endpoints["aws"]), secrets)


def _answers(http: httpx.Client, url: str, told_to_stop: threading.Event) -> Callable[[], bool]:
    """Whether something answers at ``url``, whatever it says."""

    def ready() -> bool:
        if told_to_stop.is_set():
            raise NotStarted("told to stop")
        try:
            http.get(url, timeout=2)
        except httpx.HTTPError:
            return False
        return True

    return ready


def stop(layout: Layout) -> int:
    """Stop what ``run`` started, and only that."""
    pid_file = layout.home / "demo.pid"
    running = _running(pid_file)
    if running is None:
        say("nothing runs here")
        return 0
    os.kill(running, signal.SIGTERM)
    end = time.monotonic() + 60
    while _running(pid_file) is not None:
        if time.monotonic() > end:
            say(f"process {running} does not end")
            return 1
        time.sleep(0.1)
    say("stopped")
    return 0


def _running(pid_file: Path) -> int | None:
    """The process that ``run`` is, None when it does not run (any more)."""
    try:
        pid = int(pid_file.read_text())
        command = Path(f"/proc/{pid}/cmdline")
        os.kill(pid, 0)
    except (OSError, ValueError):
        return None
    # A number may be taken again by another program: only ours is ours to stop.
    if command.exists() and b"infra.demo" not in command.read_bytes():
        return None
    return pid


def replay(endpoints: dict[str, Any], publication: str) -> int:
    """Ask for another try of a held publication."""
    if not publication:
        say("which one? make replay ID=… (ids: see the list of held publications)")
        return 1
    with client(endpoints, identity="ris") as http:
        answer = http.post(
            f"{endpoints['in']}/v1/tenants/{endpoints['tenant']}/operations/publications/"
            f"{publication}/replay"
        )
    say(answer.text)
    return 0 if answer.status_code == 202 else 1


def main(arguments: Sequence[str]) -> int:
    """Command line."""
    try:
        layout = Layout.read(os.environ)
    except WrongPort as error:
        say(str(error))
        return 1
    match list(arguments):
        case ["run"]:
            return run(layout)
        case ["stop"]:
            return stop(layout)
        case ["token", *professional]:
            say(token(layout.endpoints(), *professional))
            return 0
        case ["replay", publication]:
            return replay(layout.endpoints(), publication)
        case _:
            say(__doc__ or "")
            return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
