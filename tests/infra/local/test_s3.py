"""Our S3 against boto3 and against hand-made requests: answers and refusals."""

from __future__ import annotations

import base64
import hashlib
import io
import threading
import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import httpx
import pytest
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from infra.local.aws.signature import Verifier
from infra.local.aws.web import WebServer
from infra.local.s3.buckets import Bucket, CorsRule, LifecycleRule, Retention
from infra.local.s3.service import S3Service
from infra.local.s3.store import ObjectStore

KEY, SECRET = "LOCALACCESSKEY", "secret"
REGION = "eu-west-3"
MIB = 1 << 20
SESSION = boto3.session.Session()


def _bucket(name: str, **more: Any) -> Bucket:
    given: dict[str, Any] = {
        "versioned": False,
        "locked": False,
        "retention": None,
        "cors": (),
        "lifecycle": (),
        "denials": (),
        **more,
    }
    return Bucket(name=name, region=REGION, **given)


BUCKETS = {
    bucket.name: bucket
    for bucket in (
        _bucket(
            "plain",
            cors=(CorsRule(("https://*.example",), ("GET",), ("range",), ("ETag",), 60),),
            lifecycle=(LifecycleRule("tmp/", timedelta(days=1), None, timedelta(days=1)),),
        ),
        _bucket(
            "kept",
            versioned=True,
            lifecycle=(LifecycleRule("", timedelta(days=30), timedelta(days=2), None),),
        ),
        _bucket(
            "locked",
            versioned=True,
            locked=True,
            retention=Retention("GOVERNANCE", timedelta(days=10)),
        ),
        _bucket(
            "audit",
            versioned=True,
            locked=True,
            retention=Retention("COMPLIANCE", timedelta(days=10)),
            lifecycle=(LifecycleRule("", None, timedelta(days=1), None),),
        ),
    )
}


@dataclass(slots=True)
class Clock:
    """A clock that the test moves."""

    offset: timedelta = timedelta()

    def now(self) -> datetime:
        """The time that our side believes in."""
        return datetime.now(UTC) + self.offset


@dataclass(frozen=True, slots=True)
class Served:
    """A running S3."""

    url: str
    store: ObjectStore
    clock: Clock
    folder: Path

    def client(self, secret: str = SECRET, **config: Any) -> Any:
        """A boto3 client that does not retry."""
        make: Any = SESSION.client
        return make(
            "s3",
            region_name=REGION,
            endpoint_url=self.url,
            aws_access_key_id=KEY,
            aws_secret_access_key=secret,
            config=Config(retries={"total_max_attempts": 1}, **config),
        )


@pytest.fixture
def s3(tmp_path: Path) -> Iterator[Served]:
    """An S3 of the test's own."""
    clock = Clock()
    store = ObjectStore(tmp_path, BUCKETS, clock.now)
    server = WebServer(0, S3Service(store, Verifier(KEY, SECRET, clock.now)))
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield Served(f"http://127.0.0.1:{server.port}", store, clock, tmp_path)
    server.shutdown()
    server.server_close()


def _code(error: pytest.ExceptionInfo[ClientError]) -> str:
    return str(error.value.response["Error"]["Code"])


def test_put_get_head_delete(s3: Served) -> None:
    client = s3.client()
    put = client.put_object(
        Bucket="plain",
        Key="a/é +%.bin",
        Body=b"content",
        ContentType="application/dicom",
        CacheControl="no-store",
        Metadata={"sender": "one"},
        ServerSideEncryption="aws:kms",
        SSEKMSKeyId="key",
    )
    assert put["ETag"] == f'"{hashlib.md5(b"content", usedforsecurity=False).hexdigest()}"'
    assert put["ServerSideEncryption"] == "aws:kms"
    assert put["ChecksumCRC32"] == base64.b64encode(zlib.crc32(b"content").to_bytes(4)).decode()
    got = client.get_object(Bucket="plain", Key="a/é +%.bin", ChecksumMode="ENABLED")
    assert got["Body"].read() == b"content"
    assert got["ContentType"] == "application/dicom"
    assert got["CacheControl"] == "no-store"
    assert got["Metadata"] == {"sender": "one"}
    assert got["SSEKMSKeyId"] == "key"
    assert got["ChecksumCRC32"] == put["ChecksumCRC32"]
    head = client.head_object(Bucket="plain", Key="a/é +%.bin")
    assert head["ContentLength"] == 7
    client.delete_object(Bucket="plain", Key="a/é +%.bin")
    with pytest.raises(ClientError) as error:
        client.get_object(Bucket="plain", Key="a/é +%.bin")
    assert _code(error) == "NoSuchKey"
    assert not [path for path in (s3.folder / "blobs").rglob("*") if path.is_file()]


