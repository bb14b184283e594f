"""The kept revocation lists in S3: read once in five minutes, and borne when S3 is away."""

from __future__ import annotations

from dataclasses import replace

import pytest

from functions.aws import clients
from functions.aws.revocation_lists import PATIENCE, TTL, S3RevokedLists
from functions.drimbox.errors import StorageUnavailable
from functions.drimbox.identity.revoked import RevokedCertificates, digests_of
from tests.drimbox.peers.scenes import AT, DAY
from tests.fakes.failing import failing

ONE = RevokedCertificates("ab" * 32, AT, AT + DAY, AT, digests_of([7]))
TWO = replace(ONE, digests=digests_of([8]))


@pytest.fixture
def monotonic(aws: None, monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The seconds that the module sees; a test changes them."""
    seconds = [1000.0]
    monkeypatch.setattr("functions.aws.revocation_lists.time.monotonic", lambda: seconds[0])
    return seconds


def asked(seconds: list[float], after: float) -> RevokedCertificates | None:
    seconds[0] += after
    return S3RevokedLists("revocations").recent(ONE.authority)


def test_a_list_is_kept_whole_for_each_authority(aws: None) -> None:
    store = S3RevokedLists("revocations")
    assert store.get(ONE.authority) is None
    store.put(ONE)
    assert store.get(ONE.authority) == ONE
    assert store.get("cd" * 32) is None
    store.put(TWO)
    assert store.get(ONE.authority) == TWO


def test_a_process_asks_once_in_five_minutes(monotonic: list[float]) -> None:
    store = S3RevokedLists("revocations")
    assert asked(monotonic, 0) is None
    store.put(ONE)
    assert asked(monotonic, TTL - 1) is None
    assert asked(monotonic, 1) == ONE
    with failing(clients.s3(), "GetObject", "InternalError", times=0) as gets:
        first = asked(monotonic, TTL - 1)
        assert gets == []
        assert asked(monotonic, 1) is first, "not modified: it is not read again"
        assert len(gets) == 1
    store.put(TWO)
    assert asked(monotonic, TTL) == TWO


def test_while_s3_is_away_a_known_list_serves_for_an_hour(monotonic: list[float]) -> None:
    with failing(clients.s3(), "GetObject", "InternalError"), pytest.raises(StorageUnavailable):
        asked(monotonic, 0)
    S3RevokedLists("revocations").put(ONE)
    assert asked(monotonic, 0) == ONE
    with failing(clients.s3(), "GetObject", "InternalError"):
        assert asked(monotonic, PATIENCE - 1) == ONE
        with pytest.raises(StorageUnavailable):
            asked(monotonic, 1)
    assert asked(monotonic, 0) == ONE
