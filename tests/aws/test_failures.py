"""Failures of AWS, call by call: errors under our names, races resolved, no value said."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
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

from functions.aws import clients, connections, https, peers, secrets, tenant_secrets, tenants
from functions.aws.agent_authority import LambdaIssuer, open_key
from functions.aws.agent_register import DynamoAgentRegister, DynamoTries
from functions.aws.agent_states import DynamoAgentStates
from functions.aws.agents import StsLender
from functions.aws.blobs import S3Blobs
from functions.aws.cache_store import S3CacheStore
from functions.aws.jobs import DynamoJobs, SqsJobs
from functions.aws.message_log import DynamoMessageLog
from functions.aws.operators_provider import open_operators_provider
from functions.aws.questions import DynamoQuestions, SqsBell
from functions.aws.queues import PublishWorkflow, SqsMessages, SqsTicks
from functions.aws.relayed_pacs import RelayedPacs
from functions.aws.structure_keys import TenantKeys
from functions.aws.study_records import DynamoStudyRecords
from functions.aws.white_list_source import open_desk
from functions.drimbox.agents.question import Question
from functions.drimbox.agents.question import asked as question_asked
from functions.drimbox.enrolment.register import AgentRecord
from functions.drimbox.errors import ConfigurationError, StorageUnavailable, StudyBusy
from functions.drimbox.jobs.job import REST, Kind, Wish, asked
from functions.drimbox.oid import Uid
from functions.drimbox.peers.download import HttpSource
from functions.drimbox.peers.signer import Signer
from functions.drimbox.publication.change import Change, Step
from functions.drimbox.publication.message_entry import MessageEntry, Outcome, StudyOutcome
from functions.drimbox.publication.record import StudyRecord
from functions.drimbox.tls import TlsIdentity
from tests.drimbox.agents.scenes import state as agent_state
from tests.fakes.aws import SITE_FACTS, put_secret, put_tenant_secret
from tests.fakes.failing import CANARY, failing
from tests.fakes.memory import VirtualClock
from tests.fakes.world import STRUCTURE, TENANT, keys

AT: Final = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
STUDY: Final = Uid("1.2.3")
CONFLICT: Final = "ConditionalCheckFailedException"
URL: Final = "https://sqs.eu-west-3.amazonaws.com/123456789012/messages"
MACHINE: Final = "arn:aws:states:eu-west-3:123456789012:stateMachine:m"
WISH: Final = Wish(Kind.FILL, {})
HELD: Final = StudyOutcome(Outcome.HELD, "study_not_found", AT)


def log() -> DynamoMessageLog:
    return DynamoMessageLog("messages", "demo")


def entry(message_id: str = "m") -> MessageEntry:
    return MessageEntry(message_id, AT, 0, "", {})


def jobs() -> DynamoJobs:
    return DynamoJobs("jobs", "demo", VirtualClock())


def question() -> Question:
    return question_asked(Wish(Kind.INDEX, {}), "c", AT, before=None)


def upload() -> Any:
    return S3CacheStore("cache", "demo", 2).upload("k", "x")


CALLS: Final[dict[str, tuple[str, str, Callable[[], object]]]] = {
    "blob put_once": ("s3", "PutObject", lambda: S3Blobs("inbox", "demo").put_once("k", b"")),
    "blob put": ("s3", "PutObject", lambda: S3Blobs("inbox", "demo").put("k", b"")),
    "blob get": ("s3", "GetObject", lambda: S3Blobs("inbox", "demo").get("k")),
    "blob size": ("s3", "HeadObject", lambda: S3Blobs("inbox", "demo").size("k")),
    "cache put": (
        "s3",
        "PutObject",
        lambda: S3CacheStore("cache", "demo", 2).put("k", BytesIO(b""), "x"),
    ),
    "cache get": (
        "s3",
        "GetObject",
        lambda: S3CacheStore("cache", "demo", 2).get("k", max_bytes=1),
    ),
    "cache range": (
        "s3",
        "GetObject",
        lambda: S3CacheStore("cache", "demo", 2).get_range("k", 0, 1),
    ),
    "cache look": ("s3", "HeadObject", lambda: S3CacheStore("cache", "demo", 2).look("k")),
    "cache upload": ("s3", "CreateMultipartUpload", upload),
    "cache part": ("s3", "UploadPart", lambda: upload().add(1, b"x")),
    "cache complete": ("s3", "CompleteMultipartUpload", lambda: upload().complete()),
    "cache abort": ("s3", "AbortMultipartUpload", lambda: upload().abort()),
    "cache delete": (
        "s3",
        "ListObjectsV2",
        lambda: S3CacheStore("cache", "demo", 2).delete_under("k"),
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
        lambda: PublishWorkflow(MACHINE).start(Change("demo", "m", STUDY, 0), Step.READ_REPORT),
    ),
    "job get": ("dynamodb", "GetItem", lambda: jobs().get("fill#0")),
    "job several": ("dynamodb", "BatchGetItem", lambda: jobs().several(["fill#0"])),
    "job put": ("dynamodb", "PutItem", lambda: jobs().put(asked(WISH, "c", AT))),
    "job send": (
        "sqs",
        "SendMessage",
        lambda: SqsJobs(URL, "demo").send(asked(WISH, "c", AT), after=REST),
    ),
    "question get": (
        "dynamodb",
        "GetItem",
        lambda: DynamoQuestions("jobs", "demo").get("index#0"),
    ),
    "question put": (
        "dynamodb",
        "PutItem",
        lambda: DynamoQuestions("jobs", "demo").put(question()),
    ),
    "bell": ("sqs", "SendMessage", lambda: SqsBell(URL, "demo").ring("index#0")),
    "answered": ("sqs", "SendMessage", lambda: SqsTicks(URL, "demo").answered("m", "index#0")),
    "back": ("sqs", "SendMessage", lambda: SqsTicks(URL, "demo").back()),
    "agents all": ("dynamodb", "Query", lambda: DynamoAgentStates("health", "demo").all()),
    "agents put": (
        "dynamodb",
        "PutItem",
        lambda: DynamoAgentStates("health", "demo").put(agent_state(VirtualClock())),
    ),
    "agents forget": (
        "dynamodb",
        "DeleteItem",
        lambda: DynamoAgentStates("health", "demo").forget("a"),
    ),
    "register all": ("dynamodb", "Query", lambda: DynamoAgentRegister("agents", "demo").all()),
    "register get": ("dynamodb", "GetItem", lambda: DynamoAgentRegister("agents", "demo").get("a")),
    "register put": (
        "dynamodb",
        "PutItem",
        lambda: DynamoAgentRegister("agents", "demo").put(AgentRecord("a")),
    ),
    "tries": (
        "dynamodb",
        "UpdateItem",
        lambda: DynamoTries("agents", "demo", VirtualClock()).count("a"),
    ),
    "authority": ("lambda_", "Invoke", lambda: LambdaIssuer("f", "demo").issue("a", "r")),
    "find study": (
        "working_functions",
        "Invoke",
        lambda: RelayedPacs("f", "demo").find_study(STUDY),
    ),
    "authority key": ("kms", "GetPublicKey", lambda: open_key("alias/a")),
    "cache keep": ("s3", "PutObjectTagging", lambda: S3CacheStore("cache", "demo", 2).keep("k")),
    "loan": ("sts", "AssumeRole", lambda: StsLender("arn:aws:iam::1:role/r", "demo").lend("a")),
    "secret": ("secretsmanager", "GetSecretValue", lambda: secrets.text("drimbox/x")),
    "tenant secret": ("s3", "GetObject", lambda: tenant_secrets.read("secrets", "demo", "traits")),
    "tenant": ("dynamodb", "GetItem", lambda: tenants.find("tenants", "demo")),
    "tenant put": (
        "dynamodb",
        "PutItem",
        lambda: tenants.TenantFiles("tenants").put("demo", json.dumps(SITE_FACTS), "s"),
    ),
    "tenant delete": (
        "dynamodb",
        "DeleteItem",
        lambda: tenants.TenantFiles("tenants").remove("demo", "s"),
    ),
    "tenants": ("dynamodb", "Scan", lambda: list(tenants.every("tenants"))),
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
    store = S3CacheStore("cache", "demo", 2)
    with failing(clients.s3(), "CreateMultipartUpload", "x", times=0) as started:
        upload = store.upload("big", "multipart/related")
        upload.add(1, b"x")
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
    store = S3CacheStore("cache", "demo", 2)
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


@pytest.fixture
def trusted(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The anchors of each context that is made by clients that several peers share."""
    made: list[str] = []

    def context(anchors: str, identity: TlsIdentity | None = None) -> bool:
        made.append(anchors)
        return True

    monkeypatch.setattr(https, "tls_context", context)
    https.client.cache_clear()
    yield made
    https.client.cache_clear()