@pytest.mark.parametrize(
    ("header", "expected", "content_range"),
    [
        ("bytes=0-0", b"0", "bytes 0-0/10"),
        ("bytes=3-", b"3456789", "bytes 3-9/10"),
        ("bytes=-2", b"89", "bytes 8-9/10"),
        ("bytes=5-99", b"56789", "bytes 5-9/10"),
        ("bytes=-99", b"0123456789", "bytes 0-9/10"),
    ],
)
def test_range(s3: Served, header: str, expected: bytes, content_range: str) -> None:
    client = s3.client()
    client.put_object(Bucket="plain", Key="k", Body=b"0123456789")
    got = client.get_object(Bucket="plain", Key="k", Range=header)
    assert (got["Body"].read(), got["ContentRange"]) == (expected, content_range)
    assert got["ResponseMetadata"]["HTTPStatusCode"] == 206


@pytest.mark.parametrize("header", ["bytes=10-", "bytes=-0"])
def test_range_out_of_reach_is_416(s3: Served, header: str) -> None:
    client = s3.client()
    client.put_object(Bucket="plain", Key="k", Body=b"0123456789")
    with pytest.raises(ClientError) as error:
        client.get_object(Bucket="plain", Key="k", Range=header)
    assert _code(error) == "InvalidRange"
    assert error.value.response["ResponseMetadata"]["HTTPHeaders"]["content-range"] == "bytes */10"


@pytest.mark.parametrize("header", ["bytes=5-2", "bytes=0-1,4-5", "lines=1-2", "bytes=-"])
def test_range_that_is_none_gives_the_whole(s3: Served, header: str) -> None:
    client = s3.client()
    client.put_object(Bucket="plain", Key="k", Body=b"0123456789")
    got = client.get_object(Bucket="plain", Key="k", Range=header)
    assert got["ResponseMetadata"]["HTTPStatusCode"] == 200
    assert got["Body"].read() == b"0123456789"


def test_conditions_of_reads(s3: Served) -> None:
    client = s3.client()
    etag = client.put_object(Bucket="plain", Key="k", Body=b"x")["ETag"]
    past, future = datetime(2000, 1, 1, tzinfo=UTC), datetime.now(UTC) + timedelta(days=1)
    assert client.get_object(Bucket="plain", Key="k", IfMatch=etag)["Body"].read() == b"x"
    for condition, status in (
        ({"IfNoneMatch": etag}, 304),
        ({"IfModifiedSince": future}, 304),
        ({"IfMatch": "other"}, 412),
        ({"IfUnmodifiedSince": past}, 412),
    ):
        with pytest.raises(ClientError) as error:
            client.get_object(Bucket="plain", Key="k", **condition)
        assert error.value.response["ResponseMetadata"]["HTTPStatusCode"] == status


def test_one_of_many_first_writers_wins(s3: Served) -> None:
    client = s3.client(max_pool_connections=16)

    def write(number: int) -> str:
        try:
            client.put_object(Bucket="plain", Key="k", Body=b"%d" % number, IfNoneMatch="*")
        except ClientError as error:
            return str(error.response["Error"]["Code"])
        return "won"

    with ThreadPoolExecutor(16) as executor:
        results = list(executor.map(write, range(16)))
    assert sorted(results) == ["PreconditionFailed"] * 15 + ["won"]


def test_if_match_of_writes(s3: Served) -> None:
    client = s3.client()
    with pytest.raises(ClientError) as error:
        client.put_object(Bucket="plain", Key="k", Body=b"1", IfMatch="0")
    assert _code(error) == "NoSuchKey"
    etag = client.put_object(Bucket="plain", Key="k", Body=b"1")["ETag"]
    client.put_object(Bucket="plain", Key="k", Body=b"2", IfMatch=etag)
    with pytest.raises(ClientError) as error:
        client.put_object(Bucket="plain", Key="k", Body=b"3", IfMatch=etag)
    assert _code(error) == "PreconditionFailed"


@pytest.mark.parametrize("algorithm", ["CRC32", "SHA1", "SHA256"])
def test_checksums_are_computed_and_verified(s3: Served, algorithm: str) -> None:
    client = s3.client()
    put = client.put_object(Bucket="plain", Key="k", Body=b"x", ChecksumAlgorithm=algorithm)
    wrong = base64.b64encode(bytes(len(base64.b64decode(put[f"Checksum{algorithm}"])))).decode()
    with pytest.raises(ClientError) as error:
        client.put_object(Bucket="plain", Key="l", Body=b"x", **{f"Checksum{algorithm}": wrong})
    assert _code(error) == "BadDigest"
    with pytest.raises(ClientError):
        client.head_object(Bucket="plain", Key="l")


