"""A failed test gets one second try, alone, and never passes in silence (decision 0061)."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.judges import __main__ as judges

STEP = ["python", "-m", "pytest", "-q", "-n", "2", "-p", "no:randomly", "--cache-clear"]

ONCE = """
from pathlib import Path
def test_once():
    seen = Path("seen")
    first = not seen.exists()
    seen.touch()
    assert not first
def test_other():
    with Path("other").open("a") as file:
        file.write("ran\\n")
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PYTEST_ADDOPTS", raising=False)
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    return tmp_path


def test_a_test_that_passes_alone_is_named(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (folder / "test_race.py").write_text(ONCE)
    assert judges._tried(STEP) == 0
    told = capfd.readouterr().out
    assert "PASSED ONLY AT THE SECOND TRY, look into it: test_race.py::test_once" in told
    assert (folder / "other").read_text() == "ran\n"  # a test that passed does not run again


def test_a_test_that_fails_twice_fails(folder: Path) -> None:
    (folder / "test_wrong.py").write_text("def test_wrong():\n    assert False\n")
    assert judges._tried(STEP) == 1


def test_many_failures_get_no_second_try(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    tests = "".join(
        f"def test_{one}():\n    assert False\n" for one in range(judges.SECOND_TRIES + 1)
    )
    (folder / "test_wrong.py").write_text(tests)
    assert judges._tried(STEP) == 1
    assert capfd.readouterr().out.count("== python") == 1


def test_a_module_that_cannot_be_read_fails(folder: Path) -> None:
    (folder / "test_broken.py").write_text("import nothing_of_this_name\n")
    assert judges._tried(STEP) != 0


def test_the_coverage_of_the_second_try_is_added() -> None:
    assert judges.again([*STEP, "--cov"], ["a.py::test"]) == [
        *("python", "-m", "pytest", "-q", "-n", "0", "-p", "no:randomly"),
        *("--cov", "--cov-append", "a.py::test"),
    ]
