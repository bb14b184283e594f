"""The command that verifies an audit: its words, its status, the questions that it takes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from functions.aws import clients
from functions.aws.audit import S3Audit
from functions.aws.audit_trail import S3Seals, S3Trail
from functions.drimbox.audit_seals.sealing import Sealing
from functions.drimbox.audit_seals.verifying import Fault, Finding
from infra.admin import verify_audit
from infra.admin.verify_audit import WORDS, main, sentence
from tests.fakes.aws import aws
from tests.fakes.memory import VirtualClock

__all__ = ["aws"]

# Closed whatever the time of day.
DAY = datetime.now(UTC) - timedelta(days=2)


@pytest.fixture
def sealed(aws: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two records of one day, sealed."""
    monkeypatch.setattr(verify_audit, "bucket_name", lambda name, _: name)
    audit = S3Audit("audit", "demo", VirtualClock(DAY))
    for key in ("1", "2"):
        audit.record("e", key=key, result="ok", who="1", facts={})
    clock = VirtualClock(DAY + timedelta(days=1, hours=2))
    trail, seals = S3Trail("audit", "demo"), S3Seals("seals", "demo")
    Sealing("demo", trail, seals, clock).run(clock.now() + timedelta(hours=1))


def test_a_whole_audit(sealed: None, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--tenant", "demo"]) == 0
    output = capsys.readouterr().out
    assert "1 seals and 2 records were read; all is as it was sealed" in output
    kept = output.split("--expect ")[1].strip()
    assert main(["--tenant", "demo", "--expect", kept]) == 0
    wrong = f"{kept.partition(':')[0]}:{'0' * 64}"
    assert main(["--tenant", "demo", "--expect", wrong]) == 1
    assert "whose SHA-256 was kept" in capsys.readouterr().out


def test_a_record_that_is_gone_or_replaced(
    sealed: None, capsys: pytest.CaptureFixture[str]
) -> None:
    one, other = S3Trail("audit", "demo").versions(f"{DAY:%Y-%m-%d}")
    clients.s3().delete_object(Bucket="audit", Key=f"demo/{one.key}", VersionId=one.version)
    clients.s3().put_object(Bucket="audit", Key=f"demo/{other.key}", Body=b"{}")
    day = f"{DAY:%Y-%m-%d}"
    assert main(["--tenant", "demo", "--from", day, "--to", day]) == 1
    output = capsys.readouterr().out
    assert f"'{one.key}' (version {one.version}) is missing" in output
    assert f"'{other.key}' has a second version" in output
    assert "3 findings" in output


def test_a_tenant_without_a_seal_is_not_verified(
    sealed: None, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--tenant", "nobody"]) == 1
    assert "nothing is proved" in capsys.readouterr().out


def test_a_store_that_does_not_answer(
    sealed: None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(verify_audit, "bucket_name", lambda name, _: f"no-{name}")
    assert main(["--tenant", "demo"]) == 2
    assert "NoSuchBucket" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments",
    [
        ["--tenant", "Not a slug"],
        ["--tenant", "demo", "--from", "yesterday"],
        ["--tenant", "demo", "--from", "2026-11-02", "--to", "2026-11-01"],
        ["--tenant", "demo", "--expect", "2026-11-02"],
        ["--tenant", "demo", *(f"--expect=2026-11-02:{digit * 64}" for digit in "01")],
        ["--tenant", "demo", "--expect", f"then:{'0' * 64}"],
        [],
    ],
)
def test_an_unclear_question_is_refused(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as refused:
        main(arguments)
    assert refused.value.code == 2


def test_every_fault_has_words_and_a_key_controls_no_terminal() -> None:
    assert WORDS.keys() == set(Fault)
    told = sentence(Finding(Fault.ADDED, None, "audit/\x1b[2J"))
    assert told == "'audit/\\x1b[2J' was added: no seal holds it"