@pytest.mark.parametrize("name", ["ChecksumCRC32C", "ChecksumCRC64NVME"])
def test_other_checksums_are_kept_as_given(s3: Served, name: str) -> None:
    client = s3.client()
    client.put_object(Bucket="plain", Key="k", Body=b"x", **{name: "AAAAAA=="})
    assert client.head_object(Bucket="plain", Key="k", ChecksumMode="ENABLED")[name] == "AAAAAA=="


def test_content_md5_is_verified(s3: Served) -> None:
    client = s3.client()
    good = base64.b64encode(hashlib.md5(b"x", usedforsecurity=False).digest()).decode()
    client.put_object(Bucket="plain", Key="k", Body=b"x", ContentMD5=good)
    for value, code in ((good, "BadDigest"), ("not base64", "InvalidDigest")):
        with pytest.raises(ClientError) as error:
            client.put_object(Bucket="plain", Key="k", Body=b"y", ContentMD5=value)
        assert _code(error) == code


def test_body_must_have_its_signed_hash(s3: Served) -> None:
    answer = _signed(s3, "PUT", "/plain/k", b"x", {"x-amz-content-sha256": "0" * 64})
    assert (answer.status_code, _xml_code(answer)) == (400, "XAmzContentSHA256Mismatch")


def test_chunked_body_with_a_trailer(s3: Served) -> None:
    data = bytes(range(256)) * 10_000
    body = b"".join((b"%x\r\n" % len(data), data, b"\r\n0\r\n", _crc_trailer(data), b"\r\n"))
    answer = _signed(
        s3,
        "PUT",
        "/plain/k",
        body,
        {
            "x-amz-content-sha256": "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
            "x-amz-decoded-content-length": str(len(data)),
            "x-amz-trailer": "x-amz-checksum-crc32",
            "Content-Encoding": "aws-chunked",
        },
    )
    assert answer.status_code == 200
    got = s3.client().get_object(Bucket="plain", Key="k")
    assert got["Body"].read() == data
    assert "ContentEncoding" not in got


