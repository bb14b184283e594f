"""Calls that the loan of a tenant does not open: every operation of the services' own models, on
the things of others, and tricks with credentials, encodings, headers and signatures.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from itertools import product
from typing import Any, Final
from urllib.parse import quote, urlencode, urlsplit

from botocore.auth import S3SigV4Auth, S3SigV4QueryAuth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials as Keys
from botocore.model import OperationModel, Shape, StructureShape

from functions.drimbox.agents.answering import INCOMING
from tests.infra.local.lent_scenes import CLOSED, LIKE_A, A, B, Credentials, Served, read_all
from tests.infra.local.support import ACCOUNT, REGION

# The operations that the loan opens on the tenant's own things, and the parts of an upload.
OPEN_ON_OBJECTS: Final = frozenset(
    {
        *("PutObject", "CreateMultipartUpload", "UploadPart", "CompleteMultipartUpload"),
        *("ListParts", "AbortMultipartUpload"),
    }
)
OPEN_ON_QUEUES: Final = frozenset(
    {
        *("ReceiveMessage", "DeleteMessage", "DeleteMessageBatch"),
        *("ChangeMessageVisibility", "ChangeMessageVisibilityBatch"),
    }
)
# They name neither a bucket of ours nor a key.
_ELSEWHERE: Final = frozenset({"WriteGetObjectResponse", "ListDirectoryBuckets"})
_NOTHING: Final = "UNSIGNED-PAYLOAD"
_KEYS_OF: Final = f"arn:aws:kms:{REGION}:{ACCOUNT}:"
_SSE: Final = "x-amz-server-side-encryption"


@dataclass(frozen=True, slots=True)
class Request:
    """One request, signed."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Call:
    """One call, not made yet: to build it costs more than to send it. ``group`` and ``name`` tell
    the trick and its place.
    """

    group: str
    name: str
    make: Callable[[], Request]

    def __str__(self) -> str:
        return f"{self.group}: {self.name}"


class _BuiltError(Exception):
    """boto has prepared a request, which nobody sends."""

    def __init__(self, request: Any) -> None:
        super().__init__("built")
        self.request = request


def built(client: Any, operation: str, facts: Mapping[str, Any]) -> Request:
    """The request that boto makes of an operation."""

    def stop(request: Any, **_: Any) -> None:
        raise _BuiltError(request)

    method = next(
        one for one, called in client.meta.method_to_api_mapping.items() if called == operation
    )
    client.meta.events.register("before-send", stop, unique_id="stop")
    try:
        getattr(client, method)(**facts)
    except _BuiltError as made:
        request = made.request
    else:
        raise AssertionError(f"{operation} was not built")
    finally:
        client.meta.events.unregister("before-send", unique_id="stop")
    place = urlsplit(request.url)
    target = place.path + (f"?{place.query}" if place.query else "")
    headers = {
        key: value.decode() if isinstance(value, bytes) else str(value)
        for key, value in request.headers.items()
    }
    headers = {"Host": place.netloc, **headers}
    return Request(request.method, target, headers, read_all(request.body))


def sample(shape: Shape, depth: int = 0) -> Any:
    """The least value that boto takes for a shape."""
    if isinstance(shape, StructureShape):
        if getattr(shape, "is_tagged_union", False):
            name, member = next(iter(shape.members.items()))
            return {name: sample(member, depth + 1)}
        return {name: sample(shape.members[name], depth + 1) for name in shape.required_members}
    made: dict[str, Callable[[], Any]] = {
        "list": lambda: [sample(shape.member, depth + 1)],  # type: ignore[attr-defined]
        "map": dict,
        "integer": lambda: 1,
        "long": lambda: 1,
        "float": lambda: 1.0,
        "double": lambda: 1.0,
        "boolean": lambda: True,
        "blob": lambda: b"x",
        "timestamp": lambda: datetime(2026, 1, 1, tzinfo=UTC),
    }
    return made.get(shape.type_name, lambda: _text(shape))()


def _text(shape: Shape) -> str:
    several = list(getattr(shape, "enum", ()))
    return several[0] if several else "x" * max(int(shape.metadata.get("min", 1)), 1)


def facts_of(operation: OperationModel, **given: Any) -> dict[str, Any]:
    """The least arguments of an operation, with those of ``given`` that it takes."""
    shape = operation.input_shape
    if shape is None:
        return {}
    least: dict[str, Any] = sample(shape)
    return least | {name: given[name] for name in given if name in shape.members}


