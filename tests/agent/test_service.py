"""The files that start the agent name things that are there, and a linter finds no fault."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SERVICE = ROOT / "agent" / "service"
UNIT = SERVICE / "drimbox-agent.service"
START = "-m agent run --config"


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd is not installed")
def test_systemd_finds_no_fault_in_the_unit(tmp_path: Path) -> None:
    """The interpreter and the account are the hospital's: stand-ins are there for the check."""
    copy = tmp_path / UNIT.name
    text = UNIT.read_text().replace("/opt/drimbox-agent/bin/python", "/bin/true")
    copy.write_text(re.sub(r"^(User|Group)=.*$", r"\1=root", text, flags=re.MULTILINE))
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(copy)],
        capture_output=True,
        text=True,
        check=False,
    )
    ours = [line for line in done.stderr.splitlines() if UNIT.name in line]
    assert (done.returncode, ours) == (0, [])


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd is not installed")
def test_a_fault_in_the_unit_would_be_found(tmp_path: Path) -> None:
    copy = tmp_path / UNIT.name
    copy.write_text(UNIT.read_text().replace("Restart=always", "Restart=perhaps"))
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(copy)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert "perhaps" in done.stderr


@pytest.mark.parametrize("name", ["drimbox-agent.service", "install-windows.ps1"])
def test_each_service_starts_the_agent_in_the_same_way(name: str) -> None:
    assert START in (SERVICE / name).read_text()


def test_the_image_copies_folders_that_are_there_and_no_others_of_ours() -> None:
    text = (SERVICE / "Containerfile").read_text()
    copied = [
        source
        for line in re.findall(r"^COPY (?!--from)(.+)$", text, re.MULTILINE)
        for source in line.split()[:-1]
    ]
    assert copied
    assert [source for source in copied if not (ROOT / source).exists()] == []
    assert not [source for source in copied if source.startswith(("functions/aws", "infra/t"))]


def test_the_linux_script_installs_the_files_of_the_image(tmp_path: Path) -> None:
    """And is a script, that does nothing for another account than root's."""
    script = SERVICE / "install-linux.sh"
    text = script.read_text()
    image = (SERVICE / "Containerfile").read_text()
    for source in re.findall(r"functions/[\w./]+|(?<=COPY )agent", image.partition("ENV ")[0]):
        assert re.search(rf"^cp .*\b{re.escape(source)}\b", text, re.MULTILINE), source
    for source in re.findall(r"(?<= )(?:agent/service|infra)/[\w.-]+", text):
        assert (ROOT / source).is_file(), source
    assert "--no-default-groups --only-group agent" in text
    assert "--no-default-groups --only-group agent" in image
    stub = tmp_path / "id"
    stub.write_text("#!/bin/sh\necho 1000\n")
    stub.chmod(0o700)
    done = subprocess.run(
        ["/bin/sh", str(script)],
        env={"PATH": f"{tmp_path}:/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("root alone can install")


def test_every_brace_of_the_windows_script_is_closed() -> None:
    """No linter of PowerShell is at hand: this finds a cut file, and no more."""
    text = re.sub(r"#.*|'[^'\n]*'|\"[^\"\n]*\"", "", (SERVICE / "install-windows.ps1").read_text())
    for opening, closing in ("{}", "()", "[]"):
        assert text.count(opening) == text.count(closing)


def test_the_command_runs_the_agent_of_the_service(tmp_path: Path) -> None:
    """With stand-ins for the folders and the interpreter: arguments pass whole."""
    script = tmp_path / "drimbox-agent"
    (tmp_path / "opt/app").mkdir(parents=True)
    python = tmp_path / "opt/bin/python"
    python.parent.mkdir()
    python.write_text('#!/bin/sh\nprintf "%s|" "$@"\npwd\n')
    python.chmod(0o700)
    text = (SERVICE / "drimbox-agent").read_text().replace("/opt/drimbox-agent", f"{tmp_path}/opt")
    assert text.count("python -m agent") == 2
    # Nobody's account changes here.
    script.write_text(text.replace('[ "$(id -u)" -eq 0 ]', "false"))
    done = subprocess.run(
        ["/bin/sh", str(script), "enrol", "--code", "A B"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == f"-m|agent|enrol|--code|A B|{tmp_path}/opt/app\n"
