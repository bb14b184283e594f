"""``make run`` until the line that says that the stack stays up: from nothing, and again."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Final

from bench.figures import Figure, NotMeasured, at_most
from bench.stack import START_SECONDS, STOP_SECONDS
from infra.demo.layout import PORTS, ROOT
from simulators.pacs.orthanc import free_port

FRESH_GOAL: Final = 150.0
AGAIN_GOAL: Final = 60.0
_READY: Final = "the stack stays up"
_NAME: Final = 44


def measure(home: Path) -> Iterator[Figure]:
    """Two starts in one home. The set-up of the environment and of the viewer is not in them."""
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(parents=True)
    ports = {f"DRIMBOX_PORT_{name.upper()}": str(free_port()) for name in PORTS}
    for name, goal in (("from nothing", FRESH_GOAL), ("again", AGAIN_GOAL)):
        told = list(_started({**os.environ, **ports, "DRIMBOX_HOME": str(home)}))
        yield at_most(f"make run, {name}: until it is ready", told[-1][0], goal, "s")
        yield from stages(told)


def stages(told: list[tuple[float, str]]) -> Iterator[Figure]:
    """How long each step took that told of itself: a line's time is that until the next one."""
    for (begun, line), (ended, _) in pairwise(told):
        if ended - begun >= 1:
            yield Figure(f"  {line.strip(' =')[:_NAME]}", f"{ended - begun:.1f} s")


def _started(environment: dict[str, str]) -> Iterator[tuple[float, str]]:
    """Each line with its time in seconds, to the one that says that everything is ready."""
    begun = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, "-m", "infra.demo", "run"],
        cwd=ROOT,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    assert process.stdout is not None  # noqa: S101  # a pipe was asked for
    try:
        yield 0.0, "the program itself"
        for line in process.stdout:
            yield time.monotonic() - begun, line.rstrip()
            if _READY in line:
                return
            if time.monotonic() - begun > START_SECONDS:
                break
        raise NotMeasured(f"the stack does not start: {line}")
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(STOP_SECONDS)
        process.stdout.close()
