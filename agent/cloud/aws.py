"""AWS by the rights that are lent: the site's queue, and its place for incoming objects.

Nothing of the machine's own configuration of AWS is read.
"""

from __future__ import annotations

import base64
import os
from contextlib import contextmanager
from threading import Lock
from typing import TYPE_CHECKING, Any, Final

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.session import Session

from agent.work.ports import CloudAway, Part, Ring
from agent.work.wire import NotUnderstood, read_pointer
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from agent.cloud.lending import Lending, Lent
    from agent.cloud.pace import Pace

# Seconds.
_LONG_POLL: Final = 20
_CONNECT: Final = 10
_READ: Final = 60
_VISIBLE_AGAIN: Final = 120
_TRIES: Final = 3
# A key that is taken, and one that somebody else is about to take.
_TAKEN: Final = "PreconditionFailed"
_NO_UPLOAD: Final = "NoSuchUpload"


@frozen
class Way:
    """``anchors``: the PEM file of the authorities that are trusted; ``proxy`` with its login as a
    URL, "" for none."""

    anchors: Path
    proxy: str = ""


class Rented:
    """The clients for the rights that hold now: made anew with each loan, for all threads."""

    def __init__(self, lending: Lending, way: Way) -> None:
        self._lending = lending
        self._way = way
        self._lock = Lock()
        self._made: dict[str, tuple[Lent, Any]] = {}

    def client(self, service: str) -> tuple[Lent, Any]:
        """The rights, and the client of ``sqs`` or ``s3``. Raises CloudAway."""
        lent = self._lending.lent()
        with self._lock:
            known = self._made.get(service)
            if known is None or known[0] is not lent:
                known = self._made[service] = (lent, self._open(service, lent))
            return known

    def _open(self, service: str, lent: Lent) -> Any:
        session = Session()
        for name in ("config_file", "credentials_file"):
            session.set_config_variable(name, os.devnull)
        proxies = {"http": self._way.proxy, "https": self._way.proxy} if self._way.proxy else {}
        return session.create_client(
            service,
            region_name=lent.region,
            endpoint_url=lent.sqs_url if service == "sqs" else lent.s3_url,
            verify=str(self._way.anchors),
            aws_access_key_id=lent.credentials.access_key_id,
            aws_secret_access_key=lent.credentials.secret_access_key,
            aws_session_token=lent.credentials.session_token,
            config=Config(
                connect_timeout=_CONNECT,
                read_timeout=_READ,
                retries={"mode": "standard", "total_max_attempts": _TRIES},
                proxies=proxies,
                request_checksum_calculation="when_required",
                response_checksum_validation="when_required",
            ),
        )


class SqsBell:
    """Implements ``work.ports.Bell``."""

    def __init__(self, rented: Rented) -> None:
        self._rented = rented

    def ring(self) -> Ring | None:
        """Long polling of the site's queue."""
        lent, sqs = self._rented.client("sqs")
        with _aws("receive"):
            answer = sqs.receive_message(
                QueueUrl=lent.queue_url,
                MaxNumberOfMessages=1,
                WaitTimeSeconds=_LONG_POLL,
                VisibilityTimeout=_VISIBLE_AGAIN,
            )
        for message in answer.get("Messages", ()):
            try:
                return Ring(read_pointer(message["Body"]), message["ReceiptHandle"])
            except NotUnderstood:
                return Ring(None, message["ReceiptHandle"])
        return None

    def hold(self, ring: Ring) -> None:
        """Prolong its visibility."""
        lent, sqs = self._rented.client("sqs")
        with _aws("hold"):
            sqs.change_message_visibility(
                QueueUrl=lent.queue_url,
                ReceiptHandle=ring.handle,
                VisibilityTimeout=_VISIBLE_AGAIN,
            )

    def done(self, ring: Ring) -> None:
        """Delete it."""
        lent, sqs = self._rented.client("sqs")
        with _aws("delete"):
            sqs.delete_message(QueueUrl=lent.queue_url, ReceiptHandle=ring.handle)


