"""The S3 service of the endpoint: who may, which operation, CORS, errors."""

import uuid
from collections.abc import Callable, Mapping
from dataclasses import replace
from urllib.parse import unquote

from infra.local.aws.signature import SignatureError, Verifier
from infra.local.aws.web import Request, Response
from infra.local.s3 import reading, writing, xml
from infra.local.s3.buckets import Bucket, cors_headers
from infra.local.s3.errors import S3Error
from infra.local.s3.store import ObjectStore

ObjectOperation = Callable[[ObjectStore, Bucket, str, Request], Response]
BucketOperation = Callable[[ObjectStore, Bucket, Request], Response]

# Parameters that choose an operation; those that S3 has and that are not served are refused.
_SUBRESOURCES = (
    *("uploadId", "uploads", "delete", "retention", "legal-hold", "tagging", "versions"),
    *("location", "versioning", "object-lock", "cors", "acl", "policy", "lifecycle", "torrent"),
    *("encryption", "logging", "notification", "replication", "select", "restore", "website"),
    *("publicAccessBlock", "ownershipControls", "attributes", "policyStatus", "analytics"),
    *("inventory", "metrics", "accelerate", "requestPayment", "session", "intelligent-tiering"),
)


def _location(_store: ObjectStore, bucket: Bucket, _request: Request) -> Response:
    body = f'<LocationConstraint xmlns="{xml.NAMESPACE}">{bucket.region}</LocationConstraint>'
    return Response(200, (("Content-Type", "application/xml"),), body.encode())


def _versioning(_store: ObjectStore, bucket: Bucket, _request: Request) -> Response:
    status = {"Status": "Enabled"} if bucket.versioned else {}
    return xml.answer("VersioningConfiguration", status)


def _object_lock(_store: ObjectStore, bucket: Bucket, _request: Request) -> Response:
    if not bucket.locked:
        raise S3Error("NoSuchObjectLockConfiguration")
    rule: dict[str, object] = {}
    if bucket.retention is not None:
        retention = {"Mode": bucket.retention.mode, "Days": bucket.retention.period.days}
        rule = {"Rule": {"DefaultRetention": retention}}
    return xml.answer("ObjectLockConfiguration", {"ObjectLockEnabled": "Enabled", **rule})


def _head_bucket(_store: ObjectStore, bucket: Bucket, _request: Request) -> Response:
    return Response(200, (("x-amz-bucket-region", bucket.region),))


def _tags(store: ObjectStore, bucket: Bucket, key: str, request: Request) -> Response:
    tags = store.get(bucket, key, request.query.get("versionId")).facts.tags
    entries = [{"Key": name, "Value": value} for name, value in tags.items()]
    return xml.answer("Tagging", {"TagSet": {"Tag": entries}})


_BUCKETS: Mapping[tuple[str, str], BucketOperation] = {
    ("GET", ""): reading.list_objects,
    ("GET", "location"): _location,
    ("GET", "object-lock"): _object_lock,
    ("GET", "versioning"): _versioning,
    ("GET", "versions"): reading.list_versions,
    ("HEAD", ""): _head_bucket,
    ("POST", "delete"): writing.delete_objects,
}
_OBJECTS: Mapping[tuple[str, str], ObjectOperation] = {
    ("DELETE", ""): writing.delete_object,
    ("DELETE", "uploadId"): writing.abort_upload,
    ("GET", ""): reading.get_object,
    ("GET", "legal-hold"): writing.get_legal_hold,
    ("GET", "retention"): writing.get_retention,
    ("GET", "tagging"): _tags,
    ("GET", "uploadId"): writing.list_parts,
    ("HEAD", ""): reading.get_object,
    ("POST", "uploadId"): writing.complete_upload,
    ("POST", "uploads"): writing.create_upload,
    ("PUT", ""): writing.put_object,
    ("PUT", "copy"): writing.copy_object,
    ("PUT", "legal-hold"): writing.put_legal_hold,
    ("PUT", "retention"): writing.put_retention,
    ("PUT", "uploadId"): writing.upload_part,
}


class S3Service:
    """Answers every request for objects, by path (`/bucket/key`)."""

    def __init__(self, store: ObjectStore, verifier: Verifier) -> None:
        self._store = store
        self._verifier = verifier

    def __call__(self, request: Request) -> Response:
        """Answer one request."""
        request_id = uuid.uuid4().hex.upper()[:16]
        raw_bucket, _, raw_key = request.raw_path.removeprefix("/").partition("/")
        name, key = unquote(raw_bucket), unquote(raw_key)
        try:
            if request.method == "OPTIONS":
                return self._preflight(request, name)
            self._verify(request)
            response = self._answer(request, name, key)
        except SignatureError as error:
            response = xml.error(error.status, error.code, error.message, request_id)
        except S3Error as error:
            response = xml.error(error.status, error.code, error.message, request_id)
            response = replace(response, headers=(*response.headers, *error.headers))
        headers = (*response.headers, *self._allowed(request, name))
        if "x-amz-request-id" not in {header for header, _ in headers}:
            headers = (*headers, ("x-amz-request-id", request_id))
        return replace(response, headers=headers)

    def _verify(self, request: Request) -> None:
        scope = self._verifier.verify(request)
        if scope.service != "s3":
            raise SignatureError(403, "SignatureDoesNotMatch", "Signed for another service")
        if not scope.presigned and request.header("x-amz-content-sha256") is None:
            raise S3Error("InvalidRequest", "Missing required header x-amz-content-sha256")

    def _answer(self, request: Request, name: str, key: str) -> Response:
        if not name:
            entries = [{"Name": bucket.name} for bucket in self._store.buckets()]
            return xml.answer("ListAllMyBucketsResult", {"Buckets": {"Bucket": entries}})
        bucket = self._store.bucket(name)
        query = request.query
        chosen = next((one for one in _SUBRESOURCES if one in query), "")
        if request.method == "PUT" and not chosen and request.header("x-amz-copy-source"):
            chosen = "copy"
        if key:
            operation = _OBJECTS.get((request.method, chosen))
            if operation is not None:
                return operation(self._store, bucket, key, request)
        else:
            on_bucket = _BUCKETS.get((request.method, chosen))
            if on_bucket is not None:
                if not chosen and request.method == "GET" and query.get("list-type") != "2":
                    raise S3Error("NotImplemented", "Only ListObjectsV2 is served here")
                return on_bucket(self._store, bucket, request)
        raise S3Error("NotImplemented", "This operation is not served here")

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
