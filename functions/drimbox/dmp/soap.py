"""SOAP 1.2 with WS-Addressing, WS-Security and MTOM, as the DMP's services speak them.

Writing: envelope and MTOM body are put together from bytes. The VIHF is signed, and re-serialising
it inside another tree could rename a prefix and break the signature.
Reading: one bounded answer, plain or multipart; see :func:`read_answer`, and
:func:`read_list_answer` for a long one.
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import field
from itertools import islice, pairwise
from typing import TYPE_CHECKING, Final
from xml.sax.saxutils import escape

from functions.drimbox.safe_xml import UnsafeXml, parse, parse_taking
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from lxml import etree

SOAP: Final = "http://www.w3.org/2003/05/soap-envelope"
WSA: Final = "http://www.w3.org/2005/08/addressing"
WSSE: Final = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
XOP: Final = "http://www.w3.org/2004/08/xop/include"
MAX_ANSWER: Final = 16 * 1024 * 1024
# A patient's whole imaging history: 2,000 entries of the DMP at 10 kB, with room.
MAX_LIST: Final = 24 * 1024 * 1024
_MAX_PARTS: Final = 32
_MAX_PART_HEADER: Final = 8 * 1024
_ROOT_PART: Final = "0.1"


class AnswerUnreadable(ValueError):
    """The bytes are not the answer that the protocol promises; the message never quotes them."""


def envelope(*, action: str, to: str, message_id: str, vihf: bytes, body: bytes) -> bytes:
    """A request: ``vihf`` is one saml2:Assertion, ``body`` one element, both without declaration.

    ``message_id`` is a URI (WS-Addressing 1.0 Core 3.2); the answer must name it in RelatesTo.
    """
    return b"".join(
        (
            b'<?xml version="1.0" encoding="UTF-8"?>\n',
            f'<soap:Envelope xmlns:soap="{SOAP}"><soap:Header>'.encode(),
            f'<wsa:MessageID xmlns:wsa="{WSA}">{escape(message_id)}</wsa:MessageID>'.encode(),
            f'<wsa:To xmlns:wsa="{WSA}">{escape(to)}</wsa:To>'.encode(),
            f'<wsa:Action xmlns:wsa="{WSA}" soap:mustUnderstand="true">'.encode(),
            f"{escape(action)}</wsa:Action>".encode(),
            f'<wsse:Security xmlns:wsse="{WSSE}">'.encode() + vihf + b"</wsse:Security>",
            b"</soap:Header><soap:Body>" + body + b"</soap:Body></soap:Envelope>",
        )
    )


def include(content_id: str) -> bytes:
    """The xop:Include that stands for the part of that Content-ID (XOP 1.0 2.1)."""
    return f'<xop:Include xmlns:xop="{XOP}" href="cid:{content_id}"/>'.encode()


@frozen
class Attachment:
    """One binary part of an MTOM message: raw bytes, never base64."""

    content_id: str
    content: bytes


@frozen
class Mtom:
    """A MIME body ready to send: its Content-Type, and its parts as they go on the wire."""

    content_type: str
    parts: tuple[bytes, ...]


def plain_content_type(action: str) -> str:
    """Content-Type of an envelope without attachment (SOAP 1.2 part 2, 7.1.4)."""
    return f'application/soap+xml; charset=UTF-8; action="{action}"'


def mtom(root: bytes, attachments: Sequence[Attachment], *, action: str, boundary: str) -> Mtom:
    """An MTOM/XOP message (MTOM 1.0 3, RFC 2387) with ``root`` as its envelope.

    ``boundary`` is one that no part can hold: made of a fresh random UUID. The attachments are not
    copied.
    """
    opening = f"--{boundary}\r\n".encode()
    chunks = [
        opening
        + b'Content-Type: application/xop+xml; charset=UTF-8; type="application/soap+xml"; '
        + f'action="{action}"\r\n'.encode()
        + f"Content-Transfer-Encoding: binary\r\nContent-ID: <{_ROOT_PART}>\r\n\r\n".encode(),
        root,
    ]
    for attachment in attachments:
        chunks.append(
            b"\r\n" + opening + b"Content-Type: application/octet-stream\r\n"
            b"Content-Transfer-Encoding: binary\r\n"
            + f"Content-ID: <{attachment.content_id}>\r\n\r\n".encode()
        )
        chunks.append(attachment.content)
    chunks.append(f"\r\n--{boundary}--\r\n".encode())
    content_type = (
        f'multipart/related; boundary="{boundary}"; type="application/xop+xml"; '
        f'start="<{_ROOT_PART}>"; start-info="application/soap+xml"; action="{action}"'
    )
    return Mtom(content_type, tuple(chunks))


@frozen
class Fault:
    """A SOAP 1.2 fault: local names of its code and subcodes. Its text is not kept: it may quote
    the request."""

    code: str
    subcodes: tuple[str, ...]


@frozen
class Answer:
    """An answer once read: either ``fault`` or ``body`` (the one element in soap:Body).

    ``parts`` are the MTOM parts beside the envelope, by Content-ID, decoded.
    """

    relates_to: str
    fault: Fault | None
    body: etree._Element | None
    parts: Mapping[str, bytes] = field(default_factory=dict, repr=False)

    def __repr__(self) -> str:
        return f"Answer(fault={self.fault})"


@frozen
class Each:
    """``take`` gets each element named ``tag`` and keeps none of them: see ``parse_taking``."""

    tag: str
    take: Callable[[etree._Element], None]


def read_answer(content_type: str, data: bytes, *, max_bytes: int = MAX_ANSWER) -> Answer:
    """Read one SOAP 1.2 answer, plain (application/soap+xml) or MTOM (multipart/related).

    Raises AnswerUnreadable for anything else, and for an answer above ``max_bytes``, or with XML
    above ``MAX_ANSWER``.
    """
    if len(data) > max_bytes:
        raise AnswerUnreadable("answer too large")
    parts: Mapping[str, bytes] = {}
    if _is_multipart(content_type):
        data, parts = _root_and_parts(content_type, data)
    try:
        root = parse(data.strip(), max_bytes=min(max_bytes, MAX_ANSWER))
    except UnsafeXml as error:
        raise AnswerUnreadable("not XML") from error
    return _read(root, parts)


def read_list_answer(
    content_type: str, chunks: Iterable[bytes], each: Each, *, max_bytes: int = MAX_LIST
) -> Answer:
    """:func:`read_answer` of one that comes in ``chunks``; a plain one is read while it comes.

    ``each`` gets its elements meanwhile: they count once the answer is one. An error of ``chunks``
    leaves as it is.
    """
    parts: Mapping[str, bytes] = {}
    if _is_multipart(content_type):
        root_part, parts = _root_and_parts(content_type, b"".join(chunks))
        chunks = (root_part,)
    try:
        root = parse_taking(_begun(chunks), each.tag, each.take, max_bytes=max_bytes)
    except UnsafeXml as error:
        raise AnswerUnreadable("not XML") from error
    return _read(root, parts)


def _is_multipart(content_type: str) -> bool:
    return content_type.strip().lower().startswith("multipart/related")


def _begun(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The chunks without the blanks before the document."""
    source = iter(chunks)
    for chunk in source:
        if begun := chunk.lstrip():
            yield begun
            break
    yield from source


