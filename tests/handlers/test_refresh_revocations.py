"""The hourly look at the revocation lists of the senders' authorities: its lists, its counts."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from functions.aws import clients
from functions.aws.revocation_lists import S3RevokedLists
from functions.drimbox.identity.revoked import authority_id
from functions.refresh_revocations.handler import handler
from functions.refresh_revocations.settings import Settings
from tests.fakes.aws import put_tenant
from tests.fakes.logs import written
from tests.fakes.world import keys
from tests.handlers.conftest import CONTEXT, Outside, another_tenant, event

Answer = Callable[[httpx.Request], httpx.Response]


@pytest.fixture
def igc(site: None, outside: Outside) -> Outside:
    """The authority's list, as the network shows it: it names the certificate 77."""
    served(outside, lambda _: httpx.Response(200, content=the_list(77)))
    return outside


def the_list(*serials: int) -> bytes:
    at = datetime.now(UTC) - timedelta(minutes=1)
    return keys().authority.revocation_list(serials, at)


def served(outside: Outside, answer: Answer) -> None:
    outside.hosts["igc.example"] = answer


def counts(text: str) -> dict[str, Any]:
    """The last value of each metric of ``text``."""
    lines = [json.loads(line) for line in text.splitlines() if '"_aws"' in line]
    names = [one["_aws"]["CloudWatchMetrics"][0]["Metrics"][0]["Name"] for one in lines]
    return {name: line[name] for name, line in zip(names, lines, strict=True)}


def kept(*serials: int) -> list[bool]:
    found = S3RevokedLists("revocations").get(authority_id(keys().authority.root.certificate))
    assert found is not None
    return [found.names(one) for one in serials]


def test_a_list_is_kept_and_not_downloaded_again_before_it_is_due(
    igc: Outside, capsys: pytest.CaptureFixture[str]
) -> None:
    assert handler(event("refresh_revocations/scheduled"), CONTEXT) == {
        "outcome": "looked",
        "stale": 0,
    }
    assert kept(77, 78) == [True, False]
    assert counts(capsys.readouterr().out) == {
        "StaleRevocationLists": 0,
        "RevocationListRefused": 0,
    }
    handler(event("refresh_revocations/scheduled"), CONTEXT)
    assert igc.asked == ["GET igc.example/senders.crl"]
    served(igc, lambda _: httpx.Response(200, content=the_list(78)))
    handler(event("refresh_revocations/at_once"), CONTEXT)
    assert kept(77, 78) == [False, True]


@pytest.mark.parametrize(
    ("answer", "outcome", "refused"),
    [
        (httpx.Response(503), "unreachable", 0),
        (httpx.Response(302, headers={"Location": "http://igc.example/x"}), "unreachable", 0),
        (httpx.Response(200, content=b"<html>"), "unreadable", 1),
    ],
)
def test_a_file_that_is_not_taken_is_told(
    igc: Outside,
    capsys: pytest.CaptureFixture[str],
    answer: httpx.Response,
    outcome: str,
    refused: int,
) -> None:
    handler(event("refresh_revocations/scheduled"), CONTEXT)
    capsys.readouterr()
    served(igc, lambda _: answer)
    with written() as log:
        found = handler(event("refresh_revocations/at_once"), CONTEXT)
    assert found == {"outcome": "refused" if refused else "looked", "stale": 0}
    assert counts(capsys.readouterr().out)["RevocationListRefused"] == refused
    lines = [json.loads(line) for line in log.getvalue().splitlines()]
    told = [one for one in lines if one["message"] == "revocation list"]
    assert [(one["detail"], one["outcome"]) for one in told] == [("address 1", outcome)]
    assert kept(77) == [True]


def test_a_kept_list_that_cannot_be_read_rings(
    igc: Outside, capsys: pytest.CaptureFixture[str]
) -> None:
    key = f"authorities/{authority_id(keys().authority.root.certificate)}"
    clients.s3().put_object(Bucket="revocations", Key=key, Body=b"not ours")
    assert handler(event("refresh_revocations/scheduled"), CONTEXT) == {
        "outcome": "refused",
        "stale": 1,
    }
    assert counts(capsys.readouterr().out) == {
        "StaleRevocationLists": 1,
        "RevocationListRefused": 1,
    }


def test_an_authority_without_a_list_is_counted(
    igc: Outside, capsys: pytest.CaptureFixture[str]
) -> None:
    served(igc, lambda _: httpx.Response(404))
    assert handler(event("refresh_revocations/scheduled"), CONTEXT)["stale"] == 1
    assert counts(capsys.readouterr().out)["StaleRevocationLists"] == 1


def test_a_tenant_whose_authorities_cannot_be_read_stops_no_other(igc: Outside) -> None:
    for slug in ("broken", "unreadable"):
        put_tenant("{}", slug)
    another_tenant("second")
    assert handler(event("refresh_revocations/scheduled"), CONTEXT)["stale"] == 0
    assert kept(77) == [True]


def test_without_an_address_nothing_is_checked_and_the_log_says_so(
    igc: Outside, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SENDER_REVOCATION_URLS", "-")
    Settings.current.cache_clear()
    assert handler(event("refresh_revocations/scheduled"), CONTEXT) == {"outcome": "not_configured"}
    assert counts(capsys.readouterr().out)["StaleRevocationLists"] == 0
    assert igc.asked == []
    Settings.current.cache_clear()
