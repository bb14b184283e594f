"""The image cache over our S3, under the template's own lifecycle: each tenant's days."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from functions.aws import clients as ours
from functions.aws.cache_store import S3CacheStore
from functions.drimbox.images.cache_keys import DAYS_TAG
from functions.drimbox.tenants.model import CACHE_DAYS
from infra.local.assembly import Assembly, Stack, load_assembly
from infra.local.aws.signature import Verifier
from infra.local.aws.web import WebServer
from infra.local.install import Install, open_install
from infra.local.s3.buckets import Bucket, read_buckets
from infra.local.s3.service import S3Service
from infra.local.s3.store import ObjectStore
from infra.local.template import TemplateError, resolve
from tests.infra.local.support import ACCOUNT, REGION, clients

LIMIT = 100


@dataclass
class Served:
    """The cache's bucket, and a clock that the test moves."""

    bucket: Bucket
    store: ObjectStore
    offset: timedelta = timedelta()

    def cache(self, tenant: str, days: int) -> S3CacheStore:
        return S3CacheStore(self.bucket.name, tenant, days)

    def after(self, days: float) -> None:
        """That many days later, once the lifecycle has been applied."""
        self.offset = timedelta(days=days)
        self.store.sweep()
        self.offset = timedelta()


@pytest.fixture
def served(
    tmp_path: Path, assembly_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Served]:
    """The bucket of the synthesized template, over HTTP."""
    install = open_install(tmp_path / "data")
    deployment = resolve(load_assembly(assembly_folder), install, "http://127.0.0.1")
    (bucket,) = (one for name, one in read_buckets(deployment).items() if "-cache-" in name)
    made: list[Served] = []

    def now() -> datetime:
        return datetime.now(UTC) + (made[0].offset if made else timedelta())

    store = ObjectStore(tmp_path / "objects", {bucket.name: bucket}, now)
    made.append(Served(bucket, store))
    verifier = Verifier(install.access_key_id, install.secret_access_key, now)
    server = WebServer(0, S3Service(store, verifier))
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    client = clients(install, f"http://127.0.0.1:{server.port}", "s3")
    monkeypatch.setattr(ours, "s3", lambda: client)
    yield made[0]
    server.shutdown()
    server.server_close()


def test_a_tenant_with_a_day_loses_its_images_and_one_with_seven_keeps_them(
    served: Served,
) -> None:
    brief, long = served.cache("brief", 1), served.cache("long", 7)
    for cache in (brief, long):
        cache.put("studies/1/index.json", BytesIO(b"index"), "application/json")
        body = cache.upload("studies/1/series.multipart", "multipart/related")
        body.add(1, b"body")
        body.complete()

    def kept(cache: S3CacheStore) -> list[bytes | None]:
        names = ("index.json", "series.multipart")
        return [cache.get(f"studies/1/{name}", max_bytes=LIMIT) for name in names]

    served.after(0.9)
    assert kept(brief) == kept(long) == [b"index", b"body"]
    served.after(1.1)
    assert kept(brief) == [None, None]
    assert kept(long) == [b"index", b"body"]
    served.after(7.1)
    assert kept(long) == [None, None]


@pytest.mark.parametrize("days", CACHE_DAYS)
def test_every_choice_has_its_rule(served: Served, days: int) -> None:
    cache = served.cache("demo", days)
    cache.put("k", BytesIO(b"x"), "x")
    served.after(days - 0.1)
    assert cache.get("k", max_bytes=LIMIT) == b"x"
    served.after(days + 0.1)
    assert cache.get("k", max_bytes=LIMIT) is None


def test_an_object_without_a_known_tag_is_not_kept_for_ever(served: Served) -> None:
    for name, tags in {"none": {}, "other": {"Tagging": f"{DAYS_TAG}=3650"}}.items():
        ours.s3().put_object(Bucket=served.bucket.name, Key=f"demo/{name}", **tags)  # type: ignore[arg-type]
    served.after(max(CACHE_DAYS) + 0.1)
    for name in ("none", "other"):
        assert served.cache("demo", 1).get(name, max_bytes=LIMIT) is None


@pytest.mark.parametrize(
    "tagging",
    [
        *("a", "=1", "a=1&a=2", f"{'k' * 129}=1", f"a={'v' * 257}"),
        "&".join(f"k{number}=1" for number in range(11)),
    ],
)
def test_tags_that_s3_does_not_take_are_refused(served: Served, tagging: str) -> None:
    with pytest.raises(ClientError) as error:
        ours.s3().put_object(Bucket=served.bucket.name, Key="k", Tagging=tagging)
    assert error.value.response["Error"]["Code"] in {"InvalidTag", "InvalidArgument"}


def test_uploads_are_not_aborted_by_a_tag(tmp_path: Path) -> None:
    rule = {
        "Status": "Enabled",
        "TagFilters": [{"Key": "a", "Value": "1"}],
        "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 1},
    }
    bucket = {
        "Type": "AWS::S3::Bucket",
        "Properties": {"LifecycleConfiguration": {"Rules": [rule]}},
    }
    stack = Stack("Mini", ACCOUNT, REGION, {"Resources": {"Bucket": bucket}})
    install = Install(tmp_path, b"s" * 32)
    with pytest.raises(TemplateError, match="aborts no uploads"):
        read_buckets(resolve(Assembly(tmp_path, (stack,)), install, "http://127.0.0.1"))
