"""The script of things to try: every step is told, its shell is right, its commands work."""

from __future__ import annotations

import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from functions.drimbox.report.reading import read_header, read_report
from functions.drimbox.report.requested_action import Action
from infra.demo.layout import ROOT, Layout
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
    written = write_script(LAYOUT.endpoints(), home)
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
    assert run(home, "nonsense") == told


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
    assert "curl -sS http://127.0.0.1:8459/status.json" in script(LAYOUT.endpoints())
    public = Layout.read({"DRIMBOX_HOME": ".local", "DRIMBOX_LINK": "public"})
    assert "simulators.ris send" not in script(public.endpoints())


def test_every_address_is_of_this_machine_and_the_sender_shows_its_certificate() -> None:
    text = script(LAYOUT.endpoints())
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
    text = script(LAYOUT.endpoints())
    assert "operate() { curl -sS --cacert .local/pki/ca.pem --cert .local/pki/operator.pem" in text
    asked = [line.split()[0] for line in text.splitlines() if "/operations/" in line]
    assert asked == ["operate"] * 3


def test_a_certificate_is_made_for_a_ris_of_one_s_own(home: Path) -> None:
    assert "python -m simulators.own_client .local/pki my-ris" in run(home, "certificate", "my-ris")
    assert "needs a NAME" in run(home, "certificate", status=2)
