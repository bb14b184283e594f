"""The site's place for incoming objects in S3: each key once, within the site's pace."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from agent.cloud.signing import NOTHING, Content, content_of
from agent.work.ports import CloudAway, Part
from functions.drimbox import safe_xml

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from lxml.etree import _Element

    from agent.cloud.door import Reply
    from agent.cloud.lending import Lent
    from agent.cloud.pace import Pace
    from agent.cloud.signing import Rented

_OK: Final = 200
_GONE: Final = 404
_TAKEN: Final = 412
_CHECKSUM: Final = "x-amz-checksum-sha256"
_ONCE: Final = {"If-None-Match": "*"}


class S3Incoming:
    """Implements ``work.ports.Incoming``."""

    def __init__(self, rented: Rented, pace: Pace) -> None:
        self._rented = rented
        self._pace = pace

    def put(self, key: str, part: Part) -> None:
        """PutObject."""
        headers = {_CHECKSUM: _digest(part), **_ONCE, **_sealed(self._rented.lent())}
        reply = self._send("PUT", key, headers=headers, content=self._paced(part))
        # Nobody but this job's agents writes the key, and the cloud judges the body.
        if reply.status not in {_OK, _TAKEN}:
            raise CloudAway(f"put: status {reply.status}")

    def begin(self, key: str) -> str:
        """CreateMultipartUpload."""
        headers = {"x-amz-checksum-algorithm": "SHA256", **_sealed(self._rented.lent())}
        reply = self._send("POST", key, query={"uploads": ""}, headers=headers)
        return _text(_read(reply, "begin", "UploadId"), "UploadId")

    def listed(self, key: str, upload: str) -> Mapping[int, tuple[int, bytes]] | None:
        """ListParts, every page."""
        listed = self._listed(key, upload)
        if listed is None:
            return None
        return {number: (size, digest) for number, (size, digest, _) in listed.items()}

    def add(self, key: str, upload: str, number: int, part: Part) -> None:
        """UploadPart."""
        query = {"partNumber": str(number), "uploadId": upload}
        headers = {_CHECKSUM: _digest(part)}
        reply = self._send("PUT", key, query=query, headers=headers, content=self._paced(part))
        if reply.status != _OK:
            raise CloudAway(f"part: status {reply.status}")

    def complete(self, key: str, upload: str, parts: Iterable[Part]) -> None:
        """ListParts for the parts' tags, then CompleteMultipartUpload."""
        listed = self._listed(key, upload) or {}
        try:
            told = "".join(
                f"<Part><PartNumber>{number}</PartNumber><ETag>{listed[number][2]}</ETag>"
                f"<ChecksumSHA256>{_digest(part)}</ChecksumSHA256></Part>"
                for number, part in enumerate(parts, 1)
            )
        except LookupError:
            raise CloudAway("complete: a part is not there") from None
        body = content_of(f"<CompleteMultipartUpload>{told}</CompleteMultipartUpload>".encode())
        reply = self._send("POST", key, query={"uploadId": upload}, headers=_ONCE, content=body)
        if reply.status != _TAKEN:
            # A failure may come with the status 200: the answer begins before the work is done.
            _read(reply, "complete", "ETag")

    def _listed(self, key: str, upload: str) -> dict[int, tuple[int, bytes, str]] | None:
        """Size, digest and tag of each part; None for an upload that is not there."""
        found: dict[int, tuple[int, bytes, str]] = {}
        marker = "0"
        while True:
            query = {"uploadId": upload, "part-number-marker": marker}
            reply = self._send("GET", key, query=query)
            if reply.status == _GONE:
                return None
            root = _read(reply, "list", "UploadId")
            try:
                found |= dict(map(_part, root.iterfind("{*}Part")))
            except ValueError:
                raise CloudAway("list: a part is ill-formed") from None
            if _text(root, "IsTruncated") != "true":
                return found
            marker = _text(root, "NextPartNumberMarker")

    def _paced(self, part: Part) -> Content:
        return Content(part.size, part.sha256, self._pace.pieces(part.path))

    def _send(
        self,
        method: str,
        key: str,
        *,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        content: Content = NOTHING,
    ) -> Reply:
        lent = self._rented.lent()
        url = f"{bucket_url(lent.s3_url, lent.bucket)}/{key}"
        return self._rented.send("s3", method, url, query=query, headers=headers, content=content)


def bucket_url(s3_url: str, bucket: str) -> str:
    """The base of a bucket's objects: a bucket of AWS has a host of its own."""
    place = urlsplit(s3_url)
    if (place.hostname or "").endswith(".amazonaws.com"):
        return f"{place.scheme}://{bucket}.{place.netloc}"
    return f"{s3_url.rstrip('/')}/{bucket}"


def _sealed(lent: Lent) -> dict[str, str]:
    return {
        "x-amz-server-side-encryption": "aws:kms",
        "x-amz-server-side-encryption-aws-kms-key-id": lent.kms_key,
    }


def _digest(part: Part) -> str:
    return base64.b64encode(part.sha256).decode("ascii")


def _tag(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")


def _read(reply: Reply, call: str, name: str) -> _Element:
    """The answer, which has an element of that name. Raises CloudAway for anything else."""
    if reply.status != _OK:
        raise CloudAway(f"{call}: status {reply.status}")
    try:
        root = safe_xml.parse(reply.body)
    except ValueError:
        raise CloudAway(f"{call}: the answer is not XML") from None
    if not _text(root, name):
        raise CloudAway(f"{call}: another answer")
    return root


def _part(element: _Element) -> tuple[int, tuple[int, bytes, str]]:
    """A listed part's number; its size, digest and tag. Raises ValueError."""
    digest = base64.b64decode(_text(element, "ChecksumSHA256"))
    told = (int(_text(element, "Size")), digest, _tag(_text(element, "ETag")))
    return int(_text(element, "PartNumber")), told


def _text(element: _Element, name: str) -> str:
    return element.findtext(f"{{*}}{name}") or ""
