"""``python -m infra.demo run | stop | token | replay``: the whole stack on this machine.

``run --without-exams`` publishes no exam behind the ready stack: a measurement has it for itself.
``replay`` takes the publication's id from the variable ``ID`` of the environment.
"""

from __future__ import annotations

import os
import re
import signal
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import httpx

from functions.drimbox.tenants.model import Link
from infra.demo import tenants
from infra.demo.elsewhere import NotPublished
from infra.demo.exams import first_exam, load_exams
from infra.demo.hints import held, hints
from infra.demo.journey import first_hour, lay_out
from infra.demo.layout import Layout, WrongVariable
from infra.demo.lifecycle import parts, prepare, provide_secrets, start, start_agent
from infra.demo.operator import NoCode
from infra.demo.pids import Pids
from infra.demo.play import PlayFailed, play, token
from infra.demo.processes import AFTER_A_KILL, NotStarted, Stack, limits, require_free
from infra.demo.ris import client
from infra.demo.site_agent import NotEnrolled, SiteAgent
from infra.demo.try_it import write_script
from infra.local.stopping import Stopping
from simulators.history.load import NotLoaded
from simulators.pacs.load import LoadError

_FAILURES: Final = (
    *(NotStarted, NotEnrolled, NoCode),
    *(PlayFailed, NotLoaded, NotPublished, LoadError, httpx.HTTPError),
)
_PUBLICATION_ID: Final = re.compile(r"[0-9a-f]{32}")


def say(text: str) -> None:
    """Tell the person at the terminal."""
    print(text, flush=True)


def run(layout: Layout, *, exams: bool = True) -> int:
    """Set up, start everything, play the main job, stay until told to stop. ``exams``: those of the
    demonstration are made and published meanwhile.
    """
    pid_file = layout.home / "demo.pid"
    if (running := _running(pid_file)) is not None:
        say(f"it already runs (process {running}); `make stop` stops it")
        return 1
    killed = pid_file.exists()
    layout.home.mkdir(parents=True, exist_ok=True)
    stack = Stack(layout)
    told_to_stop = Stopping.by_signals()

    def tell(text: str) -> None:
        if told_to_stop.is_set():
            raise NotStarted("told to stop")
        say(text)

    try:
        if killed:
            Pids(layout.pids).end()
        # Their own children end within seconds.
        require_free(layout, AFTER_A_KILL if killed else 0)
        pid_file.write_text(str(os.getpid()))
        begun = time.monotonic()
        prepare(layout, tell)
        _start(stack, told_to_stop)
        if layout.link is Link.AGENT:
            start_agent(stack, SiteAgent(layout), tell, told_to_stop.is_set)
        layout.write_endpoints()
        endpoints = tenants.endpoints(layout)
        write_script(endpoints, layout.home)
        tell(f"== ready in {time.monotonic() - begun:.0f} s; now the main job")
        played = play(endpoints, tell)
        tell("5. other sites published too: histories in the DMP, one of their sites is down")
        made = lay_out(layout)
        tell("6. one of these sites is a second tenant here: its scanner's images, and its report")
        first_exam(layout, made)
        if exams:
            stack.work("exams", ("infra.demo", "exams"))
        for line in hints(endpoints, played, made):
            tell(line)
        return _stay(stack, told_to_stop)
    except _FAILURES as error:
        if told_to_stop.is_set():
            return 0
        say(f"== failed: {error}")
        return 1
    finally:
        stack.stop()
        pid_file.unlink(missing_ok=True)
        say(f"== stopped; its data stays in {layout.shown(layout.home)}")


def _start(stack: Stack, told_to_stop: Stopping) -> None:
    say("== simulators: DMP, Pro Santé Connect, PACS; API, functions, workflows, storage")
    if not stack.layout.front:
        say("   no front for peers (nginx is not installed, or DRIMBOX_FRONT=none): redirects")
    start(stack, parts(stack.layout), told_to_stop.is_set)
    log = stack.log("stack")
    if count := limits(log):
        say(f"   {count} things of AWS are known here and not enforced: {stack.layout.shown(log)}")
    provide_secrets(stack.layout)
    first_hour(stack.layout)


def _stay(stack: Stack, told_to_stop: Stopping) -> int:
    while not told_to_stop.wait(1.0):
        for name in stack.revive():
            log = stack.layout.shown(stack.log(name))
            say(f"== {name} ended by itself and was started again; see {log}")
    return 0


def stop(layout: Layout) -> int:
    """Stop the processes that ``run`` started, and no others."""
    pid_file = layout.home / "demo.pid"
    running = _running(pid_file)
    if running is None:
        left = Pids(layout.pids).end()
        pid_file.unlink(missing_ok=True)
        say(
            f"stopped what a killed run has left (processes: {left})"
            if left
            else "nothing runs here"
        )
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
    """The process of a running ``run``, None when there is none."""
    try:
        pid = int(pid_file.read_text())
        command = Path(f"/proc/{pid}/cmdline")
        os.kill(pid, 0)
    except (OSError, ValueError):
        return None
    # Another program may have the number by now: stop only our own.
    if command.exists() and b"infra.demo" not in command.read_bytes():
        return None
    return pid


def replay(endpoints: dict[str, Any], publication: str) -> int:
    """Ask for another try of a held publication; send nothing when ``publication`` is no
    identifier.
    """
    listing = f"The held ones and their ids: {held(endpoints)}"
    if not _PUBLICATION_ID.fullmatch(publication):
        say(f"make replay ID=…, where the id is 32 hexadecimal digits. {listing}")
        return 1
    with client(endpoints, identity="operator") as http:
        answer = http.post(
            f"{endpoints['in']}/v1/tenants/{endpoints['tenant']}/operations/publications/"
            f"{quote(publication, safe='')}/replay"
        )
    if answer.status_code == 404:
        say(f"no held publication has this id. {listing}")
        return 1
    say(answer.text)
    return 0 if answer.status_code == 202 else 1


def _token(layout: Layout, professional: str = "") -> int:
    say(token(layout.read_endpoints(), professional))
    return 0


def _calling(what: Callable[[], int]) -> int:
    """Call ``what`` on the running stack; tell the user when the stack does not answer."""
    try:
        return what()
    except (httpx.HTTPError, FileNotFoundError):
        print("the local stack does not answer: is `make run` up?", file=sys.stderr)
        return 1


def main(arguments: Sequence[str]) -> int:
    """Command line."""
    try:
        layout = Layout.read(os.environ)
    except WrongVariable as error:
        say(str(error))
        return 1
    asked: Callable[[], int]
    match list(arguments):
        case ["run"]:
            return run(layout)
        case ["run", "--without-exams"]:
            return run(layout, exams=False)
        case ["stop"]:
            return stop(layout)
        case ["token", *professional]:
            asked = partial(_token, layout, *professional)
        case ["exams"]:
            asked = partial(load_exams, layout, say)
        case ["replay"]:
            publication = os.environ.get("ID", "")
            asked = partial(replay, layout.read_endpoints(), publication)
        case _:
            say(__doc__ or "")
            return 2
    return _calling(asked)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
