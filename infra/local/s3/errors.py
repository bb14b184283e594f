"""Errors as S3 answers them ("Error responses", Amazon S3 API Reference)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

STATUS: Final[Mapping[str, int]] = {
    "AccessDenied": 403,
    "BadDigest": 400,
    "BucketAlreadyExists": 409,
    "EntityTooLarge": 400,
    "EntityTooSmall": 400,
    "InvalidArgument": 400,
    "InvalidDigest": 400,
    "InvalidPart": 400,
    "InvalidPartOrder": 400,
    "InvalidRange": 416,
    "InvalidRequest": 400,
    "InvalidTag": 400,
    "KeyTooLongError": 400,
    "MalformedXML": 400,
    "MetadataTooLarge": 400,
    "MethodNotAllowed": 405,
    "MissingContentLength": 411,
    "NoSuchBucket": 404,
    "NoSuchKey": 404,
    "NoSuchUpload": 404,
    "NoSuchVersion": 404,
    "NoSuchObjectLockConfiguration": 404,
    "NotImplemented": 501,
    "PreconditionFailed": 412,
    "XAmzContentSHA256Mismatch": 400,
}


class S3Error(Exception):
    """A refusal with its S3 code; the message never repeats what was sent."""

    def __init__(
        self, code: str, message: str = "", headers: tuple[tuple[str, str], ...] = ()
    ) -> None:
        super().__init__(message or code)
        self.code = code
        self.message = message or code
        self.headers = headers

    @property
    def status(self) -> int:
        """The HTTP status of the code."""
        return STATUS[self.code]
