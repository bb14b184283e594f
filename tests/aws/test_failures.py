"""Failures of AWS, call by call: errors under our names, races resolved, no value said."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from io import BytesIO
from types import SimpleNamespace
from typing import Any, Final

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from cryptography.x509 import load_der_x509_certificate

from functions.aws import clients, connections, https, secrets, tenants
from functions.aws.blobs import S3Blobs
from functions.aws.cache_store import S3CacheStore
from functions.aws.message_log import DynamoMessageLog
from functions.aws.queues import FillWorkflow, PublishWorkflow, SqsMessages
from functions.aws.study_records import DynamoStudyRecords
from functions.drimbox.errors import ConfigurationError, StorageUnavailable, StudyBusy
from functions.drimbox.oid import Uid
from functions.drimbox.publication.ports import Change, MessageEntry, Outcome, StudyOutcome
from functions.drimbox.publication.record import StudyRecord
from functions.drimbox.tls import TlsIdentity
from tests.fakes.world import keys

CANARY: Final = "ZZ279035121518989ZZ"
AT: Final = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
STUDY: Final = Uid("1.2.3")
CONFLICT: Final = "ConditionalCheckFailedException"
URL: Final = "https://sqs.eu-west-3.amazonaws.com/123456789012/messages"
MACHINE: Final = "arn:aws:states:eu-west-3:123456789012:stateMachine:m"
HELD: Final = StudyOutcome(Outcome.HELD, "study_not_found", AT)


@contextmanager
def failing(
    client: Any, operation: str, code: str, times: int = 99, after: Callable[[], object] = int
) -> Iterator[list[dict[str, Any]]]:
    """``operation`` answers ``code`` for its next ``times`` calls, ``after`` having happened.

    Gives the parameters of every call. The error's message quotes a value, as AWS does.
    """
    name = f"{client.meta.service_model.service_id.hyphenize()}.{operation}"
    asked: list[dict[str, Any]] = []

    def note(params: dict[str, Any], **_: object) -> None:
        asked.append(dict(params))

    def answer(**_: object) -> tuple[SimpleNamespace, dict[str, Any]] | None:
        if len(asked) > times:
            return None
        after()
        return SimpleNamespace(status_code=400), {"Error": {"Code": code, "Message": CANARY}}

    client.meta.events.register(f"provide-client-params.{name}", note)
    client.meta.events.register_first(f"before-call.{name}", answer)
    try:
        yield asked
    finally:
        client.meta.events.unregister(f"provide-client-params.{name}", note)
        client.meta.events.unregister(f"before-call.{name}", answer)


def log() -> DynamoMessageLog:
    return DynamoMessageLog("messages", "demo")


def entry(message_id: str = "m") -> MessageEntry:
    return MessageEntry(message_id, AT, 0, "", {})


def upload() -> Any:
    return S3CacheStore("cache", "demo").upload("k", "x")


CALLS: Final[dict[str, tuple[str, str, Callable[[], object]]]] = {
    "blob put_once": ("s3", "PutObject", lambda: S3Blobs("inbox", "demo").put_once("k", b"")),
    "blob put": ("s3", "PutObject", lambda: S3Blobs("inbox", "demo").put("k", b"")),
    "blob get": ("s3", "GetObject", lambda: S3Blobs("inbox", "demo").get("k")),
    "cache put": (
        "s3",
        "PutObject",
        lambda: S3CacheStore("cache", "demo").put("k", BytesIO(b""), "x"),
    ),
    "cache get": (
        "s3",
        "GetObject",
        lambda: S3CacheStore("cache", "demo").get("k", max_bytes=1),
    ),
    "cache upload": ("s3", "CreateMultipartUpload", upload),
    "cache part": ("s3", "UploadPart", lambda: upload().add(b"x")),
    "cache complete": ("s3", "CompleteMultipartUpload", lambda: upload().complete()),
    "cache abort": ("s3", "AbortMultipartUpload", lambda: upload().abort()),
    "cache delete": (
        "s3",
        "ListObjectsV2",
        lambda: S3CacheStore("cache", "demo").delete_under("k"),
    ),
    "records get": (
        "dynamodb",
        "GetItem",
        lambda: DynamoStudyRecords("studies", "demo").get(STUDY),
    ),
    "records put": (
        "dynamodb",
        "PutItem",
        lambda: DynamoStudyRecords("studies", "demo").put(StudyRecord(STUDY)),
    ),
    "log open": ("dynamodb", "PutItem", lambda: log().open(entry())),
    "log get": ("dynamodb", "GetItem", lambda: log().get("m")),
    "log replay": ("dynamodb", "UpdateItem", lambda: log().next_replay("m")),
    "log find": ("dynamodb", "Query", lambda: log().find("held", limit=1, after=None)),
    "queue send": (
        "sqs",
        "SendMessage",
        lambda: SqsMessages(URL, "demo").send("m", replay=0, received_at=AT),
    ),
    "publish start": (
        "stepfunctions",
        "StartExecution",
        lambda: PublishWorkflow(MACHINE).start(Change("demo", "m", STUDY, 0)),
    ),
    "fill start": (
        "stepfunctions",
        "StartExecution",
        lambda: FillWorkflow(MACHINE, "demo").start(
            STUDY, [Uid("1.2.3.1")], correlation_id="c", edition="m/0", window=1
        ),
    ),
    "secret": ("secretsmanager", "GetSecretValue", lambda: secrets.text("drimbox/x")),
    "tenant": ("ssm", "GetParameter", lambda: tenants.find("/drimbox/tenants/", "demo")),
}


@pytest.mark.parametrize("code", ["AccessDeniedException", "ThrottlingException", "InternalError"])
@pytest.mark.parametrize("call", CALLS)
def test_any_error_is_storage_unavailable_with_its_code_alone(
    aws: None, call: str, code: str
) -> None:
    service, operation, act = CALLS[call]
    with (
        failing(getattr(clients, service)(), operation, code) as asked,
        pytest.raises(StorageUnavailable) as raised,
    ):
        act()
    assert asked
    assert raised.value.detail.endswith(f": {code}")
    assert CANARY not in raised.value.detail
    # Our error does not chain the text of AWS.
    assert raised.value.__cause__ is None
    assert raised.value.__suppress_context__


def test_a_write_once_is_conditional_checked_and_encrypted_for_the_tenant(aws: None) -> None:
    for code in ("PreconditionFailed", "ConditionalRequestConflict"):
        with failing(clients.s3(), "PutObject", code) as asked:
            assert not S3Blobs("archive", "demo").put_once("k", b"data", "text/xml")
        assert asked == [
            {
                "Bucket": "archive",
                "Key": "demo/k",
                "Body": b"data",
                "ContentType": "text/xml",
                "IfNoneMatch": "*",
                "ChecksumSHA256": "Om6weQ85rIfJTzhWst0sXREOaBFgImGpqSPTuyOtyLc=",
                "ServerSideEncryption": "aws:kms",
                "SSEKMSKeyId": "alias/drimbox/tenants/demo",
            }
        ]


def test_everything_cached_is_encrypted_for_the_tenant(aws: None) -> None:
    store = S3CacheStore("cache", "demo")
    with failing(clients.s3(), "CreateMultipartUpload", "x", times=0) as started:
        upload = store.upload("big", "multipart/related")
        upload.add(b"x")
        upload.complete()
    with failing(clients.s3(), "PutObject", "x", times=0) as put:
        store.put("small", BytesIO(b"x"), "application/dicom")
    for one in (*started, *put):
        assert one["Bucket"] == "cache"
        assert one["Key"].startswith("demo/")
        assert one["ServerSideEncryption"] == "aws:kms"
        assert one["SSEKMSKeyId"] == "alias/drimbox/tenants/demo"


@pytest.mark.slow
def test_more_than_a_page_of_objects_is_deleted(aws: None) -> None:
    store = S3CacheStore("cache", "demo")
    for number in range(1001):
        store.put(f"studies/1/{number}", BytesIO(b""), "x")
    store.put("studies/10/0", BytesIO(b""), "x")
    assert store.delete_under("studies/1/") == 1001
    assert store.get("studies/10/0", max_bytes=1) == b""


def test_a_record_is_written_under_the_revision_that_was_read(aws: None) -> None:
    records = DynamoStudyRecords("studies", "demo")
    with failing(clients.dynamodb(), "PutItem", CONFLICT) as asked:
        for record in (StudyRecord(STUDY), StudyRecord(STUDY, 7)):
            with pytest.raises(StudyBusy):
                records.put(record)
    fresh, known = asked
    assert fresh["ConditionExpression"] == "attribute_not_exists(revision)"
    assert known["ConditionExpression"] == "revision = :seen"
    assert known["ExpressionAttributeValues"] == {":seen": {"N": "7"}}
    for one in asked:
        assert one["Item"]["tenant"] == {"S": "demo"}


def test_two_tenants_of_one_study_have_two_records(aws: None) -> None:
    ours, theirs = (DynamoStudyRecords("studies", one) for one in ("demo", "other"))
    stored = ours.put(StudyRecord(STUDY))
    assert theirs.get(STUDY) == StudyRecord(STUDY)
    assert theirs.put(StudyRecord(STUDY)).revision == stored.revision == 1


def test_an_entry_that_vanishes_while_it_is_opened_is_asked_again(aws: None) -> None:
    with (
        failing(clients.dynamodb(), "PutItem", CONFLICT),
        pytest.raises(StorageUnavailable, match="vanished"),
    ):
        log().open(entry())


def test_an_outcome_that_lands_with_another_keeps_both(aws: None) -> None:
    log().open(entry())
    other = StudyOutcome(Outcome.PUBLISHED, "", AT)

    def faster() -> None:
        """Another execution's outcome, between our reading and our writing."""
        item = clients.dynamodb().get_item(
            TableName="messages", Key={"tenant": {"S": "demo"}, "message_id": {"S": "m"}}
        )["Item"]
        stored = log()._item(entry().with_outcome(Uid("1.2.4"), other), revision=2)
        clients.dynamodb().transact_write_items(
            TransactItems=[{"Put": {"TableName": "messages", "Item": {**item, **stored}}}]
        )

    with failing(clients.dynamodb(), "PutItem", CONFLICT, times=1, after=faster) as asked:
        log().set_outcome("m", STUDY, HELD)
    found = log().get("m")
    assert found is not None
    assert found.studies == {STUDY: HELD, Uid("1.2.4"): other}
    assert [one["ExpressionAttributeValues"][":seen"]["N"] for one in asked] == ["1", "2"]