@dataclass(frozen=True)
class Calls:
    """The calls of A's loan."""

    scene: Served
    lent: Credentials

    def all(self) -> Iterator[Call]:
        """Every call, in the same order each time."""
        yield from self.of_objects()
        yield from self.of_buckets()
        yield from self.of_queues()
        yield from self.of_other_services()
        yield from self.of_headers()
        yield from self.of_uploads()
        yield from self.of_encodings()
        yield from self.of_credentials()

    # The places.

    def keys(self) -> Iterator[tuple[str, str]]:
        """Bucket and key of every object that is not A's to put."""
        ours, others = self.scene.bucket, [n for n in self.scene.buckets if n != self.scene.bucket]
        for key in (
            f"{B}/{INCOMING}object",
            f"{B}/{INCOMING}absent",
            f"{B}/{INCOMING}{A}/{INCOMING}object",
            f"{B}/answers/object",
            f"{B}/object",
            f"{LIKE_A}/{INCOMING}object",
            f"{A}/object",
            f"{A}/answers/object",
            f"{A}/{INCOMING[:-1]}",
            f"{A}/{INCOMING[:-1]}x/object",
            f"{A.upper()}/{INCOMING}object",
            f"/{A}/{INCOMING}object",
            f"x/{A}/{INCOMING}object",
        ):
            yield ours, key
        for bucket in (*others, "absent"):
            yield bucket, f"{A}/{INCOMING}object"
        yield next(iter(others)), f"{B}/object"

    def _operations(self, service: str) -> list[OperationModel]:
        model = self.scene.client(service).meta.service_model
        return [model.operation_model(name) for name in model.operation_names]

    def of_objects(self) -> Iterator[Call]:
        """Every operation that names a key, on each object that is not A's to put; and on A's own
        those that the loan does not open."""
        client = self.scene.client("s3", self.lent)
        own = (self.scene.bucket, f"{A}/{INCOMING}object")
        for operation in self._operations("s3"):
            if "Key" not in getattr(operation.input_shape, "members", ()):
                continue
            places = list(self.keys())
            if operation.name not in OPEN_ON_OBJECTS:
                places.append(own)
            for bucket, key in places:
                facts = facts_of(operation, Bucket=bucket, Key=key, **self._sealed(operation.name))
                name = f"{operation.name} {bucket}/{key}"
                yield Call("object", name, partial(built, client, operation.name, facts))

    def _sealed(self, operation: str) -> dict[str, str]:
        """The best arguments for a write: A's key, and no overwriting."""
        once = {} if operation == "DeleteObject" else {"IfNoneMatch": "*"}
        if operation in {"PutObject", "CreateMultipartUpload", "CopyObject"}:
            return {
                **once,
                "ServerSideEncryption": "aws:kms",
                "SSEKMSKeyId": self.scene.key(A),
                "CopySource": f"{self.scene.bucket}/{B}/{INCOMING}object",
            }
        return {**once, "CopySource": f"{self.scene.bucket}/{B}/{INCOMING}object"}

    def of_buckets(self) -> Iterator[Call]:
        """Every operation that names a bucket alone, or none; lists also of A's own prefix."""
        client = self.scene.client("s3", self.lent)
        for operation in self._operations("s3"):
            members = getattr(operation.input_shape, "members", {})
            if "Key" in members or operation.name in _ELSEWHERE:
                continue
            prefixes = ("", f"{B}/", f"{A}/{INCOMING}") if "Prefix" in members else ("",)
            buckets = (*self.scene.buckets, "absent") if "Bucket" in members else ("",)
            for bucket, prefix in product(buckets, prefixes):
                facts = facts_of(operation, Bucket=bucket, Prefix=prefix)
                if operation.name == "DeleteObjects":
                    facts["Delete"] = {
                        "Objects": [{"Key": f"{B}/object"}, {"Key": f"{A}/{INCOMING}object"}]
                    }
                name = f"{operation.name} {bucket} {prefix}"
                yield Call("bucket", name, partial(built, client, operation.name, facts))

    def queue_urls(self) -> Iterator[str]:
        """The queues that are not A's, and ways to write one's name."""
        own = self.scene.queue(A).url
        yield from (one.url for one in self.scene.queues.values() if one.url != own)
        yield self.scene.queue(B).url.replace("127.0.0.1", "localhost")
        yield f"{own}-absent"
        yield own.upper().replace("HTTP", "http")
        yield own.replace(ACCOUNT, "000000000000")
        yield f"{own}/"
        yield f"{own}/{self.scene.queue(B).name}"
        yield f"{own}?x=/{self.scene.queue(B).name}"
        yield f"{own}#/{self.scene.queue(B).name}"
        yield f"{own}%2f..%2f{self.scene.queue(B).name}"
        yield f"{self.scene.queue(B).url}\n"

    def of_queues(self) -> Iterator[Call]:
        """Every operation of queues, on each queue but A's own; and on that those that the loan
        does not open."""
        client = self.scene.client("sqs", self.lent)
        own = self.scene.queue(A)
        for operation in self._operations("sqs"):
            urls: list[str] = [self.scene.queue(B).url]
            if "QueueUrl" in getattr(operation.input_shape, "members", ()):
                opened = operation.name in OPEN_ON_QUEUES
                urls = [*self.queue_urls(), *([] if opened else [own.url])]
            for url in urls:
                given = {
                    "QueueName": self.scene.queue(B).name,
                    "SourceArn": self.scene.queue(B).arn,
                }
                facts = facts_of(operation, QueueUrl=url, **given)
                name = f"{operation.name} {url}"
                yield Call("queue", name, partial(built, client, operation.name, facts))
        yield from self._of_regions()

    def _of_regions(self) -> Iterator[Call]:
        """A's own queue in another region; two names of queues; another protocol; no name."""
        own, theirs = self.scene.queue(A).url, self.scene.queue(B).url
        bodies = {
            "none": b"{}",
            "not JSON": b"QueueUrl=" + own.encode(),
            "a list": json.dumps([own]).encode(),
            "a list of names": json.dumps({"QueueUrl": [own]}).encode(),
            "two names": f'{{"QueueUrl": "{own}", "QueueUrl": "{theirs}"}}'.encode(),
            "UTF-16": json.dumps({"QueueUrl": theirs}).encode("utf-16"),
            "deep": b"[" * 100_000,
        }
        for action in ("ReceiveMessage", "DeleteMessage", "PurgeQueue", "receivemessage", ""):
            head = {
                "X-Amz-Target": f"AmazonSQS.{action}",
                "Content-Type": "application/x-amz-json-1.0",
            }
            for name, body in bodies.items():
                yield self.signed(
                    "queue", f"{action} {name}", "POST", "/", head, body=body, service="sqs"
                )
            for region in ("eu-west-1", "us-east-1", "*", f"{REGION}:{ACCOUNT}"):
                body = json.dumps({"QueueUrl": own, "ReceiptHandle": "x"}).encode()
                yield self.signed(
                    "queue",
                    f"{action} {region}",
                    "POST",
                    "/",
                    head,
                    body=body,
                    service="sqs",
                    region=region,
                )
            form = urlencode({"Action": action, "QueueUrl": theirs}).encode()
            for target in ("/", urlsplit(theirs).path, f"/?{form.decode()}"):
                yield self.signed(
                    "queue", f"{action} form", "POST", target, {}, body=form, service="sqs"
                )

    def of_other_services(self) -> Iterator[Call]:
        """Every operation of the other services of the endpoint."""
        for name in ("sts", *CLOSED):
            client = self.scene.client("stepfunctions" if name == "states" else name, self.lent)
            for operation in client.meta.service_model.operation_names:
                model = client.meta.service_model.operation_model(operation)
                if model.endpoint or model.auth_type == "none":
                    continue  # it has another host, or no signature
                given = {
                    "RoleArn": self.scene.role.arn,
                    "RoleSessionName": f"{B}.salle-1",
                    "Tags": [{"Key": "tenant", "Value": B}],
                }
                given = given if name == "sts" else {}
                facts = facts_of(model, **given)
                yield Call(name, operation, partial(built, client, operation, facts))

    def of_headers(self) -> Iterator[Call]:
        """Writes under A's own prefix that do more than to write, or seal with another's key."""
        own = f"/{self.scene.bucket}/{A}/{INCOMING}fresh"
        best = {"If-None-Match": "*", _SSE: "aws:kms", f"{_SSE}-aws-kms-key-id": self.scene.key(A)}
        more = {
            "x-amz-tagging": "days=400",
            "x-amz-acl": "public-read",
            "x-amz-grant-read": 'uri="http://acs.amazonaws.com/groups/global/AllUsers"',
            "x-amz-grant-full-control": 'id="1"',
            "x-amz-grant-read-acp": 'id="1"',
            "x-amz-grant-write": 'id="1"',
            "x-amz-grant-write-acp": 'id="1"',
            "x-amz-object-lock-mode": "COMPLIANCE",
            "x-amz-object-lock-retain-until-date": "2099-01-01T00:00:00Z",
            "x-amz-object-lock-legal-hold": "ON",
            "x-amz-bypass-governance-retention": "true",
        }
        sealed: list[dict[str, str | None]] = [
            {f"{_SSE}-aws-kms-key-id": None},
            {_SSE: None},
            {_SSE: "AES256"},
            *(
                dict[str, str | None]({f"{_SSE}-aws-kms-key-id": key})
                for key in (
                    self.scene.key(B),
                    self.scene.key(LIKE_A),
                    self.scene.key("*"),
                    f"{_KEYS_OF}alias/drimbox/data",
                    f"{_KEYS_OF}alias/drimbox/tenants/{A}:alias/drimbox/tenants/{B}",
                    f"{_KEYS_OF}key/1234",
                    f"alias/drimbox/tenants/{B}",
                    "alias/drimbox/data",
                    "1234",
                    "",
                )
            ),
        ]
        creating = (("PUT", own), ("POST", f"{own}?uploads"))
        for (method, target), (name, value) in product(creating, more.items()):
            yield self.signed("header", f"{method} {name}", method, target, {**best, name: value})
        for (method, target), changed in product(creating, sealed):
            headers = {
                name: value for name, value in {**best, **changed}.items() if value is not None
            }
            yield self.signed("key", f"{method} {changed}", method, target, headers)
        once = {name: value for name, value in best.items() if name != "If-None-Match"}
        yield self.signed("header", "overwriting", "PUT", own, once)
        yield from self._of_copies(own, best)

    def _of_copies(self, own: str, best: Mapping[str, str]) -> Iterator[Call]:
        """A's own object as a copy of another's."""
        bucket = self.scene.bucket
        places = [f"{bucket}/{key}" for at, key in self.keys() if at == bucket]
        places += [f"{name}/{tenant}/object" for name in self.scene.buckets for tenant in (A, B)]
        upload = "?partNumber=1&uploadId=1"
        for place, target in product(places, (own, f"{own}{upload}")):
            for source in (place, f"/{place}", quote(place, safe=""), f"{place}?versionId=null"):
                headers = {**best, "x-amz-copy-source": source}
                yield self.signed("copy", f"{target} of {source}", "PUT", target, headers)

    def of_uploads(self) -> Iterator[Call]:
        """An upload of B's, by its own name, at B's key and at A's."""
        upload = self.scene.upload.upload
        for tenant, action in product((A, B), ("PUT", "GET", "POST", "DELETE")):
            key = f"{tenant}/{INCOMING}upload"
            number = "partNumber=1&" if action == "PUT" else ""
            target = f"/{self.scene.bucket}/{key}?{number}uploadId={upload}"
            headers = {"If-None-Match": "*"} if action == "POST" else {}
            yield self.signed("upload", f"{action} {key}", action, target, headers)

    def of_encodings(self) -> Iterator[Call]:
        """Other ways to write the place of B's object."""
        bucket, theirs = self.scene.bucket, f"{B}/{INCOMING}object"
        own = f"{A}/{INCOMING}"
        targets = [
            f"/{bucket}/{quote(theirs, safe='')}",
            f"/{bucket}/%76oisin/{INCOMING}object",
            f"/{bucket}/%2576oisin/{INCOMING}object",
            f"/{bucket}//{theirs}",
            f"//{bucket}/{theirs}",
            f"/{bucket}%2F{theirs}",
            f"/{bucket}%2F{own}{theirs}",
            f"/{bucket}/./{theirs}",
            f"/{bucket}/{B}/../{theirs}",
            f"/{bucket}/../{bucket}/{theirs}",
            f"/./{bucket}/{theirs}",
            f"/{bucket}/{theirs}%00",
            f"/{bucket}/{theirs}?{own}",
            f"/{bucket}/{theirs}?key={own}object",
            f"/{bucket}/{theirs}?prefix={own}",
            f"/{bucket}/{theirs}?versionId=null",
            f"/{bucket}/{theirs}%3F{own}",
            f"/{bucket}/{theirs}%23{own}",
            f"/{bucket}/{A}%E2%88%95{INCOMING}object",
            f"/{bucket}/{A}%5C{INCOMING}object",
            f"/{bucket}/%EF%BD%84emo/{INCOMING}object",
            f"/{bucket}/*/{INCOMING}object",
            f"/{bucket}/{A}?/{INCOMING}object",
            f"/{bucket}/$%7Baws:PrincipalTag/tenant%7D/{INCOMING}object",
            f"/{bucket.upper()}/{own}object",
            f"/{bucket}./{own}object",
            f"/{A}/{INCOMING}object",
            f"/arn:aws:s3:::{bucket}/{own}object",
            f"{self.scene.url}/{bucket}/{theirs}",
        ]
        best = {"If-None-Match": "*", _SSE: "aws:kms", f"{_SSE}-aws-kms-key-id": self.scene.key(A)}
        for target, method in product(
            targets, ("GET", "HEAD", "PUT", "DELETE", "POST", "get", "COPY")
        ):
            yield self.signed("encoding", f"{method} {target}", method, target, best)
        for target, more in product(targets, ("uploads", "uploadId=1", "tagging", "acl", "delete")):
            joint = "&" if "?" in target else "?"
            yield self.signed(
                "encoding", f"POST {target} {more}", "POST", f"{target}{joint}{more}", best
            )
        # Within A's own prefix nothing can be read, wherever the dots lead.
        for path, method in product(
            (f"{own}../../{theirs}", f"{own}..%2f..%2f{theirs}", f"{own}%2e%2e/object"),
            ("GET", "HEAD", "DELETE"),
        ):
            yield self.signed("encoding", f"{method} {path}", method, f"/{bucket}/{path}", {})

    def of_credentials(self) -> Iterator[Call]:
        """Credentials that are none, signatures of other requests, and signed URLs."""
        yield from self._of_forgeries()
        yield from self._of_altered()
        yield from self._of_signed_urls()

    def _of_forgeries(self) -> Iterator[Call]:
        """Each with a call that A's loan would open, on B's things and on A's own."""
        other = self.scene.lend(B)
        token, mark = self.lent["SessionToken"].split(".")
        facts = json.loads(base64.urlsafe_b64decode(token))

        def forged(**changes: Any) -> str:
            text = json.dumps({**facts, **changes}).encode()
            return f"{base64.urlsafe_b64encode(text).decode()}.{mark}"

        changed: dict[str, dict[str, str]] = {
            "no token": {"SessionToken": ""},
            "no mark": {"SessionToken": token},
            "another mark": {"SessionToken": f"{token}.{'0' * 64}"},
            "B's tag": {"SessionToken": forged(tags={"tenant": B})},
            "no tag": {"SessionToken": forged(tags={})},
            "a wildcard for a tag": {"SessionToken": forged(tags={"tenant": "*"})},
            "a later end": {"SessionToken": forged(ends_at=9e9)},
            "another role": {"SessionToken": forged(role="arn:aws:iam::1:role/admin")},
            "B's token": {"SessionToken": other["SessionToken"]},
            "B's key": {"AccessKeyId": other["AccessKeyId"]},
            "B's key and token": {
                "AccessKeyId": other["AccessKeyId"],
                "SessionToken": other["SessionToken"],
            },
            "B's secret": {"SecretAccessKey": other["SecretAccessKey"]},
            "the key of the installation": {"AccessKeyId": self.scene.install.access_key_id},
            "an unknown key": {"AccessKeyId": "ASIA" + "0" * 16},
            "garbage": {"SessionToken": "é!"},
        }
        for name, change in changed.items():
            forger = replace(self, lent={**self.lent, **change})
            yield from forger.attempts(f"forged, {name}", A, B)

    def attempts(self, group: str, *tenants: str) -> Iterator[Call]:
        """Calls that agents make, on the things of these tenants."""
        for tenant in tenants:
            own = f"/{self.scene.bucket}/{tenant}/{INCOMING}fresh"
            best = {"If-None-Match": "*", _SSE: "aws:kms"}
            best[f"{_SSE}-aws-kms-key-id"] = self.scene.key(tenant)
            yield self.signed(group, f"PUT {tenant}", "PUT", own, best)
            yield self.signed(group, f"POST {tenant}", "POST", f"{own}?uploads", best)
            yield self.signed(group, f"GET {tenant}", "GET", f"{own}?uploadId=1", {})
            for action in ("ReceiveMessage", "PurgeQueue"):
                head = {"X-Amz-Target": f"AmazonSQS.{action}"}
                body = json.dumps({"QueueUrl": self.scene.queue(tenant).url}).encode()
                yield self.signed(
                    group, f"{action} {tenant}", "POST", "/", head, body=body, service="sqs"
                )

    def _of_altered(self) -> Iterator[Call]:
        """Good requests for A's own things, changed after they were signed."""
        for call in self.attempts("altered", A):
            one = call.make()
            joint = "&" if "?" in one.target else "?"
            signed = one.headers["Authorization"]
            headers: dict[str, dict[str, str]] = {
                "another host": {"Host": "other.example"},
                "a header more": {"x-amz-tagging": "a=1"},
                "another date": {"X-Amz-Date": "20200101T000000Z"},
                "no signature": {"Authorization": ""},
                **{
                    f"{new} for {old}": {"Authorization": signed.replace(old, new)}
                    for old, new in (("/s3/", "/sqs/"), ("/sqs/", "/s3/"), (REGION, "us-east-1"))
                    if old in signed
                },
            }
            changed: dict[str, dict[str, Any]] = {
                "another's place": {
                    "target": one.target.replace(f"/{A}/", f"/{B}/") if one.target != "/" else "//",
                    "body": one.body.replace(f"-{A}".encode(), f"-{B}".encode()),
                },
                "another method": {"method": "DELETE"},
                "a query": {"target": f"{one.target}{joint}acl"},
                **{name: {"headers": {**one.headers, **more}} for name, more in headers.items()},
            }
            for name, change in changed.items():
                yield _ready("altered", f"{call.name}, {name}", replace(one, **change))

    def _of_signed_urls(self) -> Iterator[Call]:
        """URLs that A signs for each object that is not A's to put, and for A's own to read."""
        group, theirs = "signed URL", f"/{self.scene.bucket}/{B}/{INCOMING}object"
        places = [*self.keys(), (self.scene.bucket, f"{A}/{INCOMING}object")]
        for (bucket, key), method in product(places, ("GET", "HEAD", "PUT", "DELETE")):
            if method == "PUT" and (bucket, key) == places[-1]:
                continue
            url = partial(self._signed_url, method, f"/{bucket}/{quote(key)}")
            yield Call(group, f"{method} {bucket}/{key}", url)
        for seconds in (0, -1, 604_801, 10**7):
            yield Call(group, f"for {seconds} s", partial(self._signed_url, "GET", theirs, seconds))
        one = self._signed_url("PUT", f"/{self.scene.bucket}/{A}/{INCOMING}fresh")
        swapped = replace(one, target=one.target.replace(f"/{A}/", f"/{B}/", 1))
        yield _ready(group, "another's place", swapped)
        without = "&".join(pair for pair in one.target.split("&") if "Security-Token" not in pair)
        yield _ready(group, "without its token", replace(one, target=without))

    # Signatures.

    def _keys(self) -> Keys:
        return Keys(
            self.lent["AccessKeyId"],
            self.lent["SecretAccessKey"],
            self.lent["SessionToken"] or None,
        )

    def signed(
        self,
        group: str,
        name: str,
        method: str,
        target: str,
        headers: Mapping[str, str],
        **more: Any,
    ) -> Call:
        """A request of exactly this target; ``more`` as ``_signed`` takes it."""
        return Call(group, name, partial(self._signed, method, target, headers, **more))

    def _signed(
        self,
        method: str,
        target: str,
        headers: Mapping[str, str],
        *,
        body: bytes = b"",
        service: str = "s3",
        region: str = REGION,
    ) -> Request:
        """Signed with the loan."""
        host = urlsplit(self.scene.url).netloc
        url = target if target.startswith("http") else f"http://{host}{target}"
        asked = AWSRequest(method, url, headers={"Host": host, **headers}, data=body)
        signer = S3SigV4Auth if service == "s3" else SigV4Auth
        if service == "s3":
            asked.headers["x-amz-content-sha256"] = _NOTHING
        signer(self._keys(), service, region).add_auth(asked)
        shown = {key: str(value) for key, value in asked.headers.items()}
        return Request(method, target, shown, body)

    def _signed_url(self, method: str, target: str, seconds: int = 300) -> Request:
        """A URL that the loan has signed."""
        host = urlsplit(self.scene.url).netloc
        asked = AWSRequest(method, f"http://{host}{target}")
        S3SigV4QueryAuth(self._keys(), "s3", REGION, expires=seconds).add_auth(asked)
        place = urlsplit(str(asked.url))
        return Request(method, f"{place.path}?{place.query}", {"Host": host})


def _ready(group: str, name: str, request: Request) -> Call:
    return Call(group, name, lambda: request)
