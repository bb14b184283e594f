"""The exams that are loaded behind a ready stack: each gets its turn, and none stops the others."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

import pytest

from infra.demo import __main__ as demo
from infra.demo import exams
from infra.demo.elsewhere import NotPublished
from infra.demo.layout import Layout
from infra.local.stopping import Stopping
from simulators.history.history import History
from simulators.history.plan import Report


class Desk:
    """Elsewhere, whose publications fail as often as ``failures`` says."""

    def __init__(self, failures: int) -> None:
        self.failures = failures
        self.written: list[tuple[str, int]] = []
        self.published: list[Report] = []

    def __call__(self, _: Layout) -> Desk:
        return self

    def write(self, made: History, numbers: Collection[int]) -> None:
        images = [one for one in made.plan.exams if one.number in numbers and one.versions]
        self.written.append((made.patient.ins, len(images)))

    def publish(self, _: History, about: Report) -> None:
        if self.failures:
            self.failures -= 1
            raise NotPublished("the DMP does not list it")
        self.published.append(about)

    def reports(self, made: History) -> Iterator[Report]:
        yield from made.plan.reports


@pytest.fixture
def layout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Layout:
    monkeypatch.setattr("os.nice", lambda _: 0)
    return Layout.read({"DRIMBOX_HOME": str(tmp_path)})


@pytest.mark.parametrize(("failures", "last"), [(0, "every exam"), (3, "every exam")])
def test_sixty_exams_get_their_images(
    layout: Layout, monkeypatch: pytest.MonkeyPatch, failures: int, last: str
) -> None:
    desk, said = Desk(failures), list[str]()
    monkeypatch.setattr(exams, "Elsewhere", desk)
    assert exams.load_exams(layout, said.append, pause=0) == 0
    assert sum(count for _, count in desk.written) == 60
    assert len({id(one) for one in desk.published}) == len(desk.published) > 20
    assert len([line for line in said if line.startswith("NotPublished")]) == failures
    assert said[-1].startswith(last)


def test_an_exam_that_never_succeeds_is_left_to_the_next_start(
    layout: Layout, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk, said = Desk(10_000), list[str]()
    monkeypatch.setattr(exams, "Elsewhere", desk)
    assert exams.load_exams(layout, said.append, pause=0) == 0
    assert desk.published == []
    assert "at the next start" in said[-1]


class Parts:
    """A stack whose parts nobody starts: ``begun`` has the names of its works."""

    def __init__(self, begun: list[str]) -> None:
        self.begun = begun

    def __call__(self, _: Layout) -> Parts:
        return self

    def work(self, name: str, _: Sequence[str]) -> None:
        self.begun.append(name)

    def stop(self) -> None:
        pass


@pytest.mark.parametrize(
    ("arguments", "works"),
    [(["run"], ["agent", "exams"]), (["run", "--without-exams"], ["agent"])],
)
def test_a_stack_that_is_measured_loads_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], works: list[str]
) -> None:
    parts = Parts([])
    monkeypatch.setenv("DRIMBOX_HOME", str(tmp_path))
    monkeypatch.setattr(demo, "Stack", parts)
    monkeypatch.setattr("infra.demo.__main__.Stopping.by_signals", Stopping)
    monkeypatch.setattr(demo, "start_agent", lambda stack, *_: stack.work("agent", ()))
    for name in ("require_free", "prepare", "_start", "write_script", "play", "lay_out"):
        monkeypatch.setattr(demo, name, lambda *_: None)
    monkeypatch.setattr(demo, "first_exam", lambda *_: None)
    monkeypatch.setattr(demo, "hints", lambda *_: [])
    monkeypatch.setattr(demo, "_stay", lambda *_: 0)
    assert demo.main(arguments) == 0
    assert parts.begun == works
