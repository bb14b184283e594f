"""A deployment stops early, and says why, when a fact, a tool or a part of the build is missing."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from infra import bytecode, deploy, layers
from infra.shared.deployment import ROOT, SAMPLE_ACCOUNT, context_of_project

REAL = "aws://111122223333/eu-west-3"


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The commands that were run, which all succeed; the layer is built."""
    made: list[list[str]] = []

    def run(command: list[str], **given: Any) -> subprocess.CompletedProcess[str]:
        assert given["env"]["CDK_DISABLE_CLI_TELEMETRY"] == "true"
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
        *("deploy", "--app", str(tmp_path), "--all", "--concurrency", "10"),
        *("--require-approval", "never"),
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


@pytest.fixture
def filled(tmp_path: Path) -> dict[str, Any]:
    """The context of somebody's own account, with a tenant whose PACS the account reaches."""
    demo = (ROOT / "infra" / "tenants" / "demo.yaml").read_text("utf-8")
    (tmp_path / "tenants").mkdir()
    (tmp_path / "tenants" / "demo.yaml").write_text(demo, "utf-8")
    own = {"account": "111122223333", "tenants": str(tmp_path / "tenants")}
    own |= {"alarm_email": "alarms@clinic.example", "pacs_network": "10.64.0.0/24"}
    return {**context_of_project(), **own, "tenant_pacs_url": "https://pacs.clinic.example/rs"}


@pytest.fixture
def no_interpreter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without a Python of Lambda's version."""
    monkeypatch.setattr(bytecode, "_candidates", lambda: iter([str(tmp_path / "absent")]))


@pytest.mark.usefixtures("no_interpreter")
def test_everything_missing_is_told_at_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert deploy.check(context_of_project(), tmp_path) == 1
    account, python = capsys.readouterr().err.splitlines()
    assert account.startswith(f"make deploy: cdk.json names the sample account {SAMPLE_ACCOUNT}")
    assert python.startswith("make deploy: The build needs Python 3.13")
    assert "uv python install 3.13" in python


@pytest.mark.usefixtures("no_interpreter")
def test_a_built_deployment_needs_no_interpreter(
    tmp_path: Path, filled: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "python-deps.sha256").write_text(layers.wanted_stamp(ROOT / "uv.lock"), "ascii")
    assert deploy.check(filled, tmp_path) == 1
    assert "Python 3.13" in capsys.readouterr().err
    (tmp_path / "code.sha256").write_text(layers.wanted_code_stamp(), "ascii")
    assert deploy.check(filled, tmp_path) == 0
    assert capsys.readouterr().err == ""


@pytest.mark.usefixtures("calls")
@pytest.mark.parametrize(
    ("overlay", "told"),
    [
        ({"region": "us-east-1"}, "context missing or ill-formed: region"),
        ({"tenant_pacs_url": ""}, "demo.yaml: pacs_url is a private address"),
        ({"tenants": "docs"}, "no tenant"),
    ],
)
def test_the_project_s_files_are_checked_before_anything_is_built(
    tmp_path: Path,
    filled: dict[str, Any],
    overlay: dict[str, Any],
    told: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert deploy.check({**filled, **overlay}, tmp_path) == 1
    [line] = capsys.readouterr().err.splitlines()
    assert line.startswith(f"make deploy: {told}")


def test_the_command_checks_cdk_json(
    calls: list[list[str]], capsys: pytest.CaptureFixture[str]
) -> None:
    assert deploy.main(["check"]) == 1
    assert "make deploy: cdk.json names the sample account" in capsys.readouterr().err
    assert calls == []
