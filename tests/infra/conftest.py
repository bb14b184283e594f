"""The real application, synthesized once per session."""

from __future__ import annotations

from pathlib import Path

import pytest

from infra.rules.assembly import Assembly
from infra.rules.reading import read_assembly
from infra.synth import synthesize


@pytest.fixture(scope="session")
def assembly_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The cloud assembly of the project's own context."""
    out = tmp_path_factory.mktemp("assembly") / "cdk.out"
    done = synthesize(out, {})
    assert done.returncode == 0, done.stderr
    return out


@pytest.fixture(scope="session")
def assembly(assembly_folder: Path) -> Assembly:
    """Its stacks, as the rules see them."""
    return read_assembly(assembly_folder)