def test_each_peer_is_vouched_for_by_its_own_bundle_alone(
    aws: None, trusted: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """An authority that one peer brings vouches for no other."""
    platform = {
        "psc": "{psc}",
        "dmp": "{dmp}",
        "operators": "{operators}",
        "structures": keys().authority.root.certificate_pem,
        "white_list": "{white list}",
        "white_list_signer": "{signer}",
        "peers": "{peers}",
    }
    pair = {"certificate": keys().auth.certificate_pem, "private_key": keys().auth.key_pem}
    sign = {"certificate": keys().sign.certificate_pem, "private_key": keys().sign.key_pem}
    for name, value in {
        "platform/trust-anchors": platform,
        "platform/psc-client": pair,
        "platform/oidc-client": {"client_secret": ""},
        "platform/lps": dict.fromkeys(("id", "name", "version", "homologation"), "x"),
    }.items():
        put_secret(f"drimbox/{name}", json.dumps(value))
    for use, value in (("auth", pair), ("sign", sign)):
        put_tenant_secret("demo", f"structures/{STRUCTURE}/{use}", json.dumps(value))
    settings: Any = SimpleNamespace(
        trust_anchors_secret="drimbox/platform/trust-anchors",
        psc_client_secret="drimbox/platform/psc-client",
        psc_client_id="drimbox",
        psc_issuer="https://psc.example",
        operator_client_secret="drimbox/platform/oidc-client",
        operator_issuer="https://operators.example",
        operator_client_id="drimbox",
        structure_secrets="secrets",
        lps_secret="drimbox/platform/lps",
        dmp_url="https://dmp.example",
        dmp_algorithms="sha256",
        white_list_url="https://white-list.example/liste-blanche.xml",
        white_list_revocation_urls="http://igc.example/a.crl http://igc.example/b.crl",
        white_list_signer_name="Liste Blanche DRIM-M",
        white_list_signer_unit="318751275100020",
        peers_table="peers",
    )
    https.open_psc(settings)
    open_operators_provider(settings, "https://vi.example/session")
    own = TenantKeys("secrets", "demo", settings.trust_anchors_secret, VirtualClock()).of(
        TENANT.structures[0]
    )
    connections._session(settings, own, own.signer(), None)  # type: ignore[arg-type]
    assert trusted == ["{psc}", "{operators}", "{dmp}"]
    desk = open_desk(settings)
    assert trusted[-1] == "{white list}"
    assert desk.signer == Signer("Liste Blanche DRIM-M", "318751275100020", "{signer}")
    made: list[str] = []
    monkeypatch.setattr(peers, "tls_context", made.append)
    monkeypatch.setattr(peers, "open_client", lambda _: None)
    peers._client(settings.trust_anchors_secret)
    assert made == ["{peers}"]
    assert isinstance(desk.source, HttpSource)
    assert desk.source.revocation_urls == ("http://igc.example/a.crl", "http://igc.example/b.crl")


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