@pytest.mark.parametrize(
    ("body", "length", "code"),
    [
        (b"1\r\nx\r\n0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n", "1", "BadDigest"),
        (b"1\r\nx\r\n0\r\n\r\n", "2", "InvalidRequest"),
        (b"zz\r\nx\r\n0\r\n\r\n", "1", "InvalidRequest"),
        (b"-1\r\nx\r\n0\r\n\r\n", "1", "InvalidRequest"),
        (b"1\r\nxyz\r\n0\r\n\r\n", "1", "InvalidRequest"),
        (b"1\r\nx\r\n0\r\n\r\n", "", "MissingContentLength"),
    ],
)
def test_broken_frames_are_refused(s3: Served, body: bytes, length: str, code: str) -> None:
    headers = {
        "x-amz-content-sha256": "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
        "x-amz-decoded-content-length": length,
        "x-amz-trailer": "x-amz-checksum-crc32",
    }
    answer = _signed(s3, "PUT", "/plain/k", body, headers)
    assert (answer.status_code // 100, _xml_code(answer)) == (4, code)
    with pytest.raises(ClientError):
        s3.client().head_object(Bucket="plain", Key="k")


def test_signed_chunks_are_not_served(s3: Served) -> None:
    headers = {"x-amz-content-sha256": "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"}
    answer = _signed(s3, "PUT", "/plain/k", b"", headers)
    assert (answer.status_code, _xml_code(answer)) == (501, "NotImplemented")


def test_multipart_upload(s3: Served) -> None:
    client = s3.client()
    data = bytes(range(256)) * (11 * MIB // 256)
    client.upload_fileobj(io.BytesIO(data), "plain", "big", ExtraArgs={"ContentType": "a/b"})
    got = client.get_object(Bucket="plain", Key="big")
    assert got["ContentType"] == "a/b"
    assert got["ETag"].endswith('-2"')
    assert got["Body"].read() == data
    buffer = io.BytesIO()
    client.download_fileobj("plain", "big", buffer)
    assert buffer.getvalue() == data


def _parts(client: Any, bodies: list[bytes], **more: Any) -> tuple[str, list[dict[str, Any]]]:
    upload = client.create_multipart_upload(Bucket="plain", Key="k", **more)["UploadId"]
    parts = [
        {
            "PartNumber": number,
            "ETag": client.upload_part(
                Bucket="plain", Key="k", UploadId=upload, PartNumber=number, Body=body
            )["ETag"],
        }
        for number, body in enumerate(bodies, 1)
    ]
    return upload, parts


def test_multipart_rules(s3: Served) -> None:
    client = s3.client()
    upload, parts = _parts(client, [b"a" * 5 * MIB, b"b"])

    def complete(which: list[dict[str, Any]], **more: Any) -> Any:
        return client.complete_multipart_upload(
            Bucket="plain", Key="k", UploadId=upload, MultipartUpload={"Parts": which}, **more
        )

    for which, code in (
        ([parts[1], parts[0]], "InvalidPartOrder"),
        ([parts[0], {**parts[1], "ETag": "other"}], "InvalidPart"),
        ([{**parts[0], "PartNumber": 7}], "InvalidPart"),
    ):
        with pytest.raises(ClientError) as error:
            complete(which)
        assert _code(error) == code
    client.put_object(Bucket="plain", Key="k", Body=b"first")
    with pytest.raises(ClientError) as error:
        complete(parts, IfNoneMatch="*")
    assert _code(error) == "PreconditionFailed"
    complete(parts)
    assert client.head_object(Bucket="plain", Key="k")["ContentLength"] == 5 * MIB + 1
    with pytest.raises(ClientError) as error:
        complete(parts)
    assert _code(error) == "NoSuchUpload"


def test_small_inner_part_and_abort(s3: Served) -> None:
    client = s3.client()
    upload, parts = _parts(client, [b"a", b"b"])
    with pytest.raises(ClientError) as error:
        client.complete_multipart_upload(
            Bucket="plain", Key="k", UploadId=upload, MultipartUpload={"Parts": parts}
        )
    assert _code(error) == "EntityTooSmall"
    client.abort_multipart_upload(Bucket="plain", Key="k", UploadId=upload)
    assert not [path for path in (s3.folder / "blobs").rglob("*") if path.is_file()]


def test_whole_checksum_of_a_multipart_upload(s3: Served) -> None:
    client = s3.client()
    bodies = [b"a" * 5 * MIB, b"b"]
    upload, parts = _parts(client, bodies, ChecksumAlgorithm="CRC32", ChecksumType="FULL_OBJECT")
    done = client.complete_multipart_upload(
        Bucket="plain", Key="k", UploadId=upload, MultipartUpload={"Parts": parts}
    )
    expected = base64.b64encode(zlib.crc32(b"".join(bodies)).to_bytes(4)).decode()
    assert (done["ChecksumCRC32"], done["ChecksumType"]) == (expected, "FULL_OBJECT")


def test_listing_pages_and_prefixes(s3: Served) -> None:
    client = s3.client()
    for key in ("a/1", "a/2", "a/b/3", "b", "c/4", "é/5"):
        client.put_object(Bucket="plain", Key=key, Body=b"")
    pages = client.get_paginator("list_objects_v2").paginate(
        Bucket="plain", PaginationConfig={"PageSize": 2}
    )
    keys = [one["Key"] for page in pages for one in page["Contents"]]
    assert keys == ["a/1", "a/2", "a/b/3", "b", "c/4", "é/5"]
    inside = client.list_objects_v2(Bucket="plain", Prefix="a/")
    assert [one["Key"] for one in inside["Contents"]] == ["a/1", "a/2", "a/b/3"]


def test_delete_of_many(s3: Served) -> None:
    client = s3.client()
    client.put_object(Bucket="plain", Key="a", Body=b"")
    objects = [{"Key": "a"}, {"Key": "absent"}]
    answer = client.delete_objects(Bucket="plain", Delete={"Objects": objects})
    assert {one["Key"] for one in answer["Deleted"]} == {"a", "absent"}
    version = client.put_object(Bucket="locked", Key="a", Body=b"")["VersionId"]
    answer = client.delete_objects(
        Bucket="locked", Delete={"Objects": [{"Key": "a", "VersionId": version}]}
    )
    assert answer["Errors"][0]["Code"] == "AccessDenied"


def test_versions(s3: Served) -> None:
    client = s3.client()
    first = client.put_object(Bucket="kept", Key="k", Body=b"1")["VersionId"]
    second = client.put_object(Bucket="kept", Key="k", Body=b"2")["VersionId"]
    assert client.get_object(Bucket="kept", Key="k")["Body"].read() == b"2"
    old = client.get_object(Bucket="kept", Key="k", VersionId=first)
    assert old["Body"].read() == b"1"
    marker = client.delete_object(Bucket="kept", Key="k")
    assert marker["DeleteMarker"] is True
    with pytest.raises(ClientError) as error:
        client.get_object(Bucket="kept", Key="k")
    assert _code(error) == "NoSuchKey"
    with pytest.raises(ClientError) as error:
        client.get_object(Bucket="kept", Key="k", VersionId=marker["VersionId"])
    assert _code(error) == "MethodNotAllowed"
    client.delete_object(Bucket="kept", Key="k", VersionId=marker["VersionId"])
    assert client.get_object(Bucket="kept", Key="k")["Body"].read() == b"2"
    client.delete_object(Bucket="kept", Key="k", VersionId=second)
    assert client.get_object(Bucket="kept", Key="k")["Body"].read() == b"1"
    with pytest.raises(ClientError) as error:
        client.get_object(Bucket="kept", Key="k", VersionId=second)
    assert _code(error) == "NoSuchVersion"


def test_versions_are_listed_in_pages_and_groups(s3: Served) -> None:
    """Every version and marker, whatever the size of a page; a delimiter groups those below it."""
    client = s3.client()
    wanted = []
    for key in ("a/1", "a/2", "b/1", "é"):
        versions = [client.put_object(Bucket="kept", Key=key, Body=b"")["VersionId"] for _ in "12"]
        versions.append(client.delete_object(Bucket="kept", Key=key)["VersionId"])
        wanted += [(key, version) for version in reversed(versions)]
    for size in (1, 2, 5, 1000):
        pages = list(
            client.get_paginator("list_object_versions").paginate(
                Bucket="kept", PaginationConfig={"PageSize": size}
            )
        )
        found = {(v["Key"], v["VersionId"]): v for page in pages for v in page.get("Versions", ())}
        marked = {(m["Key"], m["VersionId"]) for p in pages for m in p.get("DeleteMarkers", ())}
        assert [*sorted(found), *sorted(marked)] == [
            *sorted(place for number, place in enumerate(wanted) if number % 3),
            *sorted(wanted[::3]),
        ]
        order = [place for place in wanted if place in found]
        assert list(found) == order, "of one key, the latest first"
        folders = [
            group["Prefix"]
            for page in client.get_paginator("list_object_versions").paginate(
                Bucket="kept", Delimiter="/", PaginationConfig={"PageSize": size}
            )
            for group in page.get("CommonPrefixes", ())
        ]
        assert folders == ["a/", "b/"]
    below = client.list_object_versions(Bucket="kept", Prefix="a/1")
    assert len(below["Versions"]) == 2
    assert below["DeleteMarkers"][0]["IsLatest"] is True


@pytest.mark.parametrize(("bucket", "bypass_works"), [("locked", True), ("audit", False)])
def test_object_lock(s3: Served, bucket: str, bypass_works: bool) -> None:
    client = s3.client()
    version = client.put_object(Bucket=bucket, Key="k", Body=b"1")["VersionId"]
    client.put_object(Bucket=bucket, Key="k", Body=b"2")
    client.delete_object(Bucket=bucket, Key="k")
    assert client.get_object(Bucket=bucket, Key="k", VersionId=version)["Body"].read() == b"1"
    for bypass in (False, True):
        wanted: dict[str, Any] = {"BypassGovernanceRetention": True} if bypass else {}
        if bypass and bypass_works:
            continue
        with pytest.raises(ClientError) as error:
            client.delete_object(Bucket=bucket, Key="k", VersionId=version, **wanted)
        assert _code(error) == "AccessDenied"
    if bypass_works:
        client.delete_object(
            Bucket=bucket, Key="k", VersionId=version, BypassGovernanceRetention=True
        )
    else:
        s3.clock.offset = timedelta(days=11)
        s3.store.sweep()
    with pytest.raises(ClientError) as error:
        # The clock of the client did not move: ask the store itself.
        _raise(s3, bucket, version)
    assert _code(error) == "NoSuchVersion"


def _raise(s3: Served, bucket: str, version: str) -> None:
    s3.clock.offset = timedelta()
    s3.client().get_object(Bucket=bucket, Key="k", VersionId=version)


def test_lifecycle(s3: Served) -> None:
    client = s3.client()
    client.put_object(Bucket="plain", Key="tmp/old", Body=b"")
    client.put_object(Bucket="plain", Key="old", Body=b"")
    upload = client.create_multipart_upload(Bucket="plain", Key="tmp/upload")["UploadId"]
    old = client.put_object(Bucket="kept", Key="k", Body=b"1")["VersionId"]
    client.put_object(Bucket="kept", Key="k", Body=b"2")
    assert s3.store.sweep() == 0
    s3.clock.offset = timedelta(days=3)
    assert s3.store.sweep() == 3
    s3.clock.offset = timedelta()
    assert [one["Key"] for one in client.list_objects_v2(Bucket="plain")["Contents"]] == ["old"]
    assert client.get_object(Bucket="kept", Key="k")["Body"].read() == b"2"
    with pytest.raises(ClientError) as error:
        client.get_object(Bucket="kept", Key="k", VersionId=old)
    assert _code(error) == "NoSuchVersion"
    with pytest.raises(ClientError) as error:
        client.abort_multipart_upload(Bucket="plain", Key="tmp/upload", UploadId=upload)
    assert _code(error) == "NoSuchUpload"


def test_restart_keeps_objects_and_drops_cut_uploads(s3: Served) -> None:
    client = s3.client()
    client.put_object(Bucket="plain", Key="k", Body=b"x")
    orphan = s3.store.new_blob()
    orphan.write_bytes(b"half an upload")
    again = ObjectStore(s3.folder, BUCKETS)
    assert not orphan.exists()
    found, file = again.open(BUCKETS["plain"], "k")
    with file:
        assert (file.read(), found.facts.size) == (b"x", 1)


def _presigned(s3: Served, method: str = "get_object", expires: int = 60, **more: str) -> str:
    parameters = {"Bucket": "plain", "Key": "k", **more}
    return str(s3.client().generate_presigned_url(method, parameters, expires))


def _get(url: str, method: str = "GET", **headers: str) -> httpx.Response:
    return httpx.request(method, url, headers=headers)


def test_presigned_url_serves_with_overrides(s3: Served) -> None:
    s3.client().put_object(Bucket="plain", Key="k", Body=b"0123456789")
    url = _presigned(
        s3,
        ResponseContentType='multipart/related; type="application/dicom"; boundary=b',
        ResponseContentDisposition="inline",
        ResponseCacheControl="no-store",
    )
    answer = _get(url, Range="bytes=2-4")
    assert (answer.status_code, answer.content) == (206, b"234")
    assert answer.headers["Content-Type"].startswith("multipart/related; type=")
    assert answer.headers["Content-Disposition"] == "inline"
    assert answer.headers["Cache-Control"] == "no-store"


def test_presigned_put(s3: Served) -> None:
    url = _presigned(s3, "put_object")
    assert httpx.put(url, content=b"x").status_code == 200
    assert s3.client().get_object(Bucket="plain", Key="k")["Body"].read() == b"x"


@pytest.mark.parametrize(
    "tamper",
    [
        lambda url: url.replace("X-Amz-Expires=60", "X-Amz-Expires=600"),
        lambda url: url.replace("/plain/k", "/plain/other"),
        lambda url: url.replace("/plain/k", "/kept/k"),
        lambda url: url + "&response-content-type=text/html",
        lambda url: url.replace("a%2Fb", "c%2Fd"),
        lambda url: url + "&versionId=null",
        lambda url: url[:-1] + ("0" if url[-1] != "0" else "1"),
        lambda url: url.replace("X-Amz-Signature=", "X-Amz-Signature=x"),
        lambda url: url.replace(REGION, "eu-west-1"),
        lambda url: url.replace("%2Fs3%2F", "%2Fec2%2F"),
        lambda url: url.replace(KEY, "ANOTHERKEY"),
    ],
)
def test_tampered_presigned_url_is_refused(s3: Served, tamper: Any) -> None:
    s3.client().put_object(Bucket="plain", Key="k", Body=b"x")
    url = _presigned(s3, ResponseContentType="a/b")
    assert _get(url).status_code == 200
    changed = tamper(url)
    assert changed != url
    answer = _get(changed)
    assert answer.status_code == 403
    assert b"x-amz" not in answer.content


@pytest.mark.parametrize(
    "tamper",
    [
        lambda url: url.replace("X-Amz-Expires=60", "X-Amz-Expires=604801"),
        lambda url: url.replace("X-Amz-Expires=60", "X-Amz-Expires=0"),
        lambda url: url.replace("X-Amz-Expires=60", "X-Amz-Expires=-5"),
        lambda url: url.replace("AWS4-HMAC-SHA256", "AWS4-HMAC-SHA1"),
        lambda url: url + "&X-Amz-Expires=600",
        lambda url: url.replace("&X-Amz-Date=", "&Y="),
        lambda url: url.replace("aws4_request", "aws3_request"),
    ],
)
def test_malformed_presigned_url_is_400(s3: Served, tamper: Any) -> None:
    assert _get(tamper(_presigned(s3))).status_code == 400


def test_presigned_url_is_for_its_method(s3: Served) -> None:
    s3.client().put_object(Bucket="plain", Key="k", Body=b"x")
    for method in ("HEAD", "PUT", "DELETE", "POST"):
        assert _get(_presigned(s3), method).status_code == 403
    assert s3.client().get_object(Bucket="plain", Key="k")["Body"].read() == b"x"


def test_presigned_url_expires(s3: Served) -> None:
    s3.client().put_object(Bucket="plain", Key="k", Body=b"x")
    url = _presigned(s3, expires=60)
    s3.clock.offset = timedelta(seconds=50)
    assert _get(url).status_code == 200
    s3.clock.offset = timedelta(seconds=62)
    answer = _get(url)
    assert (answer.status_code, _xml_code(answer)) == (403, "AccessDenied")
    s3.clock.offset = -timedelta(hours=1)
    assert _get(url).status_code == 403


def test_signature_and_authorization_is_400(s3: Served) -> None:
    s3.client().put_object(Bucket="plain", Key="k", Body=b"x")
    answer = _get(_presigned(s3), Authorization="Bearer token")
    assert (answer.status_code, _xml_code(answer)) == (400, "InvalidArgument")
    assert b"token" not in answer.content.replace(b"X-Amz-Algorithm", b"")


def test_unsigned_amz_header_is_refused(s3: Served) -> None:
    s3.client().put_object(Bucket="plain", Key="k", Body=b"x")
    header = {"x-amz-checksum-mode": "ENABLED"}
    assert _get(_presigned(s3), **header).status_code == 403


def test_unsigned_and_foreign_requests_are_refused(s3: Served) -> None:
    s3.client().put_object(Bucket="plain", Key="k", Body=b"x")
    assert _get(f"{s3.url}/plain/k").status_code == 403
    assert _get(f"{s3.url}/plain/k", Authorization="Basic eDp5").status_code == 400
    with pytest.raises(ClientError) as error:
        s3.client("other").get_object(Bucket="plain", Key="k")
    assert _code(error) == "SignatureDoesNotMatch"
    s3.clock.offset = timedelta(hours=1)
    with pytest.raises(ClientError) as error:
        s3.client().get_object(Bucket="plain", Key="k")
    assert _code(error) == "RequestTimeTooSkewed"


def test_cors(s3: Served) -> None:
    s3.client().put_object(Bucket="plain", Key="k", Body=b"x")
    preflight = {
        "Origin": "https://vi.example",
        "Access-Control-Request-Method": "GET",
        "Access-Control-Request-Headers": "Range",
    }
    answer = _get(f"{s3.url}/plain/k", "OPTIONS", **preflight)
    assert answer.status_code == 200
    assert answer.headers["Access-Control-Allow-Origin"] == "https://vi.example"
    assert answer.headers["Access-Control-Allow-Headers"] == "range"
    assert answer.headers["Access-Control-Max-Age"] == "60"
    for changed in (
        {"Origin": "https://evil.test"},
        {"Access-Control-Request-Method": "PUT"},
        {"Access-Control-Request-Headers": "x-other"},
    ):
        answer = _get(f"{s3.url}/plain/k", "OPTIONS", **{**preflight, **changed})
        assert answer.status_code == 403
        assert "Access-Control-Allow-Origin" not in answer.headers
    got = _get(_presigned(s3), Origin="https://vi.example")
    assert got.headers["Access-Control-Allow-Origin"] == "https://vi.example"
    assert got.headers["Access-Control-Expose-Headers"] == "ETag"
    other = _get(_presigned(s3), Origin="https://evil.test")
    assert "Access-Control-Allow-Origin" not in other.headers


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/plain?acl", 501),
        ("GET", "/plain", 501),
        ("PUT", "/plain", 501),
        ("GET", "/plain?versioning", 501),
        ("GET", "/plain?list-type=2&delimiter=/", 501),
        ("PUT", "/plain/k?tagging", 400),
        ("GET", "/plain/k?tagging", 404),
        ("DELETE", "/plain/k?tagging", 501),
        ("PUT", "/plain/k?retention", 501),
        ("GET", "/absent/k", 404),
        ("GET", "/plain/k?partNumber=1", 501),
        ("POST", "/plain?delete", 400),
        ("GET", "/plain?list-type=2&max-keys=x", 400),
        ("GET", "/plain?list-type=2&continuation-token=zz", 400),
    ],
)
def test_an_operation_that_is_not_served_is_refused(
    s3: Served, method: str, path: str, status: int
) -> None:
    assert _signed(s3, method, path, b"", {}).status_code == status


