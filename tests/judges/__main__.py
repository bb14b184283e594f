"""``python -m tests.judges run``: install the independent judges where allowed, run every test.

The judges are programs of other people that tell whether our output is right: they come from the
system's packages. Where they may not be installed, everything else runs, the missing ones are
named, and the result is a failure: a check that did not run is not a check that passed.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

# Command or file that shows the package is there -> Debian package.
JUDGES: Final = {
    "Orthanc": "orthanc",
    "dciodvfy": "dicom3tools",
    "dsrdump": "dcmtk",
    "xmlsec1": "xmlsec1",
    "nginx": "nginx-light",
    "java": "default-jdk-headless",
    "/usr/bin/chromium": "chromium",
    "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf": "fonts-dejavu-core",
    "/usr/share/orthanc/plugins/libOrthancDicomWeb.so": "orthanc-dicomweb",
}

# The library is tested whole, branch by branch: every package of it.
WHOLE: Final = "functions/drimbox/*"


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


def _suites(also: str) -> tuple[list[str], ...]:
    """Everything but the stack, then the stack: two processes each, so two stacks.

    ``also`` is added to both selections.
    """
    tests = ["python", "-m", "pytest", "-q", "-n", "2", "--dist", "loadfile", "--cov"]
    return (
        [*tests, "--cov-report=", "-m", f"not stack{also}"],
        [*tests, "--cov-report=", "--cov-append", "-m", f"stack{also}"],
    )


def main() -> int:
    """Run the suite; non-zero when a test fails or a judge is missing."""
    install(missing())
    absent = missing()
    steps = (
        ["ruff", "format", "--check", "."],
        ["ruff", "check", "."],
        ["lint-imports", "--no-cache"],
        ["mypy"],
        *_suites("" if not absent else " and not judge"),
        ["coverage", "report", "--skip-covered"],
        ["coverage", "report", f"--include={WHOLE}", "--fail-under=100"],
    )
    folder = Path(sys.executable).parent
    status = 0
    for step in steps:
        print(f"== {' '.join(step)}", flush=True)
        status |= subprocess.run([str(folder / step[0]), *step[1:]], check=False).returncode
    if absent:
        print(f"== not run, these packages are missing: {' '.join(absent)}", flush=True)
        return 1
    return 1 if status else 0


if __name__ == "__main__":
    sys.exit(main())
