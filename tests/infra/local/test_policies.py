"""The Deny statements of bucket policies: enforced by our S3, refused when they say too much."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, Final

import httpx
import pytest
from botocore.exceptions import ClientError

from functions.aws.cache_store import S3CacheStore
from functions.aws.uploads import S3Uploads
from infra.admin.secret_stores import SecretRefused, Stores
from infra.local.assembly import Assembly, Stack, load_assembly
from infra.local.aws.signature import Verifier
from infra.local.aws.web import WebServer
from infra.local.install import Install, open_install
from infra.local.s3.buckets import Bucket, read_buckets
from infra.local.s3.policies import CLOUD_TRANSPORT
from infra.local.s3.service import S3Service
from infra.local.s3.store import ObjectStore
from infra.local.template import TemplateError, resolve
from tests.infra.local.support import ACCOUNT, REGION, clients

ARN: Final = {"Fn::GetAtt": ["Bucket", "Arn"]}
EVERYTHING: Final = [ARN, {"Fn::Join": ["", [ARN, "/*"]]}]
SIGNED: Final = {"StringEquals": {"s3:authType": "REST-QUERY-STRING"}}


def deny(condition: dict[str, Any], **changed: Any) -> dict[str, Any]:
    """One statement; a None in ``changed`` leaves an element out."""
    made = {
        "Sid": "Ours",
        "Effect": "Deny",
        "Principal": {"AWS": "*"},
        "Action": "s3:*",
        "Resource": EVERYTHING,
        "Condition": condition,
        **changed,
    }
    return {name: value for name, value in made.items() if value is not None}


def buckets(folder: Path, *statements: Any, document: Any = None) -> dict[str, Bucket]:
    """One bucket, ``plain``, under that policy."""
    resources = {
        "Bucket": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "plain"}},
        "Policy": {
            "Type": "AWS::S3::BucketPolicy",
            "Properties": {
                "Bucket": {"Ref": "Bucket"},
                "PolicyDocument": document or {"Statement": list(statements)},
            },
        },
    }
    stack = Stack("Mini", ACCOUNT, REGION, {"Resources": resources})
    assembly = Assembly(folder, (stack,))
    return read_buckets(resolve(assembly, Install(folder, b"s" * 32), "http://127.0.0.1"))


@dataclass
class Served:
    """A running S3 whose clock the test moves."""

    install: Install
    url: str
    offset: timedelta = timedelta()

    def client(self) -> Any:
        return clients(self.install, self.url, "s3")

    def now(self) -> datetime:
        return datetime.now(UTC) + self.offset

    def signed(self, seconds: int = 900, method: str = "get_object") -> str:
        place = {"Bucket": "plain", "Key": "k"}
        return str(self.client().generate_presigned_url(method, place, seconds))


Serve = Callable[..., Served]


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    """Serve ``plain`` under these statements."""
    servers: list[WebServer] = []

    def start(*statements: Any, **transport: str) -> Served:
        served = Served(open_install(tmp_path / "data"), "")
        install = served.install
        store = ObjectStore(tmp_path / "objects", buckets(tmp_path, *statements), served.now)
        verifier = Verifier(install.access_key_id, install.secret_access_key, served.now)
        facts = {**CLOUD_TRANSPORT, **transport}
        server = WebServer(0, S3Service(store, verifier, facts))
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        servers.append(server)
        served.url = f"http://127.0.0.1:{server.port}"
        return served

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def code(call: Callable[[], object]) -> str:
    """The error's code, "" when there is none."""
    try:
        call()
    except ClientError as error:
        return str(error.response["Error"]["Code"])
    return ""


