"""Signature Version 4 of a request, with the key of the day kept: botocore derives it anew for each
call. A test compares each signature with botocore's.
"""

from __future__ import annotations

import hmac
from functools import lru_cache
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

_ALGORITHM: Final = "AWS4-HMAC-SHA256"


@frozen
class Scope:
    """The receiver of a request; the service has the name that stands in its signatures."""

    region: str
    service: str


@frozen
class Keys:
    """Credentials of AWS. A token that belongs to them is a header like others."""

    access: str
    secret: str

    def __repr__(self) -> str:
        return "Keys(…)"


def authorization(
    method: str,
    path: str,
    headers: Mapping[str, str],
    payload: str,
    *,
    keys: Keys,
    scope: Scope,
    at: datetime,
) -> str:
    """The header ``Authorization`` of a request without a query.

    ``path`` as it is sent; ``headers``: all that are signed, by their names in lower case;
    ``payload``: the SHA-256 of the body, in hexadecimal; ``at`` in UTC, that of ``x-amz-date``.
    """
    names = sorted(headers)
    signed = ";".join(names)
    lines = "".join([f"{name}:{' '.join(headers[name].split())}\n" for name in names])
    canonical = f"{method}\n{path}\n\n{lines}\n{signed}\n{payload}"
    stamp = stamp_of(at)
    within = f"{stamp[:8]}/{scope.region}/{scope.service}/aws4_request"
    digest = sha256(canonical.encode()).hexdigest()
    text = f"{_ALGORITHM}\n{stamp}\n{within}\n{digest}"
    key = _key(keys.secret, stamp[:8], scope.region, scope.service)
    signature = hmac.digest(key, text.encode(), "sha256").hex()
    return (
        f"{_ALGORITHM} Credential={keys.access}/{within}, SignedHeaders={signed},"
        f" Signature={signature}"
    )


def stamp_of(at: datetime) -> str:
    """The instant as ``x-amz-date`` has it."""
    return f"{at:%Y%m%dT%H%M%SZ}"


# A process has one secret at a time and speaks to a few services.
@lru_cache(maxsize=16)
def _key(secret: str, day: str, region: str, service: str) -> bytes:
    key = f"AWS4{secret}".encode()
    for part in (day, region, service, "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    return key
