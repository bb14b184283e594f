"""CPU time of every handler's import, in an environment that holds what Lambda's layer holds."""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from bench.figures import Figure, NotMeasured
from infra.demo.layout import ROOT

ROUNDS = 5
# docs/performance.md has the figures, decision 0047 the means; a test holds the number of modules.
GOAL = 1.8
CODECS = ("numpy", "imagecodecs", "jpeg_ls", "PIL", "pylibjpeg", "gdcm", "openjpeg")

_TIMED = """
import time
begun = time.process_time()
import {module}
took = time.process_time() - begun
import json, sys
print(json.dumps([took, [name for name in {codecs} if name in sys.modules]]))
"""


def measure(home: Path) -> Iterator[Figure]:
    """Fresh processes; each handler's import right after one of boto3, median of ROUNDS ratios.

    A busy machine slows both of a pair alike. NotMeasured when the environment of the runtime
    dependencies cannot be made.
    """
    python = _environment(home / "runtime")
    asset = _asset(home / "asset")
    handlers = sorted(path.parent.name for path in asset.glob("functions/*/handler.py"))
    pairs: dict[str, list[tuple[float, float]]] = {name: [] for name in handlers}
    codecs: set[str] = set()
    for _ in range(ROUNDS):
        for name in handlers:
            boto3, _ = _time(python, asset, "boto3")
            took, found = _time(python, asset, f"functions.{name}.handler")
            pairs[name].append((took, boto3))
            codecs.update(found)
    alone = statistics.median(boto3 for some in pairs.values() for _, boto3 in some)
    yield Figure("import boto3", f"{alone * 1e3:.0f} ms")
    ratios = {
        name: statistics.median(took / boto3 for took, boto3 in some)
        for name, some in pairs.items()
    }
    for name, ratio in sorted(ratios.items(), key=lambda item: -item[1]):
        yield Figure(
            f"import functions.{name}.handler",
            f"{ratio:.2f} x boto3  ({ratio * alone * 1e3:.0f} ms)",
            f"<= {GOAL} x boto3",
            ratio <= GOAL,
        )
    yield Figure(
        "codecs imported by a handler", ", ".join(sorted(codecs)) or "none", "none", not codecs
    )


def _environment(place: Path) -> Path:
    """The interpreter of an environment with the runtime dependencies alone, compiled."""
    environment = {**os.environ, "UV_PROJECT_ENVIRONMENT": str(place)}
    environment.pop("VIRTUAL_ENV", None)
    made = subprocess.run(
        [
            *(sys.executable, "-m", "uv", "sync", "--quiet", "--frozen", "--no-default-groups"),
            *("--compile-bytecode", "--python", sys.executable),
        ],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if made.returncode:
        raise NotMeasured(f"the runtime environment cannot be made: {made.stderr.strip()}")
    return place / "bin" / "python"


def _asset(place: Path) -> Path:
    """A copy of the functions with its bytecode, so that nothing is compiled while we measure."""
    shutil.rmtree(place, ignore_errors=True)
    shutil.copytree(
        ROOT / "functions", place / "functions", ignore=shutil.ignore_patterns("__pycache__")
    )
    subprocess.run([sys.executable, "-m", "compileall", "-q", str(place)], check=True)
    return place


def _time(python: Path, asset: Path, module: str) -> tuple[float, list[str]]:
    done = subprocess.run(
        [str(python), "-B", "-c", _TIMED.format(module=module, codecs=CODECS)],
        cwd=asset,
        env={"PATH": os.environ["PATH"], "POWERTOOLS_SERVICE_NAME": "drimbox"},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise NotMeasured(f"{module} cannot be imported: {done.stderr.strip()[-300:]}")
    took, found = json.loads(done.stdout)
    return float(took), list(found)
