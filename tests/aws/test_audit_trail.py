"""The audit and its seals in S3: every version, every page, the bytes of each; nothing by half."""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime
from types import SimpleNamespace
from typing import Any, Final

import pytest
from botocore.exceptions import ClientError, FlexibleChecksumError

from functions.aws import clients
from functions.aws.audit import S3Audit
from functions.aws.audit_trail import S3Seals, S3Trail, audited_tenants
from functions.drimbox.audit_seals.ports import Seals, Trail, Version
from functions.drimbox.audit_seals.sealing import Sealing
from functions.drimbox.audit_seals.verifying import Verifier
from functions.drimbox.errors import StorageUnavailable
from tests.fakes.memory import VirtualClock

DAY: Final = date(2026, 11, 24)
AFTER: Final = datetime(2026, 11, 25, 3, tzinfo=UTC)


def _record(key: str, tenant: str = "demo", clock: VirtualClock | None = None) -> None:
    audit = S3Audit("audit", tenant, clock or VirtualClock())
    audit.record("images.retrieved", key=key, result="ok", who="1", facts={})


def test_records_are_listed_by_day_and_read_by_version(aws: None) -> None:
    trail: Trail = S3Trail("audit", "demo")
    assert trail.names() == ()
    _record("1")
    _record("1")
    _record("2")
    _record("3", tenant="other")
    assert trail.names() == ("2026-11-24",)
    found = list(trail.versions("2026-11-24"))
    assert len(found) == 2
    assert list(trail.versions("2026-11-2")) == []
    bodies = [
        clients.s3().get_object(Bucket="audit", Key=f"demo/{one.key}")["Body"].read()
        for one in found
    ]
    assert list(trail.digests(found)) == [hashlib.sha256(body).hexdigest() for body in bodies]
    clients.s3().put_object(Bucket="audit", Key=f"demo/{found[0].key}", Body=b"other")
    clients.s3().delete_object(Bucket="audit", Key=f"demo/{found[0].key}")
    versions = [one for one in trail.versions("2026-11-24") if one.key == found[0].key]
    assert [one.is_marker for one in sorted(versions, key=lambda one: one.is_marker)] == [
        False,
        False,
        True,
    ]
    objects = [one for one in versions if not one.is_marker]
    assert [one.version for one in objects][-1] == found[0].version, "the latest first"
    assert list(trail.digests(objects)) == [
        hashlib.sha256(b"other").hexdigest(),
        hashlib.sha256(bodies[0]).hexdigest(),
    ]


def test_tenants_are_those_that_have_records(aws: None) -> None:
    assert audited_tenants("audit") == ()
    for tenant in ("demo", "gone"):
        _record("1", tenant=tenant)
    clients.s3().put_object(Bucket="audit", Key="No slug/audit/x", Body=b"")
    assert audited_tenants("audit") == ("demo", "gone")


def test_seals_are_written_once_under_the_key_of_the_audit(aws: None) -> None:
    seals: Seals = S3Seals("seals", "demo")
    assert list(seals.versions()) == []
    assert seals.put_once(DAY, b"first")
    assert not seals.put_once(DAY, b"second")
    (found,) = seals.versions()
    assert found.key == "seals/2026-11-24.jsonl"
    assert seals.get(found) == b"first"
    head = clients.s3().head_object(Bucket="seals", Key="demo/seals/2026-11-24.jsonl")
    assert head["SSEKMSKeyId"].endswith("alias/drimbox/audit")
    for lines in (b"a\n", b"b\n", b"a\n"):
        seals.keep(DAY, lines)
    assert sorted(seals.progress(DAY)) == [b"a\n", b"b\n"]
    assert len(list(seals.versions())) == 1
    kept = clients.s3().list_objects_v2(Bucket="seals", Prefix="demo/progress/")["Contents"]
    clients.s3().delete_object(Bucket="seals", Key=kept[0]["Key"])
    assert sorted(seals.progress(DAY)) == [b"a\n", b"b\n"], (
        "a marker hides nothing from the next run"
    )