@pytest.mark.parametrize(
    "more",
    [{"ObjectLockLegalHoldStatus": "ON"}, {"ObjectLockMode": "GOVERNANCE"}],
)
def test_headers_that_are_not_served_are_refused(s3: Served, more: dict[str, str]) -> None:
    with pytest.raises(ClientError) as error:
        s3.client().put_object(Bucket="locked", Key="k", Body=b"", **more)
    assert _code(error) == "NotImplemented"


@pytest.mark.parametrize(
    "document",
    [
        b"<Delete><Object><Key></Key></Object></Delete>",
        b"<Other/>",
        b"<Delete>",
        b"<!DOCTYPE Delete [<!ENTITY a 'b'>]><Delete><Object><Key>&a;</Key></Object></Delete>",
    ],
)
def test_malformed_documents_are_refused(s3: Served, document: bytes) -> None:
    answer = _signed(s3, "POST", "/plain?delete", document, {})
    assert (answer.status_code, _xml_code(answer)) == (400, "MalformedXML")


def test_buckets_are_listed(s3: Served) -> None:
    names = [one["Name"] for one in s3.client().list_buckets()["Buckets"]]
    assert names == sorted(BUCKETS)


def _signed(
    s3: Served, method: str, path: str, body: bytes, headers: dict[str, str]
) -> httpx.Response:
    request = AWSRequest(method, s3.url + path, headers=dict(headers), data=body)

    class Signer(S3SigV4Auth):
        """Signs whatever hash the headers claim."""

        def payload(self, request: Any) -> str:
            return headers.get("x-amz-content-sha256") or hashlib.sha256(body).hexdigest()

    Signer(Credentials(KEY, SECRET), "s3", REGION).add_auth(request)
    return httpx.request(method, s3.url + path, content=body, headers=dict(request.headers.items()))


