"""The real application, synthesized once for all processes of a run."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

import pytest

from infra.rules.assembly import Assembly
from infra.rules.reading import read_assembly
from infra.synth import synthesize


@pytest.fixture(scope="session")
def assembly_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The cloud assembly of the project's own context; the tests only read it.

    The first process of pytest-xdist synthesizes, the others wait for it.
    """
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base
    out = shared / "assembly" / "cdk.out"
    with (shared / "assembly.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (out / "manifest.json").is_file():
            done = synthesize(out, {})
            assert done.returncode == 0, done.stderr
    return out


@pytest.fixture(scope="session")
def assembly(assembly_folder: Path) -> Assembly:
    """Its stacks, as the rules see them."""
    return read_assembly(assembly_folder)