class S3Incoming:
    """Implements ``work.ports.Incoming``: each key once, within the site's pace."""

    def __init__(self, rented: Rented, pace: Pace) -> None:
        self._rented = rented
        self._pace = pace

    def put(self, key: str, part: Part) -> None:
        """PutObject."""
        lent, s3 = self._rented.client("s3")
        with _aws("put"), self._pace.reading(part.path) as body, _taken_is_done():
            s3.put_object(
                Bucket=lent.bucket,
                Key=key,
                Body=body,
                IfNoneMatch="*",
                ChecksumSHA256=_digest(part),
                **_sealed(lent),
            )

    def begin(self, key: str) -> str:
        """CreateMultipartUpload."""
        lent, s3 = self._rented.client("s3")
        with _aws("begin"):
            answer = s3.create_multipart_upload(
                Bucket=lent.bucket, Key=key, ChecksumAlgorithm="SHA256", **_sealed(lent)
            )
        return str(answer["UploadId"])

    def listed(self, key: str, upload: str) -> Mapping[int, tuple[int, bytes]] | None:
        """ListParts, every page."""
        lent, s3 = self._rented.client("s3")
        found: dict[int, tuple[int, bytes]] = {}
        with _aws("list"):
            try:
                pages = s3.get_paginator("list_parts").paginate(
                    Bucket=lent.bucket, Key=key, UploadId=upload
                )
                for page in pages:
                    for one in page.get("Parts", ()):
                        digest = base64.b64decode(one.get("ChecksumSHA256", ""))
                        found[int(one["PartNumber"])] = (int(one["Size"]), digest)
            except ClientError as error:
                if _code(error) == _NO_UPLOAD:
                    return None
                raise
        return found

    def add(self, key: str, upload: str, number: int, part: Part) -> None:
        """UploadPart."""
        lent, s3 = self._rented.client("s3")
        with _aws("part"), self._pace.reading(part.path) as body:
            s3.upload_part(
                Bucket=lent.bucket,
                Key=key,
                UploadId=upload,
                PartNumber=number,
                Body=body,
                ChecksumSHA256=_digest(part),
            )

    def complete(self, key: str, upload: str, parts: Iterable[Part]) -> None:
        """ListParts for the parts' tags, then CompleteMultipartUpload."""
        lent, s3 = self._rented.client("s3")
        ours = {number: _digest(part) for number, part in enumerate(parts, 1)}
        with _aws("complete"), _taken_is_done():
            pages = s3.get_paginator("list_parts").paginate(
                Bucket=lent.bucket, Key=key, UploadId=upload
            )
            there = {one["PartNumber"]: one["ETag"] for page in pages for one in page["Parts"]}
            s3.complete_multipart_upload(
                Bucket=lent.bucket,
                Key=key,
                UploadId=upload,
                IfNoneMatch="*",
                MultipartUpload={
                    "Parts": [
                        {"PartNumber": number, "ETag": there[number], "ChecksumSHA256": digest}
                        for number, digest in ours.items()
                    ]
                },
            )


def _sealed(lent: Lent) -> dict[str, str]:
    return {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": lent.kms_key}


def _digest(part: Part) -> str:
    return base64.b64encode(part.sha256).decode("ascii")


def _code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))


@contextmanager
def _aws(call: str) -> Iterator[None]:
    """A block whose failures are CloudAway, told by their kind alone."""
    try:
        yield
    except ClientError as error:
        raise CloudAway(f"{call}: {_code(error)}") from None
    except (BotoCoreError, LookupError) as error:
        raise CloudAway(f"{call}: {type(error).__name__}") from None


@contextmanager
def _taken_is_done() -> Iterator[None]:
    """A block in which a key that is taken is no failure: nobody but this job's agents writes it,
    and the cloud judges the body."""
    try:
        yield
    except ClientError as error:
        if _code(error) != _TAKEN:
            raise
