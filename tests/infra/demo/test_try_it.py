"""The script of things to try: every step is told, its shell is right, its commands work."""

from __future__ import annotations

import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from functions.drimbox.report.reading import read_header, read_report
from functions.drimbox.report.requested_action import Action
from infra.demo import tenants
from infra.demo.layout import PORTS, ROOT, Layout
from infra.demo.try_it import _STEPS, script, write_script
from simulators.ris.cases import CASES
from simulators.ris.messages import message

LAYOUT = Layout.read({"DRIMBOX_HOME": ".local"})
STEPS = [name for name, _, _ in _STEPS]


# Python says how it was called, but for a line of code and the list of cases.
PYTHON = f"""#!/bin/sh
case "$1 $2 $3" in
-c*|"-m simulators.ris list") cd {ROOT}; exec {sys.executable} "$@" ;;
esac
echo "python $@"
"""


def run(home: Path, *arguments: str, status: int = 0) -> str:
    """The script in a project of its own, whose curl and Python only say how they were called.
    Its output, or its errors where the ``status`` is one.
    """
    return run_for(tenants.endpoints(LAYOUT), home, *arguments, status=status)


def run_for(endpoints: dict[str, Any], home: Path, *arguments: str, status: int = 0) -> str:
    """The same for a stack with these addresses."""
    written = write_script(endpoints, home)
    tools = home / "tools"
    curl = '#!/bin/sh\necho "curl $@"\n'
    for tool, text in ((tools / "curl", curl), (home.parent / ".venv/bin/python", PYTHON)):
        tool.parent.mkdir(parents=True, exist_ok=True)
        tool.write_text(text, "utf-8")
        tool.chmod(0o755)
    ended = subprocess.run(
        ["/bin/sh", str(written), *arguments],
        env={"PATH": f"{tools}:/usr/bin:/bin"},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert ended.returncode == status, ended.stderr
    return ended.stderr if status else ended.stdout


@pytest.fixture
def home(tmp_path: Path) -> Path:
    made = tmp_path / ".local"
    made.mkdir()
    return made


def test_every_step_is_told(home: Path) -> None:
    told = run(home)
    assert [name for name in STEPS if f"  {name}" not in told] == []
    assert run(home, "help") == told


def test_the_archived_study_is_of_the_report_s_day(home: Path) -> None:
    """It was of 2021: a search in the PACS for the exam's day found another patient's exam."""
    run(home, "report", "C")
    [at] = re.findall(r"generate C \S+ --fresh \w+ --at (\S+)", run(home, "archive"))
    validated = datetime.strptime(at, "%Y%m%d%H%M%S%z")
    assert abs((datetime.now(UTC) - validated).total_seconds()) < 60


@pytest.mark.parametrize(
    "step", ["withdraw", "archive", "check", "send", "post", "follow", "next G1_MAJ"]
)
def test_a_step_that_needs_a_report_says_so(home: Path, step: str) -> None:
    said = "try.sh: write a report first: sh .local/try.sh report\n"
    assert run(home, *step.split(), status=2) == said


def test_a_report_is_written_checked_sent_and_followed(home: Path) -> None:
    assert "python -m simulators.ris case G1 --now --fresh" in run(home, "report", "G1")
    (home / "report.hl7").write_bytes(b"MSH|^~\\&|A|B|C|D|20260101||ORU^R01|MSG-7|P|2.5\rPID|")
    for step in ("check", "send", "held", "refused", "dmp-down", "dmp-up", "openapi", "archive"):
        run(home, step)
    assert "case G1_MAJ --now --fresh" in run(home, "next", "G1_MAJ")
    (home / "report.hl7").write_bytes(b"MSH|^~\\&|A|B|C|D|20260101||ORU^R01|MSG-7|P|2.5\rPID|")
    run(home, "follow")
    run(home, "find", 'O\'NEILL "x"')


def test_a_report_goes_as_the_site_is_linked(home: Path) -> None:
    (home / "report.hl7").write_bytes(b"MSH|^~\\&|A|B|C|D|20260101||ORU^R01|MSG-7|P|2.5\rPID|")
    over_mllp = "python -m simulators.ris send mllp://127.0.0.1:8458 .local/report.hl7"
    over_https = "https://127.0.0.1:8441/v1/tenants/demo/hl7v2"
    assert over_mllp in run(home, "send")
    assert over_https in run(home, "post")
    run(home, "agent")
    assert "curl -sS http://127.0.0.1:8459/status.json" in script(tenants.endpoints(LAYOUT))
    public = Layout.read({"DRIMBOX_HOME": ".local", "DRIMBOX_LINK": "public"})
    assert "simulators.ris send" not in script(tenants.endpoints(public))


def test_every_address_is_of_this_machine_and_the_sender_shows_its_certificate() -> None:
    text = script(tenants.endpoints(LAYOUT))
    assert set(re.findall(r"(?:https?|mllp)://([^:/]+)", text)) == {"127.0.0.1"}
    assert "--cert .local/pki/ris.pem --key .local/pki/ris.key" in text


def test_the_state_of_any_control_id_is_asked_for(home: Path) -> None:
    (home / "report.hl7").write_bytes(b"MSH|^~\\&|A|B|C|D|20260101||ORU^R01|A B/1|P|2.5\rPID|")
    run(home, "follow")
    text = (home / "try.sh").read_text("utf-8")
    asked = text[text.index("id=$(tr") : text.index('    ask "https', text.index("id=$(tr"))]
    (home / "try.sh").write_text(f'set -eu; cd "{home.parent}"\n{asked}\necho "$id"\n', "utf-8")
    ended = subprocess.run(
        ["/bin/sh", str(home / "try.sh")], capture_output=True, text=True, timeout=30, check=True
    )
    assert ended.stdout == "A%20B%2F1\n"


def test_a_correction_is_turned_into_its_withdrawal(home: Path) -> None:
    sent = message(CASES["G1_MAJ"], "ORU", control_id="M1", at=datetime(2026, 1, 1, tzinfo=UTC))
    (home / "report.hl7").write_bytes(sent)
    run(home, "withdraw")
    made = (home / "report.hl7").read_bytes()
    assert read_report(made).action is Action.WITHDRAW
    assert read_header(made).control_id not in ("", "M1")
    assert len(made.split(b"\r")) == len(sent.split(b"\r"))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("report", "ZZZ"), "try.sh: no case ZZZ: sh .local/try.sh cases lists them\n"),
        (("next",), "try.sh: next needs a CASE\n"),
        (("find",), "try.sh: find needs a TEXT\n"),
        (("nope",), "try.sh: no step nope: those above are all\n"),
        (("check-call",), "try.sh: write a call first: sh .local/try.sh call\n"),
    ],
)
def test_a_wrong_argument_is_told_in_one_line(
    home: Path, arguments: tuple[str, ...], said: str
) -> None:
    assert run(home, *arguments, status=2) == said
    assert not (home / "report.case").exists()