def _read(root: etree._Element, parts: Mapping[str, bytes]) -> Answer:
    body = root.find(f"{{{SOAP}}}Body")
    if root.tag != f"{{{SOAP}}}Envelope" or body is None or len(body) != 1:
        raise AnswerUnreadable("not a SOAP 1.2 envelope with one body element")
    relates_to = root.findtext(f"{{{SOAP}}}Header/{{{WSA}}}RelatesTo") or ""
    content = body[0]
    if content.tag == f"{{{SOAP}}}Fault":
        return Answer(relates_to.strip(), _fault(content), None)
    return Answer(relates_to.strip(), None, content, parts)


def _fault(fault: etree._Element) -> Fault:
    code = fault.find(f"{{{SOAP}}}Code")
    names: list[str] = []
    while code is not None:
        value = (code.findtext(f"{{{SOAP}}}Value") or "").strip()
        names.append(safe_code(value.rpartition(":")[2]))
        code = code.find(f"{{{SOAP}}}Subcode")
    if not names:
        raise AnswerUnreadable("a SOAP fault without code")
    return Fault(names[0], tuple(names[1:]))


_CODE: Final = re.compile(r"[A-Za-z0-9_.:-]{1,100}")


def safe_code(text: str) -> str:
    """``text`` where it looks like a code; a fixed word otherwise, so that no free text, which may
    hold patient data, leaves by way of a code."""
    return text if _CODE.fullmatch(text) else "unreadable_code"


