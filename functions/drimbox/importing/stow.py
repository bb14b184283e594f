"""STOW-RS to the site's PACS (PS3.18 10.5): one part after the other, each object's own outcome.

A request is streamed with its length known beforehand: an object may be larger than the memory.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import httpx

from functions.drimbox import strict_json
from functions.drimbox.errors import Held, PacsAnswerUnusable, PacsUnavailable, StorageUnavailable
from functions.drimbox.images.multipart import boundary_for
from functions.drimbox.importing.outgoing import Outgoing, Stored
from functions.drimbox.transport import COME_BACK, TooManyBytes, bounded_body, retry_after

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from functions.drimbox.oid import Uid

# A PACS answers once it has written the whole part.
TIMEOUT: Final = httpx.Timeout(connect=5.0, read=120.0, write=60.0, pool=5.0)
MAX_ANSWER: Final = 4 * 1024 * 1024
_ANSWER_SECONDS: Final = 180.0
_JSON: Final = "application/dicom+json"
_FAILED, _STORED = "00081198", "00081199"
_INSTANCE, _REASON, _WARNING = "00081155", "00081197", "00081196"
# 200: all are stored. 202: some, or with warnings. 409: none (PS3.18 table 10.5.3-1).
_ANSWERED: Final = frozenset({200, 202, 409})
_AWAY: Final = frozenset({408, 425, *COME_BACK})
_TOO_LARGE: Final = 413
# Failure Reason of a part that is too large for the PACS: "out of resources" (PS3.18 table I.2-2).
OUT_OF_RESOURCES: Final = 0xA700


def store(
    client: httpx.Client, base_url: str, study: Uid, objects: Sequence[Outgoing]
) -> dict[Uid, Stored]:
    """Send one part; the outcome of each object that the PACS's answer names.

    An object that it does not name is not known to be stored. Raises PacsUnavailable, Held
    ``pacs_refused``, PacsAnswerUnusable; and the errors of an object's ``content``: nothing of an
    object that ends early is stored then.
    """
    names = [one.sop_instance_uid for one in objects]
    boundary = boundary_for(study, *names)
    heads, tail = _heads(boundary, objects)
    size = sum(map(len, heads)) + sum(one.size for one in objects) + len(tail)
    headers = {
        "Accept": _JSON,
        "Accept-Encoding": "identity",
        "Content-Type": f'multipart/related; type="application/dicom"; boundary={boundary}',
        "Content-Length": str(size),
    }
    body = _body(objects, heads, tail)
    url = f"{base_url.rstrip('/')}/studies/{study}"
    try:
        with client.stream("POST", url, content=body, headers=headers, timeout=TIMEOUT) as answer:
            return _outcomes(answer, frozenset(names))
    except TooManyBytes:
        raise PacsAnswerUnusable("the answer is larger than accepted") from None
    except httpx.HTTPError as error:
        raise PacsUnavailable(f"no answer: {type(error).__name__}") from None


def _heads(boundary: str, objects: Sequence[Outgoing]) -> tuple[list[bytes], bytes]:
    """The bytes before each object, and behind the last one. A part's type has no parameter: the
    object names its transfer syntax, and archives refuse a type that they do not expect."""
    break_ = b""
    heads = []
    for one in objects:
        head = f"--{boundary}\r\nContent-Type: application/dicom\r\nContent-Length: {one.size}"
        heads.append(break_ + head.encode("ascii") + b"\r\n\r\n")
        break_ = b"\r\n"
    return heads, f"\r\n--{boundary}--\r\n".encode("ascii")


def _body(objects: Sequence[Outgoing], heads: Sequence[bytes], tail: bytes) -> Iterator[bytes]:
    for one, head in zip(objects, heads, strict=True):
        yield head
        sent = 0
        for chunk in one.content():
            sent += len(chunk)
            yield chunk
        if sent != one.size:
            raise StorageUnavailable("an object has not the size of its index")
    yield tail


def _outcomes(answer: httpx.Response, asked: frozenset[Uid]) -> dict[Uid, Stored]:
    status = answer.status_code
    if status in {401, 403}:
        raise Held("pacs_refused")
    if status == _TOO_LARGE:
        return dict.fromkeys(asked, Stored(OUT_OF_RESOURCES))
    if status >= 500 or status in _AWAY or 300 <= status < 400:
        raise PacsUnavailable(f"status {status}", retry_after=retry_after(answer))
    if status not in _ANSWERED:
        raise PacsAnswerUnusable(f"status {status}")
    body = bounded_body(answer, MAX_ANSWER, max_seconds=_ANSWER_SECONDS)
    try:
        found = strict_json.read(body)
    except strict_json.NotStrictJson:
        raise PacsAnswerUnusable("the answer is not DICOM JSON") from None
    # Some archives answer with a list of one data set, as QIDO-RS does.
    if isinstance(found, list) and len(found) == 1:
        found = found[0]
    if not isinstance(found, dict):
        raise PacsAnswerUnusable("the answer is not DICOM JSON")
    return _read(found, asked)


def _read(answer: Mapping[str, Any], asked: frozenset[Uid]) -> dict[Uid, Stored]:
    by_name: dict[str, Uid] = {str(one): one for one in asked}
    outcomes: dict[Uid, Stored] = {}
    for one in _items(answer, _STORED):
        name = by_name.get(_value(one, _INSTANCE, str, ""))
        if name is not None:
            outcomes[name] = Stored(None, _value(one, _WARNING, int, None))
    # A failure counts, also beside a statement that the object is stored.
    for one in _items(answer, _FAILED):
        name = by_name.get(_value(one, _INSTANCE, str, ""))
        if name is not None:
            outcomes[name] = Stored(_value(one, _REASON, int, 0))
    return outcomes


def _items(answer: Mapping[str, Any], tag: str) -> list[Mapping[str, Any]]:
    element = answer.get(tag)
    values = element.get("Value", []) if isinstance(element, dict) else []
    found = values if isinstance(values, list) else []
    return [one for one in found if isinstance(one, dict)]


def _value(item: Mapping[str, Any], tag: str, kind: type, default: Any) -> Any:
    element = item.get(tag)
    values = element.get("Value") if isinstance(element, dict) else None
    first = values[0] if isinstance(values, list) and values else None
    return first if isinstance(first, kind) and not isinstance(first, bool) else default
