"""The secrets of tenants: objects of a bucket, kept in memory for a while, written by staff."""

from __future__ import annotations

import json

import pytest
from botocore.exceptions import ClientError

from functions.aws import clients, tenant_secrets
from functions.aws.secrets import TTL
from functions.aws.tenant_secrets import Kept
from functions.drimbox.errors import ConfigurationError
from functions.drimbox.webhook.signature import read_keys
from infra.admin.secret_stores import SecretRefused, Stores
from tests.fakes.aws import put_tenant_secret


def stores() -> Stores:
    return Stores(clients.secretsmanager(), clients.s3(), "secrets")


def test_a_secret_is_its_tenant_s(aws: None) -> None:
    assert stores().put({"demo/traits": "a", "other/traits": "b"}) == [
        "demo/traits",
        "other/traits",
    ]
    assert tenant_secrets.text("secrets", "demo", "traits") == "a"
    assert tenant_secrets.text("secrets", "other", "traits") == "b"
    with pytest.raises(ConfigurationError, match="traits has no value"):
        tenant_secrets.text("secrets", "third", "traits")
    for tenant in ("demo", "other"):
        head = clients.s3().head_object(Bucket="secrets", Key=f"{tenant}/traits")
        assert head["ServerSideEncryption"] == "aws:kms"
        assert head["SSEKMSKeyId"].endswith(f"alias/drimbox/tenants/{tenant}")


def test_a_changed_secret_is_followed_and_its_former_value_stands_beside_it(
    aws: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = [1000.0]
    monkeypatch.setattr("functions.aws.tenant_secrets.time.monotonic", lambda: at[0])
    assert tenant_secrets.read("secrets", "demo", "traits") is None
    stores().put({"demo/traits": "a"})
    assert tenant_secrets.read("secrets", "demo", "traits") == Kept("a")
    assert stores().put({"demo/traits": "b"}) == ["demo/traits"]
    assert stores().put({"demo/traits": "b"}) == []
    at[0] += TTL - 1
    assert tenant_secrets.read("secrets", "demo", "traits") == Kept("a")
    at[0] += 1
    assert tenant_secrets.read("secrets", "demo", "traits") == Kept("b", "a")


def test_random_secrets_are_made_once(aws: None) -> None:
    names = ("traits", "sessions", "webhook")
    assert stores().make("demo") == [f"demo/{name}" for name in names]
    made = {name: tenant_secrets.text("secrets", "demo", name) for name in names}
    assert len(set(made.values())) == 3
    assert len(read_keys(made["webhook"])) == 1
    assert {len(one) for one in made.values()} == {64}
    assert stores().make("demo") == []
    tenant_secrets._read.clear()
    assert tenant_secrets.text("secrets", "demo", "traits") == made["traits"]


def test_traits_that_were_deleted_are_never_replaced(aws: None) -> None:
    """Another value would forget every known patient; a condition of the write sees no version."""
    stores().make("demo")
    first = tenant_secrets.text("secrets", "demo", "traits")
    deleted = clients.s3().delete_object(Bucket="secrets", Key="demo/traits")
    clients.s3().delete_object(Bucket="secrets", Key="demo/sessions")
    with pytest.raises(SecretRefused, match=r"^demo/traits was deleted.*: restore it") as raised:
        stores().make("demo")
    assert first not in str(raised.value)
    made = stores().make("demo2")
    assert made == ["demo2/traits", "demo2/sessions", "demo2/webhook"], "only its own counts"
    clients.s3().delete_object(Bucket="secrets", Key="demo/traits", VersionId=deleted["VersionId"])
    assert stores().make("demo") == ["demo/sessions"], "sessions end after a leak"
    tenant_secrets._read.clear()
    assert tenant_secrets.text("secrets", "demo", "traits") == first


def test_two_who_write_at_once_lose_nothing(aws: None, monkeypatch: pytest.MonkeyPatch) -> None:
    one, other = stores(), stores()
    one.put({"demo/trust-anchors": "a"})
    known = one._kept("demo/trust-anchors")
    other.put({"demo/trust-anchors": "b"})
    monkeypatch.setattr(Stores, "_kept", lambda _self, _name: known)
    with pytest.raises(SecretRefused, match=r"^demo/trust-anchors is being written by somebody"):
        one.put({"demo/trust-anchors": "c"})
    monkeypatch.undo()
    assert one._kept("demo/trust-anchors")[0] == Kept("b", "a")


def test_a_fault_of_the_store_writes_nothing_in_silence(aws: None) -> None:
    nowhere = Stores(clients.secretsmanager(), clients.s3(), "nowhere")
    with pytest.raises(ClientError, match="NoSuchBucket"):
        nowhere.make("demo")
    with pytest.raises(ClientError, match="NoSuchBucket"):
        nowhere.put({"demo/traits": "a"})


def test_the_memory_is_bounded(aws: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tenant_secrets, "_MOST", 3)
    for number in range(5):
        put_tenant_secret(f"t{number}", "traits", "a")
        assert tenant_secrets.text("secrets", f"t{number}", "traits") == "a"
    assert [tenant for _, tenant, _ in tenant_secrets._read] == ["t2", "t3", "t4"]


@pytest.mark.parametrize(
    "data", [b"", b"a", b"[]", b"{}", b'{"value": "a"}', b'{"value": 1, "former": ""}', b"\xff"]
)
def test_an_object_of_another_form_is_a_fault_of_ours(aws: None, data: bytes) -> None:
    clients.s3().put_object(Bucket="secrets", Key="demo/traits", Body=data)
    with pytest.raises(ConfigurationError, match="not as provision writes it"):
        tenant_secrets.text("secrets", "demo", "traits")


def test_no_text_of_it_shows_a_value() -> None:
    assert "hidden" not in repr(Kept("hidden", "hidden too"))


@pytest.mark.parametrize("value", ["", "[]", "{}", '{"pacs": 1}', json.dumps({"clients": "x"})])
def test_without_a_bundle_of_its_own_a_peer_is_nobody(aws: None, value: str) -> None:
    put_tenant_secret("demo", "trust-anchors", value)
    with pytest.raises(ConfigurationError, match="trust-anchors"):
        tenant_secrets.anchors("secrets", "demo", "webhook")
