"""The bench: verdicts, percentiles, its facts of processes, and its status."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench import __main__ as program
from bench import curl, demo, endurance, processes, stack
from bench.figures import Figure, NotMeasured, alternate, at_least, at_most, percentile


def test_a_limit_itself_is_met_and_a_verdict_is_printed() -> None:
    assert (at_most("a", 5.0, 5, "ms").met, at_most("a", 5.01, 5, "ms").met) == (True, False)
    assert (at_least("a", 3.0, 3, "x").met, at_least("a", 2.99, 3, "x").met) == (True, False)
    assert at_most("a", 6, 5, "ms").line.endswith("MISSED")
    assert Figure("a", "1 /s").line.endswith("1 /s")


def test_percentiles_are_by_nearest_rank() -> None:
    values = [float(n) for n in range(20, 0, -1)]
    assert [percentile(values, share) for share in (0.0, 0.5, 0.95, 1.0)] == [1, 10, 19, 20]
    with pytest.raises(ValueError, match="no value"):
        percentile([], 0.5)


def test_both_are_called_before_they_are_timed() -> None:
    calls: list[str] = []
    ours, peer = alternate(lambda: calls.append("o"), lambda: calls.append("p"), 2, 2)
    assert calls == list("op" + "oop" * 2)
    assert 0 <= ours < 1
    assert 0 <= peer < 1


def test_the_workers_below_a_process_are_found_with_their_cpu_and_memory() -> None:
    code = "sum(range(3_000_000)); print('up', flush=True); input()"
    name = "functions.read_report.handler.handler"
    with subprocess.Popen(
        [sys.executable, "-c", code, name], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as child:
        assert child.stdout is not None
        child.stdout.readline()
        (found,) = processes.workers(child.pid)
        assert processes.peak_by_function(child.pid) == {"read_report": found.peak}
        assert processes.resident_by_function(child.pid) == {"read_report": found.resident}
        assert set(processes.cpu_by_function(child.pid)) == {"read_report"}
        child.communicate(b"\n")
    assert (found.pid, found.function) == (child.pid, "read_report")
    assert 0 < found.cpu < 60
    assert 1 << 20 < found.resident <= found.peak < 1 << 30
    assert processes.workers(child.pid) == []


def test_nothing_works_behind_a_stack_that_is_measured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[list[str]] = []

    def start(command: list[str], **_: object) -> None:
        begun.append(command)
        raise NotMeasured("seen")

    monkeypatch.setattr("bench.stack.subprocess.Popen", start)
    with pytest.raises(NotMeasured, match="seen"), stack.running(tmp_path / "stack"):
        pass
    [command] = begun
    assert command[-2:] == ["run", "--without-exams"]


def test_cpu_is_told_apart_filling_starts_and_warm_work() -> None:
    def worker(pid: int, function: str, cpu: float) -> processes.Worker:
        return processes.Worker(pid, function, cpu, resident=0, peak=0)

    before = [worker(1, "read_report", 5.0)]
    early = [worker(1, "read_report", 30.0), worker(2, endurance.FILLING, 10.0)]
    late = [
        worker(1, "read_report", 105.0),
        worker(2, endurance.FILLING, 60.0),
        worker(3, "index_study", 20.0),
    ]
    found = endurance.spent(before, early, late)
    assert found.whole == pytest.approx((100 + 60 + 20) / 1000)
    assert found.filling == pytest.approx(60 / 1000)
    assert found.rest == pytest.approx(120 / 1000)
    assert found.warm == pytest.approx(75 / 750)
    assert found.starts == pytest.approx(20 / 1000)


def test_a_failed_download_is_not_a_figure() -> None:
    with pytest.raises(NotMeasured, match="a download failed"):
        curl.get("http://127.0.0.1:1/")


def test_slowness_is_no_failure_and_a_missing_measurement_is(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def slow(_home: Path) -> Iterator[Figure]:
        yield at_most("thing", 9, 5, "ms")

    def broken(_home: Path) -> Iterator[Figure]:
        yield from ()
        raise NotMeasured("nginx is not installed")

    monkeypatch.setattr(program, "HOME", tmp_path)
    monkeypatch.setattr(program, "PARTS", {"slow": ("slow", slow), "broken": ("broken", broken)})
    assert program.main(["slow"]) == 0
    assert "MISSED" in capsys.readouterr().out
    monkeypatch.setitem(program.PARTS, "endurance", ("too long", broken))
    assert program.main(["slow"]) == 0
    assert program.main([]) == 1
    assert "too long" not in capsys.readouterr().out
    assert program.main([]) == 1
    assert "broken: nginx is not installed" in capsys.readouterr().err
    with pytest.raises(SystemExit) as caught:
        program.main(["other"])
    assert caught.value.code == 2


def test_the_steps_of_a_start_take_the_time_until_the_next_line() -> None:
    told = [(0.0, "the program itself"), (0.5, "== certificates"), (21.0, "== ready"), (21.1, "up")]
    assert [figure.line.split() for figure in demo.stages(told)] == [["certificates", "20.5", "s"]]
