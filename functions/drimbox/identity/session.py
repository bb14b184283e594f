"""Sessions of operators: an opaque cookie, everything else on our side.

A reader of the store cannot enter: it holds a hash of each identifier. A session ends when it is
idle, when it is old, when its operator signs out; signing in always makes a new one.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from base64 import urlsafe_b64encode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Protocol

from functions.drimbox.errors import Forbidden, NotAuthenticated
from functions.drimbox.identity.oidc import Attempt
from functions.drimbox.ports import Clock

IDLE: Final = timedelta(minutes=20)
LONGEST: Final = timedelta(hours=8)
ATTEMPT: Final = timedelta(minutes=10)
# A session's last use is noted at most once in this time: reading a page is not a write.
_NOTED: Final = timedelta(minutes=1)
_IDENTIFIER: Final = re.compile(r"[A-Za-z0-9_-]{43}")
_SESSION: Final = "session"
_ATTEMPT: Final = "attempt"
Kept = Mapping[str, str]


class SessionStore(Protocol):
    """Small texts by key, within one tenant. Raises StorageUnavailable."""

    def put(self, key: str, facts: Kept, ends_at: datetime) -> None:
        """Keep ``facts``; they may be forgotten any time after ``ends_at``."""
        ...

    def get(self, key: str) -> Kept | None:
        """The stored session, read consistently; None when absent."""
        ...

    def note(self, key: str, name: str, value: str) -> None:
        """Change one fact of what is still there; nothing is made anew."""
        ...

    def take(self, key: str) -> Kept | None:
        """Return the stored value and remove it: of several callers one gets it."""
        ...


@dataclass(frozen=True, slots=True)
class Session:
    """A live session: whose (the provider's ``sub``) and since when."""

    subject: str
    opened_at: datetime


class Sessions:
    """The sessions of one tenant. ``unguessable`` gives 32 random bytes in base64url."""

    def __init__(self, store: SessionStore, clock: Clock, unguessable: Callable[[], str]) -> None:
        self._store = store
        self._clock = clock
        self._unguessable = unguessable

    def begin(self) -> tuple[str, Attempt]:
        """A sign-in that starts: the cookie's value, and the parameters of the request to the
        provider.
        """
        identifier, attempt = self._unguessable(), Attempt.fresh(self._unguessable)
        facts = {
            "state": attempt.state,
            "nonce": attempt.nonce,
            "code_verifier": attempt.code_verifier,
            "begun_at": self._clock.now().isoformat(),
        }
        self._store.put(_key(_ATTEMPT, identifier), facts, self._clock.now() + ATTEMPT)
        return identifier, attempt

    def attempt(self, identifier: str) -> Attempt:
        """The sign-in of that cookie, once; NotAuthenticated when there is none (any more)."""
        facts = self._take(_ATTEMPT, identifier)
        if facts is None or self._passed(facts["begun_at"]) > ATTEMPT:
            raise NotAuthenticated("no sign-in is in progress")
        return Attempt(facts["state"], facts["nonce"], facts["code_verifier"])

    def open(self, subject: str, *, instead_of: str = "") -> str:
        """A new session; its cookie's value. The one of the cookie ``instead_of`` ends."""
        self.close(instead_of)
        identifier, now = self._unguessable(), self._clock.now()
        facts = {"subject": subject, "opened_at": now.isoformat(), "used_at": now.isoformat()}
        self._store.put(_key(_SESSION, identifier), facts, now + LONGEST)
        return identifier

    def current(self, identifier: str) -> Session | None:
        """The live session of that cookie; its use is noted."""
        if not _IDENTIFIER.fullmatch(identifier):
            return None
        key = _key(_SESSION, identifier)
        facts = self._store.get(key)
        if facts is None:
            return None
        idle = self._passed(facts["used_at"])
        if idle > IDLE or self._passed(facts["opened_at"]) > LONGEST:
            return None
        if idle > _NOTED:
            self._store.note(key, "used_at", self._clock.now().isoformat())
        return Session(facts["subject"], datetime.fromisoformat(facts["opened_at"]))

    def close(self, identifier: str) -> None:
        """End the session of that cookie, if there is one."""
        self._take(_SESSION, identifier)

    def _take(self, kind: str, identifier: str) -> Kept | None:
        if not _IDENTIFIER.fullmatch(identifier):
            return None
        return self._store.take(_key(kind, identifier))

    def _passed(self, since: str) -> timedelta:
        return self._clock.now() - datetime.fromisoformat(since)


def form_token(identifier: str) -> str:
    """The token in every form of a session's pages: only the cookie's holder can make it."""
    digest = hmac.new(identifier.encode(), b"form", hashlib.sha256).digest()
    return urlsafe_b64encode(digest).rstrip(b"=").decode()


def require_own_form(identifier: str, token: str, origins: Sequence[str], own_origin: str) -> None:
    """Forbidden unless the form comes from a page of this session and of this very host.

    ``origins`` are the request's Origin headers (RFC 6454 7): browsers send one with each form.
    """
    own = form_token(identifier) if _IDENTIFIER.fullmatch(identifier) else ""
    if not own or not hmac.compare_digest(own.encode(), token.encode()):
        raise Forbidden("not a form of this session", code="foreign_form")
    if list(origins) != [own_origin]:
        raise Forbidden("a form of another site", code="foreign_form")


def _key(kind: str, identifier: str) -> str:
    return f"{kind}#{hashlib.sha256(identifier.encode()).hexdigest()}"
