"""The loan: the agent's beat to the cloud, and the rights that it is lent for an hour."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from threading import Lock
from typing import TYPE_CHECKING, Any, Final

from agent.work.ports import CloudAway, NotServed
from agent.work.wire import PROTOCOL, read_time, secure_url, write_time
from functions.drimbox import strict_json
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agent.cloud.door import Door
    from agent.work.ports import Health
    from functions.drimbox.ports import Clock

# New rights are asked for so long before the former ones end.
RENEWED_BEFORE: Final = timedelta(minutes=15)
_OK, _UNKNOWN = 200, 404


@frozen
class Credentials:
    """Temporary credentials of AWS."""

    access_key_id: str
    secret_access_key: str
    session_token: str
    expires_at: datetime

    def __repr__(self) -> str:
        return "Credentials(…)"


@frozen
class Lent:
    """The rights of this site's agent, and where they hold. ``outgoing_url``: where imports come
    from, "" for a site that makes none."""

    credentials: Credentials
    region: str
    sqs_url: str
    s3_url: str
    queue_url: str
    bucket: str
    kms_key: str
    outgoing_url: str = ""


class Lending:
    """Implements ``work.ports.Loan``; the parts of the agent that use the rights ask :meth:`lent`.
    Several threads use it."""

    def __init__(self, door: Door, clock: Clock, version: str) -> None:
        self._door = door
        self._clock = clock
        self._version = version
        self._lock = Lock()
        self._lent: Lent | None = None
        self._site: Mapping[str, Any] | None = None

    @property
    def site(self) -> Mapping[str, Any] | None:
        """The facts about the site that the cloud has told last, None where it has told none."""
        with self._lock:
            return self._site

    @property
    def has_imports(self) -> bool:
        """Whether the cloud has told where imports of this site come from."""
        with self._lock:
            return self._lent is not None and bool(self._lent.outgoing_url)

    def beat(self, health: Health) -> datetime:
        """See ``work.ports.Loan``."""
        wanted = self._is_due()
        reply = self._door.post("/loan", self._body(health, wanted=wanted))
        if reply.status == _UNKNOWN:
            self._forget()
            raise NotServed("status 404", code="agent_unknown")
        if reply.status != _OK:
            raise CloudAway(f"status {reply.status}")
        try:
            facts = strict_json.read(reply.body)
            time = read_time(facts["time"])
            credentials = facts["credentials"]
            site = dict(facts["site"])
            lent = _lent(facts, credentials) if credentials else None
        except (ValueError, LookupError, TypeError):
            raise CloudAway("the loan is not understood") from None
        with self._lock:
            self._site = site
            self._lent = lent or self._lent
        return time

    def lent(self) -> Lent:
        """The rights that hold now. Raises CloudAway where there are none."""
        with self._lock:
            lent = self._lent
        if lent is None or lent.credentials.expires_at <= self._clock.now():
            raise CloudAway("no rights are lent")
        return lent

    def _forget(self) -> None:
        with self._lock:
            self._lent = None

    def _is_due(self) -> bool:
        with self._lock:
            lent = self._lent
        return lent is None or lent.credentials.expires_at - self._clock.now() < RENEWED_BEFORE

    def _body(self, health: Health, *, wanted: bool) -> bytes:
        pacs = {None: "unknown", True: "reachable", False: "unreachable"}[health.pacs]
        oldest = write_time(health.oldest_at) if health.oldest_at else None
        return json.dumps(
            {
                "version": self._version,
                "protocols": [PROTOCOL],
                "credentials": wanted,
                "health": {
                    "at": write_time(health.at),
                    "pacs": pacs,
                    "spool": {"messages": health.messages, "oldest_at": oldest},
                    "disk_free_bytes": health.disk_free_bytes,
                },
            }
        ).encode()


def _lent(facts: Any, credentials: Any) -> Lent:
    """Raises ValueError, LookupError or TypeError."""
    if facts["protocol"] != PROTOCOL:
        raise ValueError("another protocol")
    return Lent(
        credentials=Credentials(
            _text(credentials["access_key_id"]),
            _text(credentials["secret_access_key"]),
            _text(credentials["session_token"]),
            read_time(credentials["expires_at"]),
        ),
        region=_text(facts["region"]),
        sqs_url=secure_url(facts["endpoints"]["sqs"]),
        s3_url=secure_url(facts["endpoints"]["s3"]),
        queue_url=secure_url(facts["queue"]["url"]),
        bucket=_text(facts["incoming"]["bucket"]),
        kms_key=_text(facts["incoming"]["kms_key"]),
        outgoing_url=_outgoing(facts.get("outgoing")),
    )


def _outgoing(facts: Any) -> str:
    """A cloud of an earlier version tells nothing."""
    return secure_url(facts["url"]) if facts else ""


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError("not a text")
    return value
