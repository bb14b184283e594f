"""The objects of an import, from their signed address."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import time
from typing import Any

import httpx
import pytest

from agent.cloud.pace import Pace
from agent.cloud.packs import S3Packs
from agent.config.model import Uploads
from agent.work.ports import CloudAway, PackGone
from tests.agent.cloud.aws_scenes import aws_server, client, lent_at

URL = "https://readings.example/1?X-Amz-Signature=secret"


def packs(answer: Callable[[httpx.Request], httpx.Response], **uploads: Any) -> S3Packs:
    http = httpx.Client(transport=httpx.MockTransport(answer))
    return S3Packs(http, Pace(Uploads(**uploads), lambda: time(12)))


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with aws_server() as found:
        yield found


def test_the_rest_of_a_pack_comes_from_an_offset_on(url: str) -> None:
    lent = lent_at(url)
    s3 = client("s3", url)
    s3.put_object(Bucket=lent.bucket, Key="one", Body=b"0123456789")
    place = {"Bucket": lent.bucket, "Key": "one"}
    signed = s3.generate_presigned_url("get_object", Params=place)
    with httpx.Client() as http:
        found = S3Packs(http, Pace(Uploads(), lambda: time(12)))
        assert b"".join(found.read(signed, 0)) == b"0123456789"
        assert b"".join(found.read(signed, 4)) == b"456789"
        s3.delete_object(**place)
        with pytest.raises(PackGone):
            list(found.read(signed, 0))


@pytest.mark.parametrize(
    ("status", "error"),
    [
        *((status, PackGone) for status in (200, 302, 403, 404, 416)),
        *((status, CloudAway) for status in (429, 500, 503)),
    ],
)
def test_another_answer_is_told_without_the_address(status: int, error: type[Exception]) -> None:
    found = packs(lambda _: httpx.Response(status, content=b"x"))
    with pytest.raises(error) as told:
        list(found.read(URL, 0))
    assert "secret" not in str(told.value)


def test_no_answer_is_the_cloud_s_absence() -> None:
    def silent(request: httpx.Request) -> httpx.Response:
        raise httpx.ReadTimeout(f"of {request.url}")

    with pytest.raises(CloudAway) as told:
        list(packs(silent).read(URL, 0))
    assert "secret" not in told.value.detail


def test_the_site_s_pace_holds_for_imports_too() -> None:
    slept: list[float] = []
    http = httpx.Client(
        transport=httpx.MockTransport(
            lambda _: httpx.Response(206, stream=httpx.ByteStream(bytes(500_000)))
        )
    )
    pace = Pace(Uploads(mbit=8), lambda: time(12), sleep=slept.append, monotonic=lambda: 0.0)
    assert sum(map(len, S3Packs(http, pace).read(URL, 0))) == 500_000
    assert sum(slept) > 0
