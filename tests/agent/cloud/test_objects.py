"""The site's place for objects."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import time
from pathlib import Path

import httpx
import pytest

from agent.cloud.lending import Lent
from agent.cloud.objects import S3Incoming, bucket_url
from agent.cloud.pace import Pace
from agent.config.model import Uploads
from agent.work.ports import CloudAway, Part
from tests.agent.cloud.aws_scenes import Lends, aws_server, client, lent_at, rented
from tests.agent.cloud.samples import LENT

KEY = "demo/incoming/1"
LEAST = 5 * 1024 * 1024
PACE = Pace(Uploads(), lambda: time(12))


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with aws_server() as found:
        yield found


@pytest.fixture
def lent(url: str) -> Lent:
    return lent_at(url)


def part(folder: Path, data: bytes, name: str = "part") -> Part:
    path = folder / name
    path.write_bytes(data)
    return Part(path, len(data), hashlib.sha256(data).digest())


def incoming(lent: Lent, transport: httpx.BaseTransport | None = None) -> S3Incoming:
    return S3Incoming(rented(Lends(lent), transport), PACE)


def test_a_body_is_put_once_under_the_site_s_key(lent: Lent, url: str, tmp_path: Path) -> None:
    at = incoming(lent)
    at.put(KEY, part(tmp_path, b"one"))
    at.put(KEY, part(tmp_path, b"two"))
    found = client("s3", url).get_object(Bucket=lent.bucket, Key=KEY)
    assert found["Body"].read() == b"one"
    assert found["ServerSideEncryption"] == "aws:kms"
    assert found["SSEKMSKeyId"] == lent.kms_key


def test_a_body_of_several_parts(lent: Lent, url: str, tmp_path: Path) -> None:
    at = incoming(lent)
    parts = [part(tmp_path, b"a" * LEAST, "a"), part(tmp_path, b"b" * 10, "b")]
    upload = at.begin(KEY)
    assert at.listed(KEY, upload) == {}
    for number, one in enumerate(parts, 1):
        at.add(KEY, upload, number, one)
    listed = at.listed(KEY, upload)
    assert listed is not None
    # This server lists no checksums, as S3 does: a part without one is sent again.
    assert {number: size for number, (size, _) in listed.items()} == {1: LEAST, 2: 10}
    at.complete(KEY, upload, parts)
    assert at.listed(KEY, upload) is None
    found = client("s3", url).get_object(Bucket=lent.bucket, Key=KEY)["Body"].read()
    assert found == b"a" * LEAST + b"b" * 10


def test_a_key_that_another_upload_has_taken_is_taken(lent: Lent, url: str, tmp_path: Path) -> None:
    at, one = incoming(lent), part(tmp_path, b"two")
    upload = at.begin(KEY)
    at.add(KEY, upload, 1, one)
    at.put(KEY, part(tmp_path, b"one", "other"))
    at.complete(KEY, upload, [one])
    assert client("s3", url).get_object(Bucket=lent.bucket, Key=KEY)["Body"].read() == b"one"


def test_every_page_of_parts_is_read(tmp_path: Path) -> None:
    def page(request: httpx.Request) -> httpx.Response:
        after = int(request.url.params["part-number-marker"])
        told = "".join(
            f"<Part><PartNumber>{n}</PartNumber><Size>{n}</Size><ETag>&quot;{n}&quot;</ETag>"
            f"<ChecksumSHA256>AA==</ChecksumSHA256></Part>"
            for n in range(after + 1, after + 3)
        )
        more = "true" if after < 4 else "false"
        return httpx.Response(
            200,
            text='<ListPartsResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">'
            f"<UploadId>u</UploadId>{told}"
            f"<IsTruncated>{more}</IsTruncated><NextPartNumberMarker>{after + 2}"
            "</NextPartNumberMarker></ListPartsResult>",
        )

    listed = incoming(LENT, httpx.MockTransport(page)).listed(KEY, "u")
    assert listed == {n: (n, b"\0") for n in range(1, 7)}


def calls(at: S3Incoming, one: Part) -> list[Callable[[], object]]:
    return [
        lambda: at.put(KEY, one),
        lambda: at.begin(KEY),
        lambda: at.add(KEY, "upload", 1, one),
        lambda: at.complete(KEY, "upload", [one]),
    ]


def test_failures_are_the_cloud_s_absence(lent: Lent, tmp_path: Path) -> None:
    one = part(tmp_path, b"one")
    for call in calls(incoming(replace(lent, bucket="nobodys-bucket")), one):
        with pytest.raises(CloudAway) as away:
            call()
        assert KEY not in away.value.detail


@pytest.mark.parametrize(
    "body",
    [
        "",
        "<Error><Code>InternalError</Code></Error>",
        "<R><UploadId/><ETag/><Part><Size>x</Size></Part></R>",
    ],
)
def test_another_answer_with_200_is_none(body: str, tmp_path: Path) -> None:
    at = incoming(LENT, httpx.MockTransport(lambda _: httpx.Response(200, text=body)))
    with pytest.raises(CloudAway):
        at.begin(KEY)
    with pytest.raises(CloudAway):
        at.listed(KEY, "upload")
    with pytest.raises(CloudAway):
        at.complete(KEY, "upload", [part(tmp_path, b"one")])


def test_a_listed_part_that_is_ill_formed_is_none() -> None:
    body = "<R><UploadId>u</UploadId><Part><Size>x</Size></Part></R>"
    at = incoming(LENT, httpx.MockTransport(lambda _: httpx.Response(200, text=body)))
    with pytest.raises(CloudAway, match="ill-formed"):
        at.listed(KEY, "u")


def test_an_answer_to_the_end_that_is_an_error_is_none(tmp_path: Path) -> None:
    """S3 begins its answer before the object is made."""
    one = part(tmp_path, b"one")
    listed = (
        "<ListPartsResult><UploadId>u</UploadId><Part><PartNumber>1</PartNumber><Size>3</Size><ETag>t</ETag></Part>"
        "<IsTruncated>false</IsTruncated></ListPartsResult>"
    )

    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, text=listed if request.method == "GET" else "<Error/>")

    with pytest.raises(CloudAway, match="complete: another answer"):
        incoming(LENT, httpx.MockTransport(answer)).complete(KEY, "upload", [one])


def test_a_bucket_of_aws_has_a_host_of_its_own() -> None:
    assert bucket_url("https://s3.eu-west-3.amazonaws.com", "b") == (
        "https://b.s3.eu-west-3.amazonaws.com"
    )
    assert bucket_url("http://127.0.0.1:9/", "b") == "http://127.0.0.1:9/b"
