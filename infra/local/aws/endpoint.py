"""The one port: verifies every signature and hands the request to its service."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Callable, Mapping
from typing import Final

from infra.local.aws.signature import Scope, SignatureError, Verifier
from infra.local.aws.web import Request, Response

MAX_BODY_BYTES: Final = 16 << 20

# A service that answers a request whose body was read.
Service = Callable[[Request, bytes], Response]


def json_error(status: int, code: str, message: str) -> Response:
    """An error in the JSON protocols of AWS, which clients turn into an exception of that name."""
    body = json.dumps({"__type": code, "message": message, "Message": message}).encode()
    return Response(
        status,
        (
            ("Content-Type", "application/x-amz-json-1.0"),
            ("x-amzn-ErrorType", code),
            ("x-amzn-RequestId", str(uuid.uuid4())),
        ),
        body,
    )


_QUEUES: Final = re.compile(r"https?://[^/]+/([0-9]{12})/([\w-]{1,80})", re.ASCII)


def asked_right(request: Request, body: bytes, region: str) -> tuple[str, str] | None:
    """The action and the queue (its ARN) of a request to SQS in ``region``, None for one that names
    no queue."""
    operation = (request.header("X-Amz-Target") or "").removeprefix("AmazonSQS.")
    try:
        url = json.loads(body).get("QueueUrl")
    except (ValueError, AttributeError, RecursionError):
        return None
    found = _QUEUES.fullmatch(url) if isinstance(url, str) else None
    if found is None:
        return None
    # The call for several messages at once needs the right of that for one.
    action = f"sqs:{operation.removesuffix('Batch')}"
    return action, f"arn:aws:sqs:{region}:{found[1]}:{found[2]}"


class Endpoint:
    """Routes by the service that the signature was made for; S3 reads its bodies itself."""

    def __init__(
        self,
        verifier: Verifier,
        services: Mapping[str, Service],
        objects: Callable[[Request], Response],
    ) -> None:
        self._verifier = verifier
        self._services = services
        self._objects = objects

    def __call__(self, request: Request) -> Response:
        """Answer one request."""
        if self._is_for_objects(request):
            return self._objects(request)
        body = request.body.read(MAX_BODY_BYTES)
        try:
            scope = self._verifier.verify(request, body)
        except SignatureError as error:
            return json_error(error.status, error.code, error.message)
        if scope.loan is not None and not self._is_lent(scope, request, body):
            # The same for a thing that is not there.
            return json_error(403, "AccessDeniedException", "Access to the resource is denied.")
        service = self._services.get(scope.service)
        if service is None or scope.presigned:
            return json_error(400, "UnknownOperationException", "Not a service of this endpoint")
        return service(request, body)

    def _is_lent(self, scope: Scope, request: Request, body: bytes) -> bool:
        """Whether a loan opens this call; it opens none of a service without queues."""
        loans = self._verifier.loans
        if scope.loan is None or loans is None or scope.service != "sqs":
            return False
        right = asked_right(request, body, scope.region)
        return right is not None and loans.allows(scope.loan, *right)

    @staticmethod
    def _is_for_objects(request: Request) -> bool:
        authorization = request.header("Authorization")
        if authorization is None:
            # Presigned, preflight or unsigned: the other services know none of these.
            return True
        return "/s3/aws4_request" in authorization or "X-Amz-Signature" in request.query
