"""The check of a signed request, as a RIS makes it: Standard Webhooks 1.0.0, written from its text.

A receiver checks the signature over the very bytes that came, the time against its own clock, and
then the event's name against those that it has already.
"""

from __future__ import annotations

import base64
import hmac
from collections.abc import Mapping
from datetime import datetime
from typing import Final

# Seconds: the scheme's libraries take no request that is older, or from further in the future.
TOLERANCE: Final = 300


class NotSigned(ValueError):
    """The request is not to be believed; the message says why."""


def verify(headers: Mapping[str, str], body: bytes, secret: str, now: datetime) -> str:
    """The event's name. ``secret`` is ``whsec_`` and base64. Raises NotSigned."""
    missing = [
        name
        for name in ("webhook-id", "webhook-timestamp", "webhook-signature")
        if not headers.get(name)
    ]
    if missing:
        raise NotSigned(f"without {', '.join(missing)}")
    name, seconds = headers["webhook-id"], headers["webhook-timestamp"]
    if not seconds.isdigit() or abs(now.timestamp() - int(seconds)) > TOLERANCE:
        raise NotSigned("of another time")
    key = base64.b64decode(secret.removeprefix("whsec_"))
    made = hmac.digest(key, name.encode() + b"." + seconds.encode() + b"." + body, "sha256")
    wanted = f"v1,{base64.b64encode(made).decode()}"
    given = headers["webhook-signature"].split(" ")
    if not any(hmac.compare_digest(wanted.encode(), one.encode()) for one in given):
        raise NotSigned("by another key, or of another body")
    return name