def test_an_old_signed_url_is_refused_and_another_request_is_not(serve: Serve) -> None:
    s3 = serve(deny({**SIGNED, "NumericGreaterThan": {"s3:signatureAge": 300_000}}))
    s3.client().put_object(Bucket="plain", Key="k", Body=b"x")
    url = s3.signed()
    s3.offset = timedelta(seconds=298)
    assert httpx.get(url).status_code == 200
    s3.offset = timedelta(seconds=301)
    refused = httpx.get(url)
    assert (refused.status_code, "Ours" in refused.text) == (403, True)
    assert s3.client().get_object(Bucket="plain", Key="k")["Body"].read() == b"x"


def test_every_signed_url_is_refused(serve: Serve) -> None:
    s3 = serve(deny(SIGNED))
    s3.client().put_object(Bucket="plain", Key="k", Body=b"x")
    assert httpx.get(s3.signed()).status_code == 403
    assert httpx.put(s3.signed(method="put_object"), content=b"y").status_code == 403
    assert s3.client().get_object(Bucket="plain", Key="k")["Body"].read() == b"x"


@pytest.mark.parametrize(
    ("condition", "transport"),
    [
        ({"Bool": {"aws:SecureTransport": "false"}}, {"aws:SecureTransport": "false"}),
        ({"Bool": {"aws:SecureTransport": False}}, {"aws:SecureTransport": "false"}),
        ({"NumericLessThan": {"s3:TlsVersion": 1.2}}, {"s3:TlsVersion": "1.1"}),
    ],
)
def test_the_transport(serve: Serve, condition: Any, transport: dict[str, str]) -> None:
    s3 = serve(deny(condition))
    s3.client().put_object(Bucket="plain", Key="k", Body=b"x")
    spoiled = serve(deny(condition), **transport).client()
    assert code(lambda: spoiled.get_object(Bucket="plain", Key="k")) == "AccessDenied"
    assert code(lambda: spoiled.list_objects_v2(Bucket="plain")) == "AccessDenied"


def test_the_encryption_that_a_writer_names(serve: Serve) -> None:
    key = "s3:x-amz-server-side-encryption"
    s3 = serve(deny({"StringNotEquals": {key: ["aws:kms", "aws:kms:dsse"]}}, Action="s3:PutObject"))
    client = s3.client()
    assert code(lambda: client.put_object(Bucket="plain", Key="k")) == "AccessDenied"
    assert (
        code(lambda: client.put_object(Bucket="plain", Key="k", ServerSideEncryption="AES256"))
        == "AccessDenied"
    )
    client.put_object(Bucket="plain", Key="k", ServerSideEncryption="aws:kms")
    assert client.get_object(Bucket="plain", Key="k")["Body"].read() == b""


def test_a_write_must_name_a_key_and_not_that_one(serve: Serve) -> None:
    named = "s3:x-amz-server-side-encryption-aws-kms-key-id"
    s3 = serve(
        deny({"Null": {named: "true"}}, Action="s3:PutObject"),
        deny({"StringEquals": {named: ["alias/ours", "k1"]}}, Action="s3:PutObject"),
    ).client()

    def put(**options: str) -> str:
        return code(lambda: s3.put_object(Bucket="plain", Key="k", **options))

    assert put() == "AccessDenied"
    assert put(ServerSideEncryption="aws:kms") == "AccessDenied"
    for key in ("alias/ours", "k1"):
        assert put(ServerSideEncryption="aws:kms", SSEKMSKeyId=key) == "AccessDenied"
    assert put(ServerSideEncryption="aws:kms", SSEKMSKeyId="alias/theirs") == ""


