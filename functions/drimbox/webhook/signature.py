"""The signature of a request by Standard Webhooks 1.0.0 (standardwebhooks.com): v1, symmetric.

The signed text is ``<webhook-id>.<webhook-timestamp>.<body>``; the scheme is HMAC-SHA256 in base64.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from typing import TYPE_CHECKING, Final

from functions.drimbox.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

_PREFIX: Final = "whsec_"
# Bytes: the scheme's own bounds.
_SHORTEST, _LONGEST = 24, 64


def read_keys(secret: str) -> tuple[bytes, ...]:
    """The keys of a secret: one, or two for the days of a rotation, separated by a blank. Each is
    base64, with or without ``whsec_``. Raises ConfigurationError, which holds no value.
    """
    keys = tuple(_key(one.removeprefix(_PREFIX)) for one in secret.split())
    if not 1 <= len(keys) <= 2:
        raise ConfigurationError("the webhook's secret is not one key or two")
    return keys


def _key(text: str) -> bytes:
    try:
        key = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise ConfigurationError("a key of the webhook is not base64") from None
    if not _SHORTEST <= len(key) <= _LONGEST:
        raise ConfigurationError("a key of the webhook is not of 24 to 64 bytes")
    return key


def sign(keys: Sequence[bytes], event_id: str, at: datetime, body: bytes) -> dict[str, str]:
    """The three headers of a request that leaves at ``at``: one signature for each key."""
    seconds = str(int(at.timestamp()))
    text = b".".join((event_id.encode(), seconds.encode(), body))
    made = (base64.b64encode(hmac.new(key, text, hashlib.sha256).digest()) for key in keys)
    return {
        "webhook-id": event_id,
        "webhook-timestamp": seconds,
        "webhook-signature": " ".join(f"v1,{one.decode()}" for one in made),
    }
