"""The check of the structures' certificates: its metrics, its findings, its tolerance of faults."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from functions.aws import clients
from functions.aws.found_certificates import DynamoCheckRound, DynamoFoundCertificates
from functions.check_certificates.handler import handler as check_certificates
from functions.drimbox.errors import StorageUnavailable
from functions.drimbox.identity.certificate_findings import Fault, Use
from tests.fakes.aws import forget_tenant_secret, put_tenant
from tests.fakes.world import STRUCTURE, keys
from tests.handlers.conftest import CONTEXT, another_tenant, event, stores


def _days(output: str) -> dict[tuple[str, str], int]:
    lines = [json.loads(line) for line in output.splitlines() if "CertificateDaysLeft" in line]
    assert all(line["_aws"]["CloudWatchMetrics"][0]["Dimensions"] == [[]] for line in lines)
    return {(line["tenant"], line["structure"]): line["CertificateDaysLeft"] for line in lines}


def test_every_structure_is_counted_and_kept(
    site: None, capsys: pytest.CaptureFixture[str]
) -> None:
    assert check_certificates(event("check_certificates/scheduled"), CONTEXT) == {
        "outcome": "checked"
    }
    output = capsys.readouterr().out
    days = _days(output)
    ends = keys().sign.certificate.not_valid_after_utc
    opened = stores()
    known = opened.certificates
    assert days["demo", STRUCTURE] in {
        (ends - opened.clock.now()).days,
        (ends - opened.clock.now() + timedelta(hours=1)).days,
    }
    for use, issued in ((Use.AUTH, keys().auth), (Use.SIGN, keys().sign)):
        found = known.get(STRUCTURE, use)
        assert found is not None
        assert found.judgement.fault is None
        assert found.judgement.facts is not None
        assert found.judgement.facts.serial_number == f"{issued.certificate.serial_number:x}"
    assert "PRIVATE KEY" not in output + str(clients.dynamodb().scan(TableName="certificates"))


def test_a_structure_without_certificates_counts_no_days_and_a_broken_tenant_stops_nobody(
    site: None, capsys: pytest.CaptureFixture[str]
) -> None:
    put_tenant("{}", "broken")
    forget_tenant_secret("demo", f"structures/{STRUCTURE}/sign")
    check_certificates(event("check_certificates/scheduled"), CONTEXT)
    output = capsys.readouterr().out
    assert _days(output) == {("demo", STRUCTURE): 0}
    found = stores().certificates.get(STRUCTURE, Use.SIGN)
    assert found is not None
    assert (found.judgement.facts, found.judgement.fault) == (None, Fault.ABSENT)
    assert "InternalFailures" in output


def test_a_check_without_time_left_is_gone_on_with(
    site: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    for slug in ("a-first", "zz-last"):
        another_tenant(slug)
    order: list[str] = []
    monkeypatch.setattr(
        "functions.check_certificates.handler._check", lambda stores, _: order.append(stores.slug)
    )
    check_certificates(event("check_certificates/scheduled"), CONTEXT)
    assert order == ["a-first", "demo", "zz-last"]
    DynamoCheckRound("certificates").put("demo")
    check_certificates(event("check_certificates/scheduled"), CONTEXT)
    assert order[3:] == ["zz-last", "a-first", "demo"]
    monkeypatch.setattr("functions.check_certificates.handler._BUDGET", timedelta(seconds=-1))
    check_certificates(event("check_certificates/scheduled"), CONTEXT)
    assert len(order) == 6
    assert DynamoCheckRound("certificates").get() == "demo", "nobody was judged"


@pytest.mark.parametrize("error", [KeyError("x"), StorageUnavailable("slow")])
def test_a_structure_whose_findings_fail_stops_no_other(
    site: None,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    error: Exception,
) -> None:
    """Two tenants, each with one structure: the table refuses the first one's finding."""
    another_tenant("zz-second")
    put = DynamoFoundCertificates.put

    def fail(self: DynamoFoundCertificates, *given: Any) -> None:
        if self._tenant == "demo":
            raise error
        put(self, *given)

    monkeypatch.setattr(DynamoFoundCertificates, "put", fail)
    check_certificates(event("check_certificates/scheduled"), CONTEXT)
    output = capsys.readouterr().out
    assert _days(output) == {("zz-second", STRUCTURE): 0}
    assert output.count('"InternalFailures":') == 1
