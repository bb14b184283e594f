"""Messages above the size of one request: uploaded to a signed address, then received as any other.

::

    requests/<upload>.json   the request and its caller: written before the address is given
    uploads/<upload>         the message, as the sender put it there: its size and its SHA-256 are
                             part of the signature, and the store itself checks them
    acks/<upload>.json       its acknowledgement, once it is accepted or wrong

An upload that was asked for to be *checked* is never received: the feed check alone reads it.

The first of two receives the message: the sender's request for the acknowledgement, or the look
that was queued with the address. The other one finds it received.
"""

from __future__ import annotations

import base64
import json
import re
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, Protocol

from functions.drimbox.errors import Absent, BadRequest, StorageUnavailable, TooLarge
from functions.drimbox.ports import Audit, Blobs, Clock, Uids
from functions.drimbox.publication.news import News, ring_for
from functions.drimbox.publication.receive import Desk, Reception, receive
from functions.drimbox.publication.site_accepted import read_time
from functions.drimbox.report.hl7 import MAX_BYTES
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from collections.abc import Mapping

# The delay of the look for a sender that does not come back: later than the end of its address.
LOOK_AFTER: Final = timedelta(minutes=15)
HL7: Final = "application/hl7-v2"

_SHA256: Final = re.compile(r"[0-9a-f]{64}")
_UPLOAD: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class Uploads(Blobs, Protocol):
    """Where messages are put, and read once more; not kept for long."""

    def signed_put(
        self, key: str, *, size: int, sha256: str, content_type: str, seconds: int
    ) -> tuple[str, Mapping[str, str]]:
        """An address where exactly those bytes may be put once, for a while, and the headers that
        must go with them. ``sha256`` is hex.
        """
        ...


class LookQueue(Protocol):
    """Schedules a later look at an upload."""

    def send(self, upload_id: str, *, after: timedelta) -> None:
        """Raises StorageUnavailable when nobody might look."""
        ...


@frozen
class UploadRequest:
    """The request for an address. ``subject`` is that of the certificate which asked (RFC 4514).
    ``check``: the message is to be checked, and never received. ``accepted_at``: the caller says
    that the site acknowledged the message then.
    """

    subject: str
    expires_at: datetime
    check: bool = False
    accepted_at: datetime | None = None

    def encode(self) -> bytes:
        """JSON."""
        facts: dict[str, Any] = {
            "subject": self.subject,
            "expires_at": self.expires_at.isoformat(),
            "check": self.check,
        }
        if self.accepted_at is not None:
            facts["accepted_at"] = self.accepted_at.isoformat()
        return json.dumps(facts).encode()

    @classmethod
    def decode(cls, data: bytes) -> UploadRequest:
        """The request that :meth:`encode` wrote."""
        facts = json.loads(data)
        ends = datetime.fromisoformat(facts["expires_at"])
        claimed = facts.get("accepted_at")
        accepted_at = datetime.fromisoformat(claimed) if claimed else None
        # A request of an earlier release is never of a check.
        return cls(facts["subject"], ends, bool(facts.get("check", False)), accepted_at)


@frozen
class Address:
    """Where to put the message, with which headers, until when."""

    upload_id: str
    url: str
    headers: Mapping[str, str]
    expires_at: datetime