def test_a_sealed_audit_verifies_and_a_deletion_does_not(aws: None) -> None:
    clock = VirtualClock()
    for number in range(3):
        _record(str(number), clock=clock)
    trail, seals = S3Trail("audit", "demo"), S3Seals("seals", "demo")
    clock.at = AFTER
    assert Sealing("demo", trail, seals, clock).run(datetime(2100, 1, 1, tzinfo=UTC)).sealed == 1
    verifier = Verifier("demo", trail, seals)
    assert verifier.verify(AFTER).findings == ()
    one = next(iter(trail.versions("2026-11-24")))
    clients.s3().delete_object(Bucket="audit", Key=f"demo/{one.key}", VersionId=one.version)
    assert [(found.fault, found.key) for found in verifier.verify(AFTER).findings] == [
        ("missing", one.key)
    ]


class _Pages:
    """Answers one page after the other; remembers what was asked."""

    def __init__(self, *pages: Any) -> None:
        self._pages = iter(pages)
        self.asked: list[dict[str, Any]] = []

    def list_object_versions(self, **asked: Any) -> Any:
        self.asked.append(asked)
        page = next(self._pages)
        if isinstance(page, Exception):
            raise page
        return page


def _page(key: str, **more: Any) -> dict[str, Any]:
    entry = {"Key": f"demo/audit/d/{key}", "VersionId": "v", "LastModified": AFTER}
    return {"Versions": [entry], **more}


MORE: Final = {"IsTruncated": True, "NextKeyMarker": "demo/audit/d/1", "NextVersionIdMarker": "v"}


def test_pages_follow_each_other(monkeypatch: pytest.MonkeyPatch) -> None:
    pages = _Pages(_page("1", **MORE), _page("2", IsTruncated=False))
    monkeypatch.setattr(clients, "s3", lambda: pages)
    assert [one.key for one in S3Trail("audit", "demo").versions("d")] == [
        "audit/d/1",
        "audit/d/2",
    ]
    assert pages.asked[1] == {
        "Bucket": "audit",
        "Prefix": "demo/audit/d/",
        "KeyMarker": "demo/audit/d/1",
        "VersionIdMarker": "v",
    }


@pytest.mark.parametrize(
    "second",
    [
        ClientError({"Error": {"Code": "SlowDown"}}, "ListObjectVersions"),
        _page("2"),
        _page("2", IsTruncated=True),
        _page("2", IsTruncated=True, NextVersionIdMarker="v"),
        _page("2", **MORE),
    ],
)
def test_a_listing_that_does_not_end_is_no_listing(
    monkeypatch: pytest.MonkeyPatch, second: Any
) -> None:
    pages = _Pages(_page("1", **MORE), second)
    monkeypatch.setattr(clients, "s3", lambda: pages)
    with pytest.raises(StorageUnavailable):
        list(S3Trail("audit", "demo").versions("d"))


def test_bytes_that_are_not_those_that_s3_was_given(monkeypatch: pytest.MonkeyPatch) -> None:
    def read() -> bytes:
        raise FlexibleChecksumError(error_msg="checksum")

    answer = {"Body": SimpleNamespace(read=read)}
    monkeypatch.setattr(clients, "s3", lambda: SimpleNamespace(get_object=lambda **_: answer))
    version = Version("audit/d/1", "v", AFTER)
    assert list(S3Trail("audit", "demo").digests([version])) == [""]
    with pytest.raises(StorageUnavailable):
        S3Seals("seals", "demo").get(version)


def test_a_record_that_cannot_be_read_is_no_digest(aws: None) -> None:
    with pytest.raises(StorageUnavailable):
        list(S3Trail("audit", "demo").digests([Version("audit/d/1", "absent", AFTER)]))
