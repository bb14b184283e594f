"""The result of a fuzzing run is read from libFuzzer's words and from the files of its findings."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fuzz.__main__ import main, read_result

TOLD = """#1024 pulse cov: 90 ft: 120
#4096 DONE cov: 101 ft: 130
stat::number_of_executed_units: 4096
stat::average_exec_per_sec:     512
"""


def test_a_run_without_findings_is_good(tmp_path: Path) -> None:
    (tmp_path / "slowest.json").write_text('{"milliseconds": 3.5, "bytes": 9}', encoding="utf-8")
    result = read_result("cda", TOLD, tmp_path, 0)
    assert (result.runs, result.per_second, result.covered) == (4096, 512, 101)
    assert result.slowest == 3.5
    assert result.is_good


@pytest.mark.parametrize("name", ["finding-KeyError-cda-3.bin", "timeout-ab", "oom-ab", "crash-ab"])
def test_a_finding_is_named_and_is_not_good(tmp_path: Path, name: str) -> None:
    for file in (name, "finding-KeyError-cda-3.txt"):
        (tmp_path / file).write_bytes(b"x")
    result = read_result("cda", TOLD, tmp_path, 0)
    assert result.findings == (name,)
    assert not result.is_good


def test_a_process_that_dies_is_not_good(tmp_path: Path) -> None:
    result = read_result("cda", "Traceback: no module\n", tmp_path, 1)
    assert not result.is_good
    assert "ended with 1" in str(result)


def test_an_unknown_parser_is_refused() -> None:
    with pytest.raises(SystemExit):
        main(["no-such-parser"])