def test_an_outcome_that_never_gets_its_turn_is_given_up(aws: None) -> None:
    log().open(entry())
    with (
        failing(clients.dynamodb(), "PutItem", CONFLICT) as asked,
        pytest.raises(StorageUnavailable, match="too many writers"),
    ):
        log().set_outcome("m", STUDY, HELD)
    assert len(asked) == 8
    with (
        failing(clients.dynamodb(), "PutItem", "ThrottlingException") as asked,
        pytest.raises(StorageUnavailable, match="ThrottlingException"),
    ):
        log().set_outcome("m", STUDY, HELD)
    assert len(asked) == 1


def test_the_same_outcome_again_writes_nothing(aws: None) -> None:
    log().open(entry())
    log().set_outcome("m", STUDY, HELD)
    with failing(clients.dynamodb(), "PutItem", CONFLICT) as asked:
        log().set_outcome("m", STUDY, replace(HELD, changed_at=datetime.now(UTC)))
    assert asked == []


def test_a_forged_cursor_never_leaves_its_tenant(aws: None) -> None:
    for number in range(3):
        for tenant in ("demo", "other"):
            one = DynamoMessageLog("messages", tenant)
            one.open(entry(f"{tenant}-{number}"))
            one.set_outcome(f"{tenant}-{number}", STUDY, HELD)
    theirs = DynamoMessageLog("messages", "other").find("held", limit=1, after=None)
    page = log().find("held", limit=9, after=theirs.next)
    assert all(one.message_id.startswith("demo-") for one in page.entries)
    with failing(clients.dynamodb(), "Query", "x", times=0) as asked:
        log().find("held", limit=9, after=theirs.next)
    (query,) = asked
    assert query["ExpressionAttributeValues"][":state"] == {"S": "demo#held"}
    assert query["ExclusiveStartKey"]["tenant"] == {"S": "demo"}
    assert query["ExclusiveStartKey"]["tenant_state"] == {"S": "demo#held"}


