"""The credential with which a site's PACS proves itself on ``db``: a long random secret of its own.

It comes as the password of HTTP Basic (RFC 7617), whose user-id is the tenant's slug, or as a
Bearer token (RFC 6750): archives can be configured with either for a DICOMweb destination. We keep
its SHA-256 alone: it is drawn at random (:data:`MIN_CHARACTERS`), so that there is nothing to
guess.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from typing import TYPE_CHECKING, Final

from functions.drimbox.errors import NotAuthenticated

if TYPE_CHECKING:
    from collections.abc import Sequence

# 43 characters of base64 are 256 bits.
MIN_CHARACTERS: Final = 43
_MAX_CHARACTERS: Final = 1024


def digest_of(credential: str) -> str:
    """The stored form of a credential: its SHA-256, hex."""
    return hashlib.sha256(credential.encode()).hexdigest()


def require_pacs(authorization: Sequence[str], tenant: str, accepted: Sequence[str]) -> None:
    """Check the values of a request's ``Authorization`` fields against the ``accepted`` digests.

    Several are accepted while one is being replaced; none, where the site has no PACS that sends.
    Raises NotAuthenticated, and compares in constant time.
    """
    given = digest_of(_credential(authorization, tenant)).encode()
    matches = [hmac.compare_digest(given, one.encode()) for one in accepted]
    if not any(matches):
        raise NotAuthenticated("not the credential of this site's PACS")


def _credential(authorization: Sequence[str], tenant: str) -> str:
    if len(authorization) != 1 or len(authorization[0]) > _MAX_CHARACTERS:
        raise NotAuthenticated("exactly one Authorization header is needed")
    scheme, _, rest = authorization[0].strip().partition(" ")
    found = rest.strip()
    if scheme.lower() == "basic":
        user, _, found = _decoded(found).partition(":")
        if user != tenant:
            raise NotAuthenticated("the user-id is not the tenant")
    elif scheme.lower() != "bearer":
        raise NotAuthenticated("neither Basic nor Bearer")
    if len(found) < MIN_CHARACTERS:
        raise NotAuthenticated("too short to be a credential")
    return found


def _decoded(pair: str) -> str:
    try:
        return base64.b64decode(pair, validate=True).decode()
    except (binascii.Error, ValueError):
        raise NotAuthenticated("not a Basic pair") from None