_PARAMETER: Final = re.compile(
    r';\s*([A-Za-z-]{1,40})\s*=\s*(?:"([^"\r\n]{0,500})"|([^\s;"]{1,500}))'
)


def _parameters(content_type: str) -> dict[str, str]:
    found = _PARAMETER.findall(content_type[:4096])
    return {name.lower(): quoted or bare for name, quoted, bare in found}


def _root_and_parts(content_type: str, data: bytes) -> tuple[bytes, dict[str, bytes]]:
    """The root part, that of ``start``, else the first (RFC 2387 3.2), and the others."""
    parameters = _parameters(content_type)
    boundary = parameters.get("boundary", "")
    if not 0 < len(boundary) <= 70:
        raise AnswerUnreadable("no usable boundary")
    wanted = parameters.get("start", "").strip("<>")
    parts = list(_parts(data, boundary.encode("utf-8", "replace")))
    names = [headers.get("content-id", "").strip("<>") for headers, _ in parts]
    if not parts or (wanted and wanted not in names):
        raise AnswerUnreadable("no root part")
    root = names.index(wanted) if wanted else 0
    others = {
        name: _attached(*part)
        for place, (name, part) in enumerate(zip(names, parts, strict=True))
        if place != root
    }
    if len(others) != len(parts) - 1:
        raise AnswerUnreadable("two parts of one name")
    return _decoded(*parts[root]), others


def _parts(data: bytes, boundary: bytes) -> Iterator[tuple[dict[str, str], bytes]]:
    """A part is copied once, and the whole never: one document may have 50 MB."""
    begins = list(islice(_ends_of_delimiters(data, b"\r\n--" + boundary), _MAX_PARTS + 1))
    if len(begins) > _MAX_PARTS:
        raise AnswerUnreadable("too many parts")
    if not begins or data[begins[-1] : begins[-1] + 2] != b"--":
        raise AnswerUnreadable("the last part is not closed")
    for begin, following in pairwise(begins):
        end = following - len(boundary) - 4
        blank = data.find(b"\r\n\r\n", begin, end)
        if blank < 0 or blank - begin > _MAX_PART_HEADER:
            raise AnswerUnreadable("a part without a header of acceptable size")
        yield _headers(data[begin:blank]), data[blank + 4 : end]


def _ends_of_delimiters(data: bytes, delimiter: bytes) -> Iterator[int]:
    """The first one may stand at the very beginning, without its line end."""
    at = 0
    if data.startswith(delimiter[2:]):
        at = len(delimiter) - 2
        yield at
    while (found := data.find(delimiter, at)) >= 0:
        at = found + len(delimiter)
        yield at


def _headers(block: bytes) -> dict[str, str]:
    lines = block.decode("latin-1").split("\r\n")
    pairs = (line.partition(":") for line in lines)
    return {name.strip().lower(): value.strip() for name, _, value in pairs}


def _decoded(headers: dict[str, str], content: bytes) -> bytes:
    encoding = headers.get("content-transfer-encoding", "binary").lower()
    if encoding not in {"binary", "8bit", "7bit"}:
        raise AnswerUnreadable("a part in an unknown encoding")
    return content


def _attached(headers: dict[str, str], content: bytes) -> bytes:
    """The bytes of a part; some software sends base64, although MTOM has none."""
    if headers.get("content-transfer-encoding", "binary").lower() != "base64":
        return _decoded(headers, content)
    try:
        return base64.b64decode(b"".join(content.split()), validate=True)
    except (binascii.Error, ValueError):
        raise AnswerUnreadable("a part that is not base64") from None
