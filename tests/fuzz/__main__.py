"""``python -m tests.fuzz``: fuzz every parser, one process after the other, and tell the findings.

It fails when an input left a parser by an error that is not its own, cost more than two seconds of
CPU, or ended the process. New inputs stay in ``.local/fuzz``: a later call goes on from them.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from tests.fuzz.seeds import seeds
from tests.fuzz.targets import TARGETS

ROOT: Final = Path(__file__).parents[2]
HOME: Final = ROOT / ".local/fuzz"
# Bytes of an input: enough for every structure, and small enough for many runs.
_MAX_LENGTH: Final = 16_384
# Seconds on the clock of an input that never ends, on a machine that may be busy; megabytes.
_NEVER_ENDS: Final = 60
_MEMORY: Final = 2_048
# A folder in memory; libFuzzer's own end of a process removes no file.
_FILES: Final = Path("/dev/shm")
_STATISTIC: Final = re.compile(r"^stat::(\w+):\s+(\d+)$", re.MULTILINE)
_COVERED: Final = re.compile(r"cov: (\d+)")
# The names of the files in which libFuzzer leaves an input that ended the process.
_ENDED: Final = ("crash-", "timeout-", "oom-", "leak-")


@dataclass(frozen=True, slots=True)
class Result:
    """One target's run: ``slowest`` in milliseconds of CPU, ``findings`` the names of files."""

    target: str
    runs: int
    per_second: int
    covered: int
    slowest: float
    findings: tuple[str, ...]
    ended: int

    def __str__(self) -> str:
        told = f"{self.target:<18}{self.runs:>12}{self.per_second:>9}{self.covered:>9}"
        told += f"{self.slowest:>10.1f}{len(self.findings):>10}"
        return told if self.ended == 0 else f"{told}   ended with {self.ended}"

    @property
    def is_good(self) -> bool:
        """Nothing was found, and the process came to its own end."""
        return not self.findings and self.ended == 0


HEADER: Final = (
    f"{'parser':<18}{'runs':>12}{'runs/s':>9}{'covered':>9}{'slowest ms':>11}{'findings':>9}"
)


def fuzz(target: str, python: str, limit: str) -> Result:
    """Run one target in a process of its own; ``limit`` is libFuzzer's flag that ends it."""
    home = HOME / target
    corpus, known, found = home / "corpus", home / "seeds", home / "findings"
    for folder in (corpus, known, found):
        folder.mkdir(parents=True, exist_ok=True)
    for old in (*known.iterdir(), *found.iterdir()):
        old.unlink()
    for seed in seeds(target):
        (known / sha256(seed).hexdigest()[:40]).write_bytes(seed)
    command = [
        *(python, "-m", "tests.fuzz.child", target, str(found)),
        *(limit, f"-max_len={_MAX_LENGTH}", f"-timeout={_NEVER_ENDS}", f"-rss_limit_mb={_MEMORY}"),
        *("-print_final_stats=1", f"-artifact_prefix={found}/", str(corpus), str(known)),
    ]
    # Objects are files for some parsers, and a disk is slower than all of them.
    with TemporaryDirectory(dir=_FILES) as files:
        done = subprocess.run(
            command,
            check=False,
            cwd=ROOT,
            env={**os.environ, "TMPDIR": files},
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
        )
    (home / "log").write_text(done.stderr, encoding="utf-8")
    return read_result(target, done.stderr, found, done.returncode)


def read_result(target: str, told: str, found: Path, ended: int) -> Result:
    """The result of a run, from libFuzzer's words and the files of its findings."""
    statistics = {name: int(value) for name, value in _STATISTIC.findall(told)}
    slowest: dict[str, Any] = {}
    if (found / "slowest.json").exists():
        slowest = json.loads((found / "slowest.json").read_text(encoding="utf-8"))
    names = sorted(path.name for path in found.iterdir())
    return Result(
        target,
        runs=statistics.get("number_of_executed_units", 0),
        per_second=statistics.get("average_exec_per_sec", 0),
        covered=max(map(int, _COVERED.findall(told)), default=0),
        slowest=slowest.get("milliseconds", 0.0),
        findings=tuple(name for name in names if name.endswith(".bin") or name.startswith(_ENDED)),
        ended=ended,
    )


def main(arguments: list[str]) -> int:
    """0 when no parser has a finding."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--python", default=sys.executable, help="an interpreter with atheris")
    parser.add_argument("--minutes", type=float, default=10, help="for all parsers together (10)")
    parser.add_argument("--runs", type=int, default=0, help="for each parser, instead of a time")
    parser.add_argument("parsers", nargs="*", metavar="PARSER", help=" ".join(TARGETS))
    options = parser.parse_args(arguments)
    if unknown := [name for name in options.parsers if name not in TARGETS]:
        parser.error(f"no such parser: {', '.join(unknown)}")
    names = options.parsers or list(TARGETS)
    seconds = max(1, round(options.minutes * 60 / len(names)))
    limit = f"-runs={options.runs}" if options.runs else f"-max_total_time={seconds}"
    os.nice(10)
    print(HEADER, flush=True)
    good = True
    for name in names:
        result = fuzz(name, options.python, limit)
        print(
            result, *(f"    {HOME / name / 'findings' / one}" for one in result.findings), sep="\n"
        )
        sys.stdout.flush()
        good = good and result.is_good
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
