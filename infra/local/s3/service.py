"""The S3 service of the endpoint: signatures, the choice of the operation, CORS, errors."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Final
from urllib.parse import unquote

from infra.local.aws.signature import Loan, Scope, SignatureError, Verifier
from infra.local.aws.web import Request, Response
from infra.local.s3 import policies, reading, writing, xml
from infra.local.s3.buckets import Bucket, cors_headers
from infra.local.s3.errors import S3Error
from infra.local.s3.headers import TAGGING
from infra.local.s3.lent import COPY_SOURCE, needs
from infra.local.s3.store import ObjectStore

# Headers that would make another operation, or another object, of a request.
_NOT_SERVED: Final = frozenset(
    (
        *(COPY_SOURCE, "x-amz-object-lock-mode"),
        *("x-amz-object-lock-retain-until-date", "x-amz-object-lock-legal-hold"),
    )
)

ObjectOperation = Callable[[ObjectStore, Bucket, str, Request], Response]
BucketOperation = Callable[[ObjectStore, Bucket, Request], Response]

# Parameters that choose an operation; those that S3 has and that are not served are refused.
_SUBRESOURCES: Final = (
    *("uploadId", "uploads", "delete", "retention", "legal-hold", "tagging", "versions"),
    *("location", "versioning", "object-lock", "cors", "acl", "policy", "lifecycle", "torrent"),
    *("encryption", "logging", "notification", "replication", "select", "restore", "website"),
    *("publicAccessBlock", "ownershipControls", "attributes", "policyStatus", "analytics"),
    *("inventory", "metrics", "accelerate", "requestPayment", "session", "intelligent-tiering"),
)


def list_buckets(store: ObjectStore) -> Response:
    """ListBuckets."""
    entries = [{"Name": bucket.name} for bucket in store.buckets()]
    return xml.answer("ListAllMyBucketsResult", {"Buckets": {"Bucket": entries}})


_ON_BUCKETS: Final[Mapping[tuple[str, str], BucketOperation]] = {
    ("GET", ""): reading.list_objects_v2,
    ("GET", "versions"): reading.list_object_versions,
    ("POST", "delete"): writing.delete_objects,
}
_ON_OBJECTS: Final[Mapping[tuple[str, str], ObjectOperation]] = {
    ("DELETE", ""): writing.delete_object,
    ("DELETE", "uploadId"): writing.abort_multipart_upload,
    ("GET", ""): reading.get_object,
    ("GET", "tagging"): reading.get_object_tagging,
    ("GET", "uploadId"): writing.list_parts,
    ("HEAD", ""): reading.head_object,
    ("POST", "uploadId"): writing.complete_multipart_upload,
    ("POST", "uploads"): writing.create_multipart_upload,
    ("PUT", ""): writing.put_object,
    ("PUT", "tagging"): writing.put_object_tagging,
    ("PUT", "uploadId"): writing.upload_part,
}
# The served operations, by the names that boto3 gives them.
OPERATIONS: Final = frozenset(
    operation.__name__ for operation in (list_buckets, *_ON_BUCKETS.values(), *_ON_OBJECTS.values())
)


# Operation → the permission that it needs ("Required permissions for Amazon S3 API operations").
_ACTIONS: Final[Mapping[str, str]] = {
    "abort_multipart_upload": "s3:AbortMultipartUpload",
    "complete_multipart_upload": "s3:PutObject",
    "create_multipart_upload": "s3:PutObject",
    "delete_object": "s3:DeleteObject",
    "delete_objects": "s3:DeleteObject",
    "get_object": "s3:GetObject",
    "get_object_tagging": "s3:GetObjectTagging",
    "head_object": "s3:GetObject",
    "list_object_versions": "s3:ListBucketVersions",
    "list_objects_v2": "s3:ListBucket",
    "list_parts": "s3:ListMultipartUploadParts",
    "put_object": "s3:PutObject",
    "put_object_tagging": "s3:PutObjectTagging",
    "upload_part": "s3:PutObject",
}
# Those that make an object (s3:ObjectCreationOperation).
_CREATING: Final = frozenset({"complete_multipart_upload", "put_object"})
# A write that names tags needs this one too.
_TAG: Final = "s3:PutObjectTagging"
# Those that name the key of a new object.
_ENCRYPTING: Final = frozenset({("PUT", ""), ("POST", "uploads")})
_OF_BUCKETS: Final = frozenset({"s3:ListBucket", "s3:ListBucketVersions"})
# Those that need another permission for a version that they name.
_OF_VERSIONS: Final = frozenset({"s3:DeleteObject", "s3:GetObject"})


class S3Service:
    """Answers every request for objects, by path (``/bucket/key``). ``transport`` are the facts of
    every connection that a bucket's policy may ask for, by condition key.
    """

    def __init__(
        self,
        store: ObjectStore,
        verifier: Verifier,
        transport: Mapping[str, str] = policies.CLOUD_TRANSPORT,
    ) -> None:
        self._store = store
        self._verifier = verifier
        self._transport = transport

    def __call__(self, request: Request) -> Response:
        """Answer one request."""
        request_id = uuid.uuid4().hex.upper()[:16]
        raw_bucket, _, raw_key = request.raw_path.removeprefix("/").partition("/")
        name, key = unquote(raw_bucket), unquote(raw_key)
        try:
            if request.method == "OPTIONS":
                return self._preflight(request, name)
            scope = self._verify(request)
            response = self._answer(request, scope, name, key)
        except SignatureError as error:
            response = xml.error(error.status, error.code, error.message, request_id)
        except S3Error as error:
            response = xml.error(error.status, error.code, error.message, request_id)
            response = replace(response, headers=(*response.headers, *error.headers))
        headers = (*response.headers, *self._allowed(request, name))
        if "x-amz-request-id" not in {header for header, _ in headers}:
            headers = (*headers, ("x-amz-request-id", request_id))
        return replace(response, headers=headers)

    def _verify(self, request: Request) -> Scope:
        scope = self._verifier.verify(request)
        if scope.service != "s3":
            raise SignatureError(403, "SignatureDoesNotMatch", "Signed for another service")
        if not scope.presigned and request.header("x-amz-content-sha256") is None:
            raise S3Error("InvalidRequest", "Missing required header x-amz-content-sha256")
        return scope

    def _answer(self, request: Request, scope: Scope, name: str, key: str) -> Response:
        query = request.query
        chosen = next((one for one in _SUBRESOURCES if one in query), "")
        if scope.loan is not None:
            self._require_lent(scope.loan, request, name, key, chosen)
        if not name:
            return list_buckets(self._store)
        bucket = self._store.bucket(name)
        refused = sorted(_NOT_SERVED & {header.lower() for header in request.headers})
        if refused:
            raise S3Error("NotImplemented", f"The header {refused[0]} is not served here")
        if key:
            operation = _ON_OBJECTS.get((request.method, chosen))
            if operation is not None:
                self._permit(operation.__name__, bucket, request, scope, key)
                return operation(self._store, bucket, key, request)
        else:
            on_bucket = _ON_BUCKETS.get((request.method, chosen))
            if on_bucket is not None:
                self._permit(on_bucket.__name__, bucket, request, scope, None)
                return on_bucket(self._store, bucket, request)
        raise S3Error("NotImplemented", "This operation is not served here")

    def _require_lent(self, loan: Loan, request: Request, name: str, key: str, chosen: str) -> None:
        """Refuse what the loan's role does not open: alike whether the thing is there or not."""
        loans = self._verifier.loans
        known: ObjectOperation | BucketOperation | None = _ON_OBJECTS.get((request.method, chosen))
        if not key:
            known = _ON_BUCKETS.get((request.method, chosen))
        action = _ACTIONS[known.__name__] if known is not None else ""
        resource = f"arn:aws:s3:::{name}/{key}" if key else f"arn:aws:s3:::{name}"
        encrypts = (request.method, chosen) in _ENCRYPTING
        if loans is None or not all(
            loans.allows(loan, one.action, one.resource, alias=one.alias)
            for one in needs(request, action, resource, encrypts=encrypts)
        ):
            raise S3Error("AccessDenied", "Access Denied")

    def _permit(
        self, operation: str, bucket: Bucket, request: Request, scope: Scope, key: str | None
    ) -> None:
        """Refuse what the bucket's policy denies."""
        action = _ACTIONS[operation]
        if action in _OF_BUCKETS:
            key = None
        elif key is None:
            # The keys of a deletion of several are in its body: a pattern of keys is not judged.
            key = ""
        if "versionId" in request.query and action in _OF_VERSIONS:
            action += "Version"
        headers = {
            key: value
            for key, name in policies.HEADER_KEYS.items()
            if (value := request.header(name)) is not None
        }
        age = (self._verifier.now() - scope.signed_at) // timedelta(milliseconds=1)
        facts = {
            **self._transport,
            **headers,
            policies.CREATION: str(operation in _CREATING).lower(),
            "s3:authType": "REST-QUERY-STRING" if scope.presigned else "REST-HEADER",
            "s3:signatureAge": str(age),
        }
        tags = [_TAG] if request.header(TAGGING) is not None else []
        for one in (action, *tags):
            sid = policies.refusal(bucket.denials, one, key=key, facts=facts)
            if sid is not None:
                raise S3Error("AccessDenied", f"Access Denied by the bucket's policy: {sid}")

    def _allowed(self, request: Request, name: str) -> tuple[tuple[str, str], ...]:
        """The CORS headers of an answer to a page of another origin, if a rule allows it."""
        origin = request.header("Origin")
        if origin is None:
            return ()
        try:
            bucket = self._store.bucket(name)
        except S3Error:
            return ()
        return cors_headers(bucket, origin, request.method) or ()

    def _preflight(self, request: Request, name: str) -> Response:
        origin = request.header("Origin")
        method = request.header("Access-Control-Request-Method")
        if origin is None or method is None:
            raise S3Error("InvalidRequest", "A preflight names its origin and method")
        asked = tuple(
            one.strip().lower()
            for one in (request.header("Access-Control-Request-Headers") or "").split(",")
            if one.strip()
        )
        headers = cors_headers(self._store.bucket(name), origin, method, asked)
        if headers is None:
            raise S3Error("AccessDenied", "CORSResponse: This CORS request is not allowed.")
        return Response(200, headers)