def request_upload(
    facts: Mapping[str, Any],
    subject: str,
    *,
    uploads: Uploads,
    queue: LookQueue,
    audit: Audit,
    clock: Clock,
    uids: Uids,
    life: timedelta,
) -> Address:
    """An address for the message that ``facts`` announce: ``size`` in bytes, ``sha256`` in hex.
    It is good for ``life``, which ends before LOOK_AFTER. With ``check`` (true), the message is to
    be checked, and nobody receives it. ``accepted_at`` is the claim of :func:`receive`.

    Raises BadRequest for anything else, TooLarge above MAX_BYTES.
    """
    size, sha256 = facts.get("size"), facts.get("sha256")
    if set(facts) - {"size", "sha256", "check", "accepted_at"}:
        raise BadRequest("body")
    if type(size) is not int or size < 1:
        raise BadRequest("/size")
    check = facts.get("check", False)
    if type(check) is not bool:
        raise BadRequest("/check")
    accepted_at = (
        read_time(facts["accepted_at"], "/accepted_at") if "accepted_at" in facts else None
    )
    if not isinstance(sha256, str) or not _SHA256.fullmatch(sha256):
        raise BadRequest("/sha256")
    if size > MAX_BYTES:
        raise TooLarge
    upload_id = uids.fresh()
    expires_at = clock.now() + life
    asked = UploadRequest(subject, expires_at, check, accepted_at)
    uploads.put_once(_request_key(upload_id), asked.encode(), "application/json")
    if not check:
        queue.send(upload_id, after=LOOK_AFTER)
    url, headers = uploads.signed_put(
        _body_key(upload_id),
        size=size,
        sha256=sha256,
        content_type=HL7,
        seconds=int(life.total_seconds()),
    )
    audit.record(
        "upload.requested",
        key=upload_id,
        result="accepted",
        who=subject,
        facts={"upload_id": upload_id},
    )
    return Address(upload_id, url, headers, expires_at)


def acknowledge_upload(
    upload_id: str, subject: str, desk: Desk, uploads: Uploads
) -> Reception | None:
    """The acknowledgement of an upload, for the caller that asked for its address; None while the
    upload is not there.

    Raises Absent for an upload of somebody else, unknown, or that never came; NotHl7 as
    :func:`receive`.
    """
    asked = _asked(upload_id, uploads)
    if asked is None or asked.subject != subject or asked.check:
        raise Absent("upload")
    reception = _receive(upload_id, asked, desk, uploads)
    if reception is None and desk.clock.now() > asked.expires_at:
        raise Absent("upload")
    return reception


def uploaded_for_check(upload_id: str, subject: str, uploads: Uploads) -> bytes:
    """The message that this caller has put there to be checked.

    Raises Absent for one of somebody else, one to be received, or one that is not there (yet).
    """
    asked = _asked(upload_id, uploads)
    if asked is None or asked.subject != subject or not asked.check:
        raise Absent("upload")
    raw = uploads.get(_body_key(upload_id))
    if raw is None:
        raise Absent("upload")
    return raw


def look(upload_id: str, desk: Desk, uploads: Uploads, news: News) -> Reception | None:
    """Receive an upload whose sender may not come back; None when there is nothing. A refusal that
    nobody asked for is news of the message.

    Raises NotHl7, and StorageUnavailable when it is to be looked at again.
    """
    asked = _asked(upload_id, uploads)
    if asked is None or asked.check:
        return None
    reception = _receive(upload_id, asked, desk, uploads)
    if reception is not None and reception.unavailable:
        raise StorageUnavailable("the message could not be kept")
    if reception is not None and reception.code == "AE":
        ring_for(desk.tenant, news, reception.message_id)
    return reception


def _receive(
    upload_id: str, asked: UploadRequest, desk: Desk, uploads: Uploads
) -> Reception | None:
    kept = uploads.get(_ack_key(upload_id))
    if kept is not None:
        facts = json.loads(kept)
        return Reception(base64.b64decode(facts["ack"]), facts["code"], facts["message_id"])
    raw = uploads.get(_body_key(upload_id))
    if raw is None:
        return None
    reception = receive(raw, asked.subject, desk, asked.accepted_at)
    if reception.code != "AR":  # that one speaks of a circumstance: the next answer may be another
        said = {
            "ack": base64.b64encode(reception.ack).decode(),
            "code": reception.code,
            "message_id": reception.message_id,
        }
        uploads.put_once(_ack_key(upload_id), json.dumps(said).encode(), "application/json")
    return reception


def _asked(upload_id: str, uploads: Uploads) -> UploadRequest | None:
    if not _UPLOAD.fullmatch(upload_id):
        return None
    data = uploads.get(_request_key(upload_id))
    return None if data is None else UploadRequest.decode(data)


def _request_key(upload_id: str) -> str:
    return f"requests/{upload_id}.json"


def _body_key(upload_id: str) -> str:
    return f"uploads/{upload_id}"


def _ack_key(upload_id: str) -> str:
    return f"acks/{upload_id}.json"
