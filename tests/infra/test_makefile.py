"""The Makefile: a Python of any age is told what is needed, and no text becomes a command."""

from __future__ import annotations

import ast
import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from infra.shared.deployment import ROOT


@pytest.fixture
def ready(tmp_path: Path) -> list[str]:
    """Variables by which make takes the set-up as done and prints what Python would be given."""
    (tmp_path / "ready").touch()
    python = tmp_path / "python"
    python.write_text('#!/bin/sh\nprintf "%s|" "$UV_SYSTEM_CERTS" "$ID" "$@"\n')
    python.chmod(0o755)
    return [f"READY={tmp_path / 'ready'}", f"PY={python}"]


def make(*arguments: str, **environment: str) -> str:
    """The output of ``make``, without the settings of a surrounding make or a user."""
    foreign = {"MAKEFLAGS", "MAKEOVERRIDES", "MFLAGS", "ID", "UV_SYSTEM_CERTS", "PYTHON"}
    kept = {name: value for name, value in os.environ.items() if name not in foreign}
    return subprocess.run(
        ["make", "--no-print-directory", *arguments],
        cwd=ROOT,
        env={**kept, **environment},
        check=True,
        capture_output=True,
        text=True,
    ).stdout


def version_check(tmp_path: Path) -> str:
    """The source of the first command of the set-up."""
    first = make("-n", f"READY={tmp_path / 'absent'}", "synth").splitlines()[0]
    python, dash_c, source = shlex.split(first)
    assert (python, dash_c) == ("python3", "-c")
    return source


@pytest.mark.parametrize(
    ("version", "told"),
    [
        ((2, 7, 18), "this is 2.7"),
        ((3, 6, 9), "this is 3.6"),
        ((3, 10, 0), "this is 3.10"),
        ((3, 11, 0), ""),
        ((3, 13, 9), ""),
        ((3, 14, 0), "this is 3.14"),
    ],
)
def test_the_version_is_told(tmp_path: Path, version: tuple[int, ...], told: str) -> None:
    source = f"import sys; sys.version_info = {version}; {version_check(tmp_path)}"
    done = subprocess.run(
        [sys.executable, "-c", source], capture_output=True, text=True, check=False
    )
    assert done.returncode == (1 if told else 0)
    assert told in done.stderr
    assert ("make PYTHON=python3.13" in done.stderr) is bool(told)


def test_the_version_check_is_read_by_any_python(tmp_path: Path) -> None:
    source = version_check(tmp_path)
    assert source.isascii()
    assert not [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.JoinedStr)]


@pytest.mark.parametrize(
    "text", ['a"; echo pwned; "', "$(shell echo pwned)", "`echo pwned`", "a$b$$c", "'", ""]
)
def test_an_id_reaches_the_program_as_it_was_given(ready: list[str], text: str) -> None:
    expected = f"1|{text}|-m|infra.demo|replay|"
    assert make(*ready, "replay", f"ID={text}") == expected
    assert make(*ready, "replay", ID=text) == expected


@pytest.mark.parametrize("failing", ["pip", "uv"])
def test_a_set_up_without_its_registry_says_so(tmp_path: Path, failing: str) -> None:
    """pip and uv themselves name a package, and not always the network."""
    tools = tmp_path / "bin"
    tools.mkdir()
    for tool, name in (("python", "pip"), ("uv", "uv")):
        (tools / tool).write_text(f"#!/bin/sh\nexit {int(name == failing)}\n")
        (tools / tool).chmod(0o755)
    absent = tmp_path / "absent"
    with pytest.raises(subprocess.CalledProcessError) as error:
        make(f"READY={absent}", f"VENV={tmp_path}", f"PYTHON={sys.executable}", "synth")
    assert "PyPI" in error.value.stderr
    assert not absent.exists()


def test_uv_trusts_what_the_machine_trusts_unless_told_otherwise(ready: list[str]) -> None:
    assert make(*ready, "token").startswith("1|")
    assert make(*ready, "token", UV_SYSTEM_CERTS="0").startswith("0|")


def test_python_keeps_its_bytecode_where_the_environment_forbids_it(tmp_path: Path) -> None:
    python = tmp_path / "python"
    python.write_text("#!/bin/sh\nenv\n")
    python.chmod(0o755)
    (tmp_path / "ready").touch()
    said = make(
        *(f"READY={tmp_path / 'ready'}", f"PY={python}", "token"), PYTHONDONTWRITEBYTECODE="1"
    )
    assert "UV_SYSTEM_CERTS=1\n" in said, "the environment of a recipe"
    assert "PYTHONDONTWRITEBYTECODE" not in said


def test_a_deployment_checks_before_it_builds(ready: list[str]) -> None:
    steps = make(*ready, "deploy").removesuffix("|").split("1||-m|")[1:]
    assert steps == [
        "infra.deploy|check|",
        "infra.web|",
        "infra.layers|ensure|",
        "infra.synth|--out|cdk.out|",
        "infra.deploy",
    ]