def test_a_tenant_s_secret_is_refused_under_the_bucket_s_own_key(
    tmp_path: Path, assembly_folder: Path
) -> None:
    """The template's own policy: ``aws s3 cp`` without a key is refused, ``provision`` is not."""
    install = open_install(tmp_path / "data")
    deployment = resolve(load_assembly(assembly_folder), install, "http://127.0.0.1")
    [bucket] = (one for name, one in read_buckets(deployment).items() if "-secrets-" in name)
    store = ObjectStore(tmp_path / "objects", {bucket.name: bucket}, lambda: datetime.now(UTC))
    verifier = Verifier(install.access_key_id, install.secret_access_key, lambda: datetime.now(UTC))
    server = WebServer(0, S3Service(store, verifier))
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    url = f"http://127.0.0.1:{server.port}"
    s3: Any = clients(install, url, "s3")
    copy = {"Bucket": bucket.name, "Key": "demo/traits", "Body": b"{}"}
    stores = Stores(clients(install, url, "secretsmanager"), s3, bucket.name)
    try:
        assert code(lambda: s3.put_object(**copy)) == "AccessDenied"
        data = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": "alias/drimbox/data"}
        assert code(lambda: s3.put_object(**copy, **data)) == "AccessDenied"
        assert stores.make("demo") == ["demo/traits", "demo/sessions", "demo/webhook"]
        assert stores.put({"demo/trust-anchors": "a"}) == ["demo/trust-anchors"]
        assert stores.put({"demo/trust-anchors": "b"}) == ["demo/trust-anchors"]
        s3.delete_object(Bucket=bucket.name, Key="demo/traits")
        with pytest.raises(SecretRefused):
            stores.make("demo")
    finally:
        server.shutdown()
        server.server_close()


def test_a_write_that_names_tags_needs_their_right_too(serve: Serve) -> None:
    s3 = serve(deny({"Bool": {"aws:SecureTransport": "true"}}, Action="s3:PutObjectTagging"))
    client = s3.client()
    client.put_object(Bucket="plain", Key="k")
    tagged = {"Bucket": "plain", "Key": "k", "Tagging": "a=1"}
    assert code(lambda: client.put_object(**tagged)) == "AccessDenied"
    assert code(lambda: client.create_multipart_upload(**tagged)) == "AccessDenied"


@pytest.mark.parametrize(
    ("changed", "refused"),
    [
        ({"Action": "s3:GetObject"}, {"get"}),
        ({"Action": ["s3:getobject*", "s3:ListBucket"]}, {"get", "version", "list"}),
        ({"Action": "s3:GetObjectVersion"}, {"version"}),
        ({"Resource": ARN}, {"list"}),
        ({"Resource": EVERYTHING[1:]}, {"get", "version", "put", "delete"}),
        ({"Principal": "*", "Condition": None}, {"get", "version", "list", "put", "delete"}),
        ({"Effect": "Allow"}, set()),
        # A statement holds when every one of its conditions does.
        ({"Condition": {**SIGNED, "Bool": {"aws:SecureTransport": "true"}}}, set()),
    ],
)
def test_what_a_statement_is_about(
    serve: Serve, changed: dict[str, Any], refused: set[str]
) -> None:
    s3 = serve(deny({"Bool": {"aws:SecureTransport": "true"}}, **changed))
    client = s3.client()
    calls: dict[str, Callable[[], object]] = {
        "get": lambda: client.get_object(Bucket="plain", Key="k"),
        "version": lambda: client.get_object(Bucket="plain", Key="k", VersionId="null"),
        "list": lambda: client.list_objects_v2(Bucket="plain"),
        "put": lambda: client.put_object(Bucket="plain", Key="k"),
        "delete": lambda: client.delete_objects(Bucket="plain", Delete={"Objects": [{"Key": "k"}]}),
    }
    assert {name for name, call in calls.items() if code(call) == "AccessDenied"} == refused


