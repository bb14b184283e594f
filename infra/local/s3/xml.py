"""The XML of S3, written and read."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from xml.sax.saxutils import escape

from lxml import etree

from infra.local.aws.web import Response
from infra.local.s3.errors import S3Error

NAMESPACE: Final = "http://s3.amazonaws.com/doc/2006-03-01/"
MAX_BYTES: Final = 1 << 20


def document(name: str, content: Mapping[str, object]) -> bytes:
    """An S3 document."""
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<{name} xmlns="{NAMESPACE}">'
        f"{_write(content)}</{name}>"
    ).encode()


def answer(name: str, content: Mapping[str, object], *headers: tuple[str, str]) -> Response:
    """An S3 document as a response."""
    return Response(200, (("Content-Type", "application/xml"), *headers), document(name, content))


def error(status: int, code: str, message: str, request_id: str) -> Response:
    """An error document."""
    body = (
        '<?xml version="1.0" encoding="UTF-8"?>\n<Error>'
        f"{_write({'Code': code, 'Message': message, 'RequestId': request_id})}</Error>"
    )
    headers = (("Content-Type", "application/xml"), ("x-amz-request-id", request_id))
    return Response(status, headers, body.encode())


def timestamp(seconds: float) -> str:
    """A time in XML."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")


@dataclass(frozen=True, slots=True)
class PartClaim:
    """A part as CompleteMultipartUpload names it; ``checksums`` by algorithm."""

    number: int
    etag: str
    checksums: Mapping[str, str]


def read_parts(data: bytes) -> list[PartClaim]:
    """The parts of a CompleteMultipartUpload document.

    Raises:
        S3Error: MalformedXML.
    """
    claims = []
    for part in _children(_parse(data, "CompleteMultipartUpload"), "Part"):
        facts = _texts(part)
        if not re.fullmatch(r"\d{1,5}", facts.get("PartNumber", ""), re.ASCII):
            raise S3Error("MalformedXML")
        checksums = {
            name.removeprefix("Checksum").lower(): value
            for name, value in facts.items()
            if name.startswith("Checksum")
        }
        number = int(facts["PartNumber"])
        claims.append(PartClaim(number, facts.get("ETag", "").strip('"'), checksums))
    if not claims:
        raise S3Error("MalformedXML")
    return claims


def read_tags(data: bytes) -> dict[str, str]:
    """The tags of a Tagging document.

    Raises:
        S3Error: MalformedXML.
    """
    sets = list(_children(_parse(data, "Tagging"), "TagSet"))
    found = [_texts(one) for tags in sets for one in _children(tags, "Tag")]
    if len(sets) != 1 or not all({*one} == {"Key", "Value"} for one in found):
        raise S3Error("MalformedXML")
    return {one["Key"]: one["Value"] for one in found}


def read_deletions(data: bytes) -> tuple[list[tuple[str, str | None]], bool]:
    """The keys and version ids of a Delete document, and whether it asks for silence.

    Raises:
        S3Error: MalformedXML.
    """
    root = _parse(data, "Delete")
    wanted = []
    for entry in _children(root, "Object"):
        facts = _texts(entry)
        if not facts.get("Key"):
            raise S3Error("MalformedXML")
        wanted.append((facts["Key"], facts.get("VersionId")))
    if not 1 <= len(wanted) <= 1000:
        raise S3Error("MalformedXML")
    return wanted, _texts(root).get("Quiet") == "true"


def _parse(data: bytes, name: str) -> etree._Element:
    if len(data) > MAX_BYTES or b"<!DOCTYPE" in data or b"<!ENTITY" in data:
        raise S3Error("MalformedXML")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError):
        raise S3Error("MalformedXML") from None
    if root.getroottree().docinfo.internalDTD is not None or _local(root) != name:
        raise S3Error("MalformedXML")
    return root


def _local(element: etree._Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _children(element: etree._Element, name: str) -> Iterable[etree._Element]:
    return (child for child in element if _local(child) == name)


def _texts(element: etree._Element) -> dict[str, str]:
    return {_local(child): child.text or "" for child in element if len(child) == 0}


def _write(content: Mapping[str, object]) -> str:
    return "".join(_element(name, value) for name, value in content.items())


def _element(name: str, value: object) -> str:
    if isinstance(value, list):
        return "".join(_element(name, one) for one in value)
    if value is None:
        return ""
    if isinstance(value, bool):
        value = str(value).lower()
    inner = _write(value) if isinstance(value, Mapping) else escape(str(value))
    return f"<{name}>{inner}</{name}>"