def _crc_trailer(data: bytes) -> bytes:
    crc = base64.b64encode(zlib.crc32(data).to_bytes(4))
    return b"x-amz-checksum-crc32:" + crc + b"\r\n"


def _xml_code(answer: httpx.Response) -> str:
    return answer.text.partition("<Code>")[2].partition("</Code>")[0]


def test_the_parts_of_an_upload_are_listed(s3: Served) -> None:
    client, at = s3.client(), {"Bucket": "plain", "Key": "k"}
    at["UploadId"] = client.create_multipart_upload(**at, ChecksumAlgorithm="SHA256")["UploadId"]
    assert "Parts" not in client.list_parts(**at)
    sums = [base64.b64encode(hashlib.sha256(one).digest()).decode() for one in (b"one", b"two!")]
    for number, data in ((2, b"two!"), (1, b"one")):
        client.upload_part(**at, PartNumber=number, Body=data, ChecksumSHA256=sums[number - 1])
    found = client.list_parts(**at)
    told = [(one["PartNumber"], one["Size"], one["ChecksumSHA256"]) for one in found["Parts"]]
    assert told == [(1, 3, sums[0]), (2, 4, sums[1])]
    assert (found["UploadId"], found["IsTruncated"]) == (at["UploadId"], False)
    for other in ({"Key": "another"}, {"Bucket": "kept"}, {"UploadId": "0" * 32}):
        with pytest.raises(ClientError) as error:
            client.list_parts(**{**at, **other})
        assert _code(error) == "NoSuchUpload"


def test_tags_are_replaced(s3: Served) -> None:
    client, at = s3.client(), {"Bucket": "plain", "Key": "k"}
    client.put_object(**at, Tagging="a=1&b=2")
    client.put_object_tagging(**at, Tagging={"TagSet": [{"Key": "days", "Value": "7"}]})
    bucket = s3.store.bucket("plain")
    assert s3.store.get(bucket, "k").facts.tags == {"days": "7"}
    assert client.get_object_tagging(**at)["TagSet"] == [{"Key": "days", "Value": "7"}]
    client.put_object_tagging(**at, Tagging={"TagSet": []})
    assert client.get_object_tagging(**at)["TagSet"] == []
    assert s3.store.get(bucket, "k").facts.tags == {}
    with pytest.raises(ClientError) as error:
        client.put_object_tagging(**{**at, "Key": "absent"}, Tagging={"TagSet": []})
    assert _code(error) == "NoSuchKey"
