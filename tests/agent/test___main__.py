"""The command line."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from agent.__main__ import main
from tests.agent.pacs.scripted import Script
from tests.agent.site_scenes import site
from tests.drimbox.images.samples import instance

ROOT = Path(__file__).parents[2]


def test_a_good_site_passes_the_check(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    today = f"{time.strftime('%Y%m%d')}"
    script = Script([instance(1, StudyDate=today)])
    with site(tmp_path, script) as made:
        status = main(["check", "--config", str(made.file), "--language", "en"])
    told = capsys.readouterr().out
    assert "The gateway knows this agent." in told
    assert "The clock is right." in told
    assert "The PACS answers a search." in told
    assert "The PACS gives an object." in told
    assert "!!" not in told or "disk_small" in told
    assert status == (1 if "disk_small" in told else 0)


def test_each_trouble_is_told_in_words(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with site(tmp_path, Script([], callers=["OTHER"])) as made:
        made.cloud.refusals = {"loan": [404]}
        assert main(["check", "--config", str(made.file)]) == 1
    told = capsys.readouterr().out
    assert "agent_unknown" in told
    assert "La passerelle ne connaît pas le certificat" in told
    assert "pacs_refuses_title" in told
    assert "Declare the agent's AE title" in told


def test_a_file_that_is_wrong_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "agent.yaml"
    file.write_text("tenant: demo\n")
    for command in ("check", "run"):
        assert main([command, "--config", str(file), "--language", "fr"]) == 1
        told = capsys.readouterr().err
        assert "cloud: missing" in told
        assert "Corriger le champ" in told


def test_it_runs_until_it_is_told_to_stop(tmp_path: Path) -> None:
    with site(tmp_path, Script([])) as made:
        process = subprocess.Popen(
            [sys.executable, "-m", "agent", "run", "--config", str(made.file)],
            cwd=ROOT,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ},
        )
        end = time.monotonic() + 30
        while not made.cloud.beats and time.monotonic() < end:
            time.sleep(0.05)
        assert made.cloud.beats
        process.send_signal(signal.SIGTERM)
        _, told = process.communicate(timeout=60)
    assert process.returncode == 0
    assert "agent started" in told
    assert "agent stopped" in told


def test_enrol_needs_the_words_of_the_page(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["--url", "https://127.0.0.1:1", "--tenant", "demo", "--code", "0" * 25]
    with site(tmp_path, Script([])) as made:
        with pytest.raises(SystemExit):
            main(["enrol", "--config", str(made.file), *words[:4]])
        assert "enrol needs" in capsys.readouterr().err
        assert main(["enrol", "--config", str(made.file), *words]) == 1
        assert "host_unreachable" in capsys.readouterr().out
        words[1] = "http://127.0.0.1"
        assert main(["enrol", "--config", str(made.file), *words]) == 1
        assert "not https" in capsys.readouterr().err