@pytest.mark.parametrize(
    ("statement", "what"),
    [
        (deny({"StringLike": {"s3:authType": "REST*"}}), "the condition operator StringLike"),
        (deny({"BoolIfExists": {"aws:SecureTransport": "false"}}), "operator BoolIfExists"),
        (deny({"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}), "operator IpAddress"),
        (deny({"StringEquals": {"aws:SourceVpce": "vpce-1"}}), "the condition key aws:SourceVpce"),
        (deny({"StringEquals": {"s3:AuthType": "x"}}), "the condition key s3:AuthType"),
        (deny({"NumericGreaterThan": {"s3:signatureAge": "soon"}}), "the value of s3:signatureAge"),
        (deny({"StringEquals": {"s3:authType": []}}), "the value of s3:authType"),
        (deny({"Null": {"s3:authType": "false"}}), "a Null other than true"),
        (deny({}, Principal={"AWS": "arn:aws:iam::1:root"}), "not for everybody"),
        (deny({}, Principal=None, NotPrincipal="*"), "NotPrincipal"),
        (deny({}, Action=None, NotAction="s3:GetObject"), "NotAction"),
        (deny({}, Action=None), "a Deny of no Action"),
        (deny({}, Resource=None, NotResource="*"), "NotResource"),
        (deny({}, Resource={"Fn::Join": ["", [ARN, "-2/demo/*"]]}), "a Resource other than"),
        (deny({}, Resource="arn:aws:s3:::another/*"), "a Resource other than"),
        (deny({}, Resource=[]), "a Resource other than"),
        (deny({}, Effect="deny"), "its Effect"),
        (deny({}, Effect=None), "its Effect"),
    ],
)
def test_a_statement_that_says_more_stops_the_start(
    tmp_path: Path, statement: dict[str, Any], what: str
) -> None:
    with pytest.raises(TemplateError, match="Mini/Policy: statement Ours: ") as error:
        buckets(tmp_path, deny(SIGNED), statement)
    assert what in str(error.value)


def test_a_statement_about_some_keys(serve: Serve) -> None:
    some = {"Fn::Join": ["", [ARN, "/*/in[1]/*"]]}
    client = serve(deny({}, Resource=some, Action="s3:PutObject")).client()
    for key, refused in (
        ("a/in[1]/k", True),
        ("a/b/in[1]/", True),
        ("in[1]/k", False),
        ("a/in[1]", False),
        ("a/in1/k", False),
    ):
        put = partial(client.put_object, Bucket="plain", Key=key)
        assert code(put) == ("AccessDenied" if refused else "")
    assert code(lambda: client.list_objects_v2(Bucket="plain")) == ""


def test_an_object_is_made_once(serve: Serve) -> None:
    """As the templates deny overwriting: a part replaces nothing, a completion might."""
    once = {"Null": {"s3:if-none-match": "true"}, "Bool": {"s3:ObjectCreationOperation": "true"}}
    client = serve(deny(once, Action="s3:PutObject")).client()
    at = {"Bucket": "plain", "Key": "k"}
    assert code(lambda: client.put_object(**at)) == "AccessDenied"
    upload = {**at, "UploadId": client.create_multipart_upload(**at)["UploadId"]}
    tag = client.upload_part(**upload, PartNumber=1, Body=b"x")["ETag"]
    parts = {"MultipartUpload": {"Parts": [{"PartNumber": 1, "ETag": tag}]}}
    assert code(lambda: client.complete_multipart_upload(**upload, **parts)) == "AccessDenied"
    assert code(lambda: client.put_object(**at, IfNoneMatch="*")) == ""
    assert (
        code(lambda: client.complete_multipart_upload(**upload, **parts, IfNoneMatch="*"))
        == "PreconditionFailed"
    )


def test_policies_of_one_bucket_add_up(tmp_path: Path) -> None:
    found = buckets(tmp_path, document={"Statement": deny(SIGNED)})["plain"]
    assert [denial.sid for denial in found.denials] == ["Ours"]


def test_every_signed_url_has_its_bucket_in_the_rule() -> None:
    """Functions sign in two places: the rule of the template knows the bucket of each."""
    functions = Path(__file__).resolve().parents[3] / "functions"
    signing = {
        path.stem
        for path in functions.rglob("*.py")
        if "generate_presigned" in path.read_text("utf-8")
    }
    modules = {S3CacheStore.__module__, S3Uploads.__module__}
    assert signing == {name.rpartition(".")[2] for name in modules}
