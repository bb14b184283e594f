"""A deployment needs the layer of the present lock and the present code, compiled."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from infra import bytecode, layers


def test_absent(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert layers.main(["check", "--layers", str(tmp_path)]) == 1
    assert "is not built" in capsys.readouterr().err


def test_of_another_lock(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "python-deps.sha256").write_text("0" * 64)
    assert layers.main(["check", "--layers", str(tmp_path)]) == 1
    assert "older than uv.lock" in capsys.readouterr().err


def test_of_the_present_lock(tmp_path: Path) -> None:
    stamp = layers.wanted_stamp(layers.ROOT / "uv.lock")
    (tmp_path / "python-deps.sha256").write_text(stamp + "\n")
    (tmp_path / "code.sha256").write_text(layers.wanted_code_stamp() + "\n")
    assert layers.stamp_of(tmp_path) == stamp
    assert layers.main(["check", "--layers", str(tmp_path)]) == 0


def test_an_absent_layer_is_built_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def build(into: Path) -> None:
        (into / "python-deps.sha256").write_text(layers.wanted_stamp(layers.ROOT / "uv.lock"))
        print("built")

    (tmp_path / "code.sha256").write_text(layers.wanted_code_stamp())
    monkeypatch.setattr(layers, "build", build)
    monkeypatch.setattr(layers, "build_code", lambda _: print("compiled"))
    assert layers.main(["ensure", "--layers", str(tmp_path)]) == 0
    said = capsys.readouterr()
    assert said.out == "the dependency layer is not built: building it\nbuilt\n"
    assert said.err == ""
    assert layers.main(["ensure", "--layers", str(tmp_path)]) == 0
    assert capsys.readouterr().out == ""
    assert layers.main(["build", "--layers", str(tmp_path)]) == 0
    assert capsys.readouterr().out == "built\ncompiled\n"


def test_the_stamp_follows_the_lock(tmp_path: Path) -> None:
    lock = tmp_path / "uv.lock"
    lock.write_text("version = 1\n")
    before = layers.wanted_stamp(lock)
    lock.write_text("version = 2\n")
    assert layers.wanted_stamp(lock) != before


def test_a_build_that_fails_leaves_no_stamp(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "python-deps.sha256").write_text("0" * 64)
    monkeypatch.setattr(layers, "_UV", ("false",))
    monkeypatch.setattr(bytecode, "interpreter", lambda: sys.executable)
    with pytest.raises(subprocess.CalledProcessError):
        layers.build(tmp_path)
    assert layers.stamp_of(tmp_path) is None


@pytest.fixture
def one_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A uv that installs one module, whatever it is asked for."""
    uv = tmp_path / "uv"
    uv.write_text(
        f"#!/bin/sh\nmkdir -p {tmp_path}/out/python-deps/python\n"
        f"echo too = 1 > {tmp_path}/out/python-deps/python/module.py\n"
    )
    uv.chmod(0o755)
    monkeypatch.setattr(layers, "_UV", (str(uv),))
    monkeypatch.setattr(bytecode, "interpreter", lambda: sys.executable)


@pytest.mark.usefixtures("one_package")
def test_a_package_is_imported_from_bytecode_whatever_the_times(tmp_path: Path) -> None:
    """A cold start compiled the packages of the layer anew."""
    layers.build(tmp_path / "out")
    [compiled] = (tmp_path / "out" / "python-deps").rglob("*.pyc")
    assert compiled.name.startswith("module.")
    assert compiled.read_bytes()[4:8] == bytecode.UNCHECKED_HASH


@pytest.mark.usefixtures("one_package")
def test_a_layer_that_lambda_would_not_take(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(layers, "_LIMIT_BYTES", 4)
    with pytest.raises(RuntimeError, match="more than Lambda takes"):
        layers.build(tmp_path / "out")
    assert layers.stamp_of(tmp_path / "out") is None


def test_code_of_other_sources(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "code.sha256").write_text("0" * 64)
    assert layers.main(["check", "--layers", str(tmp_path)]) == 1
    assert "the code is older than functions" in capsys.readouterr().err


def test_the_code_s_stamp_follows_the_sources_alone(tmp_path: Path) -> None:
    source = tmp_path / "functions" / "one" / "handler.py"
    source.parent.mkdir(parents=True)
    source.write_text("a = 1\n")
    before = layers.wanted_code_stamp(tmp_path)
    os.utime(source, (1, 1))
    (source.parent / "__pycache__").mkdir()
    (source.parent / "__pycache__" / "handler.cpython-311.pyc").write_bytes(b"of this machine")
    assert layers.wanted_code_stamp(tmp_path) == before
    source.rename(source.with_name("other.py"))
    assert layers.wanted_code_stamp(tmp_path) != before


def test_without_an_interpreter_nothing_is_built(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(bytecode, "_candidates", lambda: iter([str(tmp_path / "absent")]))
    assert layers.main(["ensure", "--layers", str(tmp_path)]) == 1
    said = capsys.readouterr().err
    assert "Python 3.13, which Lambda runs" in said
    assert "uv python install 3.13" in said
    assert list(tmp_path.iterdir()) == []


def test_exactly_the_project_s_own_dependencies_with_hashes(tmp_path: Path) -> None:
    requirements = tmp_path / "requirements.txt"
    layers.export(requirements)
    text = requirements.read_text("utf-8")
    for package in ("boto3==", "pydicom==", "lxml==", "cryptography=="):
        assert package in text
    for package in ("aws-cdk-lib", "moto", "pytest", "mypy", "highdicom"):
        assert f"\n{package}==" not in text
    assert text.count("--hash=sha256:") > text.count("==")
