"""The script of things to try: every step is told, its shell is right, its commands work."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from infra.demo.layout import Layout
from infra.demo.try_it import _STEPS, script, write_script

LAYOUT = Layout.read({"DRIMBOX_HOME": ".local"})
STEPS = [name for name, _, _ in _STEPS]


def run(home: Path, *arguments: str, path: str = "") -> str:
    """The script in a project of its own, whose curl and Python only say how they were called."""
    written = write_script(LAYOUT.endpoints(), home)
    tools = home / "tools"
    for tool in (tools / "curl", home.parent / ".venv/bin/python"):
        tool.parent.mkdir(parents=True, exist_ok=True)
        tool.write_text('#!/bin/sh\necho "$(basename "$0") $@"\n', "utf-8")
        tool.chmod(0o755)
    ended = subprocess.run(
        ["/bin/sh", str(written), *arguments],
        env={"PATH": f"{tools}:/usr/bin:/bin{path}"},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


@pytest.fixture
def home(tmp_path: Path) -> Path:
    made = tmp_path / ".local"
    made.mkdir()
    return made


def test_every_step_is_told(home: Path) -> None:
    told = run(home)
    assert [name for name in STEPS if f"  {name}" not in told] == []
    assert run(home, "nonsense") == told


def test_a_report_is_written_checked_sent_and_followed(home: Path) -> None:
    assert "python -m simulators.ris case G1 --fresh" in run(home, "report", "G1")
    (home / "report.hl7").write_bytes(b"MSH|^~\\&|A|B|C|D|20260101||ORU^R01|MSG-7|P|2.5\rPID|")
    for step in ("check", "send", "held", "refused", "dmp-down", "dmp-up", "openapi", "archive"):
        run(home, step)
    assert "case G1_MAJ --fresh" in run(home, "next", "G1_MAJ")
    (home / "report.hl7").write_bytes(b"MSH|^~\\&|A|B|C|D|20260101||ORU^R01|MSG-7|P|2.5\rPID|")
    run(home, "follow")
    run(home, "find", 'O\'NEILL "x"')


def test_every_address_is_of_this_machine_and_the_sender_shows_its_certificate() -> None:
    text = script(LAYOUT.endpoints())
    assert set(re.findall(r"https?://([^:/]+)", text)) == {"127.0.0.1"}
    assert "--cert .local/pki/ris.pem --key .local/pki/ris.key" in text
