"""Only a whole build is deployed, and a failure of npm to fetch is explained in words."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from infra import deploy, layers

REAL = "aws://111122223333/eu-west-3"


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The commands that were run, which all succeed; the layer is built."""
    made: list[list[str]] = []

    def run(command: list[str], **_: Any) -> subprocess.CompletedProcess[str]:
        made.append(command)
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr(subprocess, "run", run)
    monkeypatch.setattr(layers, "layer_fault", lambda _: None)
    monkeypatch.setattr(layers, "code_fault", lambda _: None)
    return made


def assembly(folder: Path, *environments: str) -> Path:
    artifacts = {str(n): {"environment": one} for n, one in enumerate(environments)}
    text = json.dumps({"artifacts": {**artifacts, "Tree": {"type": "cdk:tree"}}})
    (folder / "manifest.json").write_text(text, "utf-8")
    return folder


def test_deploys_every_stack(tmp_path: Path, calls: list[list[str]]) -> None:
    assert deploy.main(["--require-approval", "never"], assembly(tmp_path, REAL, REAL)) == 0
    [npm, cdk] = calls
    assert npm[2] == "ci"
    assert cdk[1:] == [
        *("deploy", "--app", str(tmp_path), "--all", "--require-approval", "never"),
    ]


def test_bootstraps_the_account_of_the_templates(tmp_path: Path, calls: list[list[str]]) -> None:
    assert deploy.main(["bootstrap"], assembly(tmp_path, REAL, REAL)) == 0
    assert calls[1][1:] == ["bootstrap", "--app", str(tmp_path), REAL]


def test_nothing_synthesized(
    tmp_path: Path, calls: list[list[str]], capsys: pytest.CaptureFixture[str]
) -> None:
    assert deploy.main([], tmp_path) == 1
    assert "make synth" in capsys.readouterr().err
    assert calls == []


def test_the_sample_account_is_nobody_s(
    assembly_folder: Path, calls: list[list[str]], capsys: pytest.CaptureFixture[str]
) -> None:
    assert deploy.main([], assembly_folder) == 1
    assert deploy.main(["bootstrap"], assembly_folder) == 1
    assert "sample account" in capsys.readouterr().err
    assert calls == []


def test_no_deployment_without_the_layer(
    tmp_path: Path,
    calls: list[list[str]],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(layers, "layer_fault", lambda _: "the dependency layer is not built")
    assert deploy.main([], assembly(tmp_path, REAL)) == 1
    [line] = capsys.readouterr().err.splitlines()
    assert line == "the dependency layer is not built: run make deploy, which builds it"
    assert calls == []


def test_no_deployment_of_code_without_bytecode(
    tmp_path: Path, calls: list[list[str]], capsys: pytest.CaptureFixture[str]
) -> None:
    functions = tmp_path / "asset.ab" / "functions"
    functions.mkdir(parents=True)
    (functions / "handler.py").write_text("here = True\n", "utf-8")
    assert deploy.main([], assembly(tmp_path, REAL)) == 1
    assert "code without bytecode: run make deploy" in capsys.readouterr().err
    assert calls == []


def test_npm_that_fails_names_the_authority_s_variable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(deploy, "npm", lambda: ["false"])
    assert deploy.main(["bootstrap"], assembly(tmp_path, REAL)) == 1
    assert "NODE_EXTRA_CA_CERTS=/path/ca.pem make deploy" in capsys.readouterr().err
