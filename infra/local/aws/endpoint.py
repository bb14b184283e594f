"""The one port: verifies every signature and hands the request to its service."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Mapping
from typing import Final

from infra.local.aws.signature import SignatureError, Verifier
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
        service = self._services.get(scope.service)
        if service is None or scope.presigned:
            return json_error(400, "UnknownOperationException", "Not a service of this endpoint")
        return service(request, body)

    @staticmethod
    def _is_for_objects(request: Request) -> bool:
        authorization = request.header("Authorization")
        if authorization is None:
            # Presigned, preflight or unsigned: the other services know none of these.
            return True
        return "/s3/aws4_request" in authorization or "X-Amz-Signature" in request.query
