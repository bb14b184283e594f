"""``python -m tests.judges run``: install the independent judges where allowed, run every test.

The judges are programs of other people that tell whether our output is right: they come from the
system's packages. Where they may not be installed, everything else runs, the missing ones are
named, and the result is a failure: a check that did not run is not a check that passed.

A few failed tests run once more, alone (decision 0061).
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

# Command or file that shows the package is there -> Debian package.
JUDGES: Final = {
    "Orthanc": "orthanc",
    "dciodvfy": "dicom3tools",
    "dsrdump": "dcmtk",
    "xmlsec1": "xmlsec1",
    "nginx": "nginx-light",
    "mitmdump": "mitmproxy",
    "java": "default-jdk-headless",
    "/usr/bin/chromium": "chromium",
    "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf": "fonts-dejavu-core",
    "/usr/share/orthanc/plugins/libOrthancDicomWeb.so": "orthanc-dicomweb",
}

# Where this environment has its commands.
FOLDER: Final = Path(sys.executable).parent

# Where pytest writes down the tests that failed.
FAILED: Final = Path(".pytest_cache/v/cache/lastfailed")

# More failures than these are no accident of a busy machine: they get no second try.
SECOND_TRIES: Final = 3


def present(judge: str) -> bool:
    """True when the judge is on this machine."""
    if judge.startswith("/"):
        return Path(judge).exists()
    return any(shutil.which(judge, path=p) for p in (None, "/usr/sbin:/usr/local/sbin"))


def missing() -> list[str]:
    """The packages whose judge is not here."""
    return [package for judge, package in JUDGES.items() if not present(judge)]


def install(packages: list[str]) -> None:
    """Install with apt where this user may; says so where not."""
    if not packages:
        return
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        print(f"== cannot install here (no root or no apt): {' '.join(packages)}", flush=True)
        return
    print(f"== installing the judges: {' '.join(packages)}", flush=True)
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run(["apt-get", "update", "-qq"], env=quiet, check=False)
    subprocess.run(
        ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages],
        env=quiet,
        check=False,
        stdout=subprocess.DEVNULL,
    )


def _suites(also: str) -> tuple[list[str], list[str]]:
    """Everything but the stack, then the stack: ``also`` is added to both selections.

    A test of the stack waits for browsers and processes for a third of its time, so that two cores
    are enough for three stacks.
    """
    tests = ["python", "-m", "pytest", "-q", "--dist", "loadfile", "--cache-clear"]
    tests.append("--no-loadscope-reorder")  # the order of tests/conftest.py
    tests.append("--durations=25")  # the time is told: the suite has a ceiling
    # The functions of the stack run in processes of their own, where no line is counted.
    return (
        [*tests, "-n", "2", "--cov", "--cov-report=", "-m", f"not stack{also}"],
        [*tests, "-n", "3", "-m", f"stack{also}"],
    )


# The checks that read the code and do not run it.
STATIC: Final = (
    ["ruff", "format", "--check", "."],
    ["ruff", "check", "."],
    ["lint-imports", "--no-cache"],
    ["mypy"],
)


def _run(step: list[str]) -> int:
    """Run one step, which speaks for itself; its status."""
    print(f"== {' '.join(step)}", flush=True)
    return subprocess.run([str(FOLDER / step[0]), *step[1:]], check=False).returncode


def failed_tests() -> list[str]:
    """The tests that failed in the run before, by pytest's own notes."""
    return sorted(json.loads(FAILED.read_text())) if FAILED.exists() else []


def again(step: list[str], failed: list[str]) -> list[str] | None:
    """The step that runs a few failed tests alone, in one process; None where none may."""
    if not 0 < len(failed) <= SECOND_TRIES or not all("::" in test for test in failed):
        return None  # a module that cannot be read is no test
    also = ["--cov-append"] if "--cov" in step else []
    kept = [part for part in step if part != "--cache-clear"]
    kept[kept.index("-n") + 1] = "0"
    return [*kept, *also, *failed]


def _tried(step: list[str]) -> int:
    """Run tests; a few that fail run once more, alone, and both outcomes are printed."""
    status = _run(step)
    if status != 1:  # 1: some tests failed; anything else stopped pytest itself
        return status
    failed = failed_tests()
    second = again(step, failed)
    if second is None or (status := _run(second)):
        return status
    for test in failed:
        print(f"== PASSED ONLY AT THE SECOND TRY, look into it: {test}", flush=True)
    return 0


def _read() -> tuple[int, str]:
    """Run the static checks: their status, and all that they say."""
    status, told = 0, []
    for step in STATIC:
        done = subprocess.run(
            [str(FOLDER / step[0]), *step[1:]],
            check=False,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        status |= done.returncode
        told += [f"== {' '.join(step)}\n", done.stdout]
    return status, "".join(told)


def main() -> int:
    """Run the suite; non-zero when a test fails or a judge is missing."""
    install(missing())
    absent = missing()
    most, stack = _suites("" if not absent else " and not judge")
    # Each static check has one process: alone, it would leave the other cores idle.
    with ThreadPoolExecutor(1) as beside:
        reading = beside.submit(_read)
        status = _tried(most)
        read, told = reading.result()
        print(told, end="", flush=True)
    status |= read
    status |= _tried(stack)
    # The library is tested whole, branch by branch.
    status |= _run(["coverage", "report", "--skip-covered", "--fail-under=100"])
    if absent:
        print(f"== not run, these packages are missing: {' '.join(absent)}", flush=True)
        return 1
    return 1 if status else 0


if __name__ == "__main__":
    sys.exit(main())