# --- secrets and tenants, in time


def test_a_secret_and_a_tenant_are_read_again_after_their_time(
    aws: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = [1000.0]
    monkeypatch.setattr("functions.aws.secrets.time.monotonic", lambda: at[0])
    manager = clients.secretsmanager()
    manager.create_secret(Name="drimbox/x", SecretString='{"id": "1"}')
    assert secrets.text("drimbox/x") == '{"id": "1"}'
    manager.put_secret_value(SecretId="drimbox/x", SecretString='{"id": "2"}')
    at[0] += secrets.TTL - 1
    assert secrets.text("drimbox/x") == '{"id": "1"}'
    at[0] += 1
    assert secrets.text("drimbox/x") == '{"id": "2"}'


def test_a_signer_signs_what_its_certificate_verifies() -> None:
    signer = secrets.open_signer(keys().sign.certificate_pem, keys().sign.key_pem)
    key: Any = load_der_x509_certificate(signer.certificate).public_key()
    for digest, algorithm in (("sha1", SHA1()), ("sha256", SHA256())):  # noqa: S303
        signature = signer.sign(b"data", digest)  # type: ignore[arg-type]
        key.verify(signature, b"data", padding.PKCS1v15(), algorithm)
    assert secrets.open_signer(keys().sign.certificate_pem, keys().sign.key_pem) is signer


def test_a_key_that_is_not_rsa_cannot_sign() -> None:
    pem = ec.generate_private_key(ec.SECP256R1()).private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
    )
    with pytest.raises(ConfigurationError, match="not an RSA key"):
        secrets.PemSigner(keys().sign.certificate_pem, pem.decode())


# --- connections


def test_a_connection_is_kept_and_shows_its_own_identity(aws: None) -> None:
    clients.secretsmanager().create_secret(
        Name="drimbox/trust", SecretString=keys().authority.root.certificate_pem
    )
    identity = TlsIdentity(keys().auth.certificate_pem, keys().auth.key_pem)
    trust = keys().authority.root.certificate_pem
    pacs = https.open_without_identity("drimbox/trust")
    assert https.open_without_identity("drimbox/trust") is pacs
    assert https.client(trust, identity) is not pacs
    assert https.client(trust, identity) is https.client(trust, identity)
    https.client.cache_clear()


def test_the_products_identity_comes_from_one_secret(aws: None) -> None:
    facts = {
        "id": "drimbox-test",
        "name": "DRIMbox",
        "version": "1",
        "homologation": "H",
        "device_id": "899711256811",
        "vendor": "Vendor",
    }
    clients.secretsmanager().create_secret(Name="drimbox/lps", SecretString=json.dumps(facts))
    assert connections.lps("drimbox/lps").homologation == "H"
    assert connections.device("drimbox/lps").identifier == "899711256811"