def test_the_news_are_listed_and_their_address_fails_on_demand(home: Path) -> None:
    run(home, "news")
    for step in ("news-down", "news-up"):
        assert "127.0.0.1:8457/_sim/faults" in run(home, step)


def test_an_operator_s_step_shows_the_operator_s_certificate() -> None:
    text = script(tenants.endpoints(LAYOUT))
    assert "operate() { curl -sS --cacert .local/pki/ca.pem --cert .local/pki/operator.pem" in text
    asked = [line.split()[0] for line in text.splitlines() if "/operations/" in line]
    assert asked == ["operate"] * 3


def test_a_certificate_is_made_for_a_ris_of_one_s_own(home: Path) -> None:
    assert "python -m simulators.own_client .local/pki my-ris" in run(home, "certificate", "my-ris")
    assert "needs a NAME" in run(home, "certificate", status=2)


def test_the_news_of_an_own_ris_are_told_to_be_there(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The steps asked the simulated RIS, which got nothing: its list was empty, without a word."""
    own = {"webhook_url": "https://127.0.0.1:9443/my-news"}
    endpoints = declaring(own, tmp_path, monkeypatch)
    for step in ("news", "news-down", "news-up"):
        said = run_for(endpoints, home, step, status=2)
        assert "sends the news to https://127.0.0.1:9443/my-news" in said
    # A port that only begins with the simulator's is another one.
    near = declaring({"webhook_url": "https://127.0.0.1:84570/n"}, tmp_path, monkeypatch)
    assert "https://127.0.0.1:84570/n" in run_for(near, home, "news", status=2)
    assert "names no webhook_url" in run_for({**endpoints, "news": ""}, home, "news", status=2)


def test_the_study_of_a_report_goes_to_the_declared_pacs(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (home / "report.at").touch()
    assert run(home, "archive").endswith("report.study http://127.0.0.1:8453/dicom-web\n")
    own = {"pacs_url": "http://127.0.0.1:8042/dicom-web"}
    assert run_for(declaring(own, tmp_path, monkeypatch), home, "archive").endswith(
        "load .local/report.study http://127.0.0.1:8042/dicom-web\n"
    )
    other = {**tenants.endpoints(LAYOUT), "store": "http://127.0.0.1:8042/stow"}
    assert run_for(other, home, "archive").endswith("http://127.0.0.1:8042/stow\n")


def declaring(
    own: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> dict[str, Any]:
    """The addresses of a stack whose tenant's file names others."""
    text = (ROOT / "infra" / "tenants" / "demo.yaml").read_text("utf-8")
    for name, address in own.items():
        text = re.sub(rf"^{name}: .*$", f"{name}: {address}", text, flags=re.MULTILINE)
    (tmp_path / "demo.yaml").write_text(text, "utf-8")
    monkeypatch.setattr(tenants, "_FIRST", tmp_path / "demo.yaml")
    return tenants.endpoints(LAYOUT)


def test_the_script_works_in_whatever_folder_the_data_are(tmp_path: Path) -> None:
    """``DRIMBOX_HOME`` names it; the script looked for its files in ``.local`` beside it."""
    layout = Layout.read({"DRIMBOX_HOME": str(tmp_path / "deep" / "data")})
    layout.home.mkdir(parents=True)
    endpoints = tenants.endpoints(layout)
    written = write_script(endpoints, layout.home)
    text = written.read_text("utf-8")
    assert not re.findall(r"(?<![\w/])\.local/", text)
    assert "%" not in re.sub(r"\+%[\w%]+|%s", "", text)
    ended = subprocess.run(
        ["/bin/sh", str(written), "cases"], capture_output=True, text=True, timeout=60, check=True
    )
    assert "G1_MAJ" in ended.stdout
    ended = subprocess.run(
        ["/bin/sh", str(written), "report", "C"],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert (layout.home / "report.hl7").read_bytes().startswith(b"MSH|")


def test_no_address_of_the_script_is_written_in_its_source() -> None:
    """Each is the stack's, or of the site's file: other ports give another script."""
    ports = {f"DRIMBOX_PORT_{name.upper()}": str(port + 1000) for name, port in PORTS.items()}
    other = Layout.read({"DRIMBOX_HOME": ".local", **ports})
    text = script(tenants.endpoints(other))
    assert set(re.findall(r"127\.0\.0\.1:(\d+)", text)) <= set(ports.values())
