"""Answers of the HTTP functions, in the form of API Gateway's proxy integration."""

from __future__ import annotations

import base64
import json
import zlib
from typing import TYPE_CHECKING, Any, Final

from functions.drimbox.errors import BadRequest, NotAuthenticated, NotReady, RequestError
from functions.drimbox.wording.refusals import TITLES

if TYPE_CHECKING:
    from collections.abc import Mapping

Reply = dict[str, Any]
# Bytes: a smaller body is one packet anyway.
_WORTH_GZIP: Final = 1000
# Bytes: so large is an answer with the bytes of an image in it.
_DENSE: Final = 128 * 1024
# zlib's name of the gzip format.
_GZIP: Final = 31

# Nothing that we answer may be kept by a cache on the way or read as another type.
_GUARDS: Final = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Strict-Transport-Security": "max-age=31536000; includeSubDomains",
}


def text(
    status: int, body: bytes, content_type: str, headers: Mapping[str, str] | None = None
) -> Reply:
    """A reply whose body goes out exactly as given, whatever its bytes are."""
    return {
        "statusCode": status,
        "headers": {**_GUARDS, "Content-Type": content_type, **(headers or {})},
        "body": base64.b64encode(body).decode(),
        "isBase64Encoded": True,
    }


def compressed(
    status: int,
    body: bytes,
    content_type: str,
    headers: Mapping[str, str],
    *,
    gzip: bool,
    dense: bool = False,
) -> Reply:
    """The same, gzipped with ``gzip`` where the body is worth it. ``dense`` as in
    :func:`gzipped`."""
    if not gzip or len(body) < _WORTH_GZIP:
        return text(status, body, content_type, headers)
    small = gzipped(body, dense=dense)
    return text(status, small, content_type, {**headers, "Content-Encoding": "gzip"})


def gzipped(body: bytes, *, dense: bool = False) -> bytes:
    """``body`` as gzip. ``dense``: most of a large one is base64 of something that was compressed
    before. Nothing repeats there: its letters alone are written in fewer bits, in a quarter of the
    time."""
    nothing_repeats = dense and len(body) > _DENSE
    strategy = zlib.Z_HUFFMAN_ONLY if nothing_repeats else zlib.Z_DEFAULT_STRATEGY
    packer = zlib.compressobj(wbits=_GZIP, strategy=strategy)
    return packer.compress(body) + packer.flush()


def document(status: int, facts: Any, headers: Mapping[str, str] | None = None) -> Reply:
    """A JSON reply."""
    body = json.dumps(facts, ensure_ascii=False, separators=(",", ":")).encode()
    return text(status, body, "application/json", headers)


def problem(
    status: int, code: str, *, headers: Mapping[str, str] | None = None, field: str = ""
) -> Reply:
    """RFC 9457: the title in French, ``title_en``, our stable ``code``, and the wrong ``field``."""
    title = TITLES[status]
    body = {
        "type": "about:blank",
        "status": status,
        "code": code,
        "title": title.fr,
        "title_en": title.en,
        **({"field": field} if field else {}),
    }
    return text(
        status,
        json.dumps(body, ensure_ascii=False).encode(),
        "application/problem+json",
        headers,
    )


def redirect(location: str) -> Reply:
    """307 to ``location``: same method, and nobody may keep the answer."""
    return text(307, b"", "text/plain", {"Location": location})


def refusal(error: RequestError) -> Reply:
    """The reply to a refused request."""
    headers: dict[str, str] = {}
    if isinstance(error, NotReady):
        headers["Retry-After"] = str(error.retry_after)
    if isinstance(error, NotAuthenticated):
        headers["WWW-Authenticate"] = "Bearer"
    field = error.field if isinstance(error, BadRequest) else ""
    return problem(error.status, error.code, headers=headers, field=field)
