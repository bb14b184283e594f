"""``make run``: a stop at any step is obeyed before the next one, and the start says little."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import pytest

from infra.demo import __main__ as demo
from infra.demo import lifecycle
from infra.demo.layout import Layout
from infra.demo.processes import Stack
from infra.local.stopping import SIGNALS, Stopping

# The steps of a run, in order.
STEPS: Final = ("prepare", "parts", "agent", "play", "lay_out", "first_exam")


class Run:
    """A run whose steps do nothing but say their names; a signal comes during the step ``at``."""

    def __init__(self) -> None:
        self.played: list[str] = []
        self.at, self.number = "", 0

    def play(self, name: str) -> None:
        self.played.append(name)
        if name == self.at:
            os.kill(os.getpid(), self.number)

    def step(self, name: str) -> Callable[..., None]:
        return lambda *_: self.play(name)

    def agent(self, _stack: Stack, _agent: object, say: Callable[[str], None], *_: object) -> None:
        say("== the site's agent")
        self.play("agent")


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    return Layout.read({"DRIMBOX_HOME": str(tmp_path), "DRIMBOX_LINK": "agent"})


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    """No process is started. The signals' handlers are put back."""
    before = {number: signal.getsignal(number) for number in SIGNALS}
    run = Run()
    for name in ("prepare", "play", "lay_out", "first_exam"):
        monkeypatch.setattr(demo, name, run.step(name))
    monkeypatch.setattr(demo, "parts", lambda _: ("dmp",))
    monkeypatch.setattr(Stack, "start", lambda *_: None)
    monkeypatch.setattr(lifecycle, "wait", run.step("parts"))
    monkeypatch.setattr(demo, "start_agent", run.agent)
    for name in ("require_free", "provide_secrets", "first_hour"):
        monkeypatch.setattr(demo, name, lambda *_: None)
    monkeypatch.setattr(demo, "hints", lambda *_: ["== the stack stays up"])
    yield run
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.parametrize("number", SIGNALS)
@pytest.mark.parametrize("at", STEPS)
def test_a_stop_is_obeyed_before_the_next_step(
    layout: Layout, steps: Run, capsys: pytest.CaptureFixture[str], at: str, number: int
) -> None:
    """Ctrl-C was heard once everything had been played, minutes later."""
    steps.at, steps.number = at, number
    assert demo.run(layout, exams=False) == 0
    assert steps.played == list(STEPS[: STEPS.index(at) + 1])
    said = capsys.readouterr().out
    assert said.splitlines()[-1].startswith("== stopped")
    assert "stays up" not in said
    assert "failed" not in said
    assert not (layout.home / "demo.pid").exists()


def test_things_that_are_not_enforced_are_one_line_with_the_log_s_place(
    layout: Layout, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    stack = Stack(layout)
    log = stack.log("stack")
    log.parent.mkdir(parents=True, exist_ok=True)
    log.write_text("Known here, but not enforced:\n  - IAM\n  - WAF rules\nready\n")
    for name in ("start", "provide_secrets", "first_hour"):
        monkeypatch.setattr(demo, name, lambda *_: None)
    demo._start(stack, Stopping())
    said = capsys.readouterr().out
    [line] = [one for one in said.splitlines() if "not enforced" in one]
    assert line.strip().startswith("2 things of AWS")
    assert line.endswith(str(layout.shown(log)))
    assert "IAM" not in said
