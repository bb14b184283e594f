"""Access tokens: a caller shows one (RFC 6750), Pro Santé Connect declares it active."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from functions.drimbox.errors import NotAuthenticated
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

MAX_TOKEN: Final = 8192

# RFC 6750 2.1: "Bearer" 1*SP b64token; the scheme is case-insensitive (RFC 9110 11.1).
_B64TOKEN: Final = re.compile(r"[A-Za-z0-9\-._~+/]+=*")
_CREDENTIALS: Final = re.compile(r"bearer +([A-Za-z0-9\-._~+/]+=*)", re.IGNORECASE)


@frozen
class RawToken:
    """An access token as a caller gave it; only its syntax and length are known to be right.

    Raises NotAuthenticated when they are not (RFC 6750 2.1, at most 8192 characters).
    """

    value: str

    def __post_init__(self) -> None:
        if len(self.value) > MAX_TOKEN or not _B64TOKEN.fullmatch(self.value):
            raise NotAuthenticated("malformed bearer token")

    def __repr__(self) -> str:
        return "RawToken(…)"


@frozen
class ActiveToken:
    """A token that Pro Santé Connect declared active just now.

    ``subject`` is its ``sub``, ``subject_name_id`` the national identifier ("8" + RPPS…),
    ``client_id`` the application it was issued to, ``expires_at`` its end (UTC).
    """

    value: str
    subject: str
    subject_name_id: str
    client_id: str
    expires_at: datetime

    def __repr__(self) -> str:
        return "ActiveToken(…)"


def bearer_token(authorization_header_values: Sequence[str]) -> RawToken:
    """The token of a request's ``Authorization`` fields (RFC 6750 2.1).

    Raises NotAuthenticated unless there is exactly one field and it is a well-formed Bearer.
    """
    if len(authorization_header_values) != 1:
        raise NotAuthenticated("exactly one Authorization header is needed")
    value = authorization_header_values[0]
    # The scheme and one space, before the token's own limit.
    found = _CREDENTIALS.fullmatch(value) if len(value) <= MAX_TOKEN + 64 else None
    if found is None:
        raise NotAuthenticated("not a bearer token")
    return RawToken(found[1])
