"""Sessions: an opaque cookie, and a sealed record on our side.

A reader of the store cannot enter and learns nothing: it holds a hash of each identifier and
sealed facts. A session ends when it is idle, when it is old, or at the sign-out; a sign-in always
makes a new one.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, ClassVar, Final, Generic, Protocol, TypeVar

from functions.drimbox.errors import Forbidden, NotAuthenticated
from functions.drimbox.identity.sealing import NONCE_BYTES, Seal
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from functions.drimbox.ports import Clock

IDLE: Final = timedelta(minutes=20)
LONGEST: Final = timedelta(hours=8)
ATTEMPT: Final = timedelta(minutes=10)
# The header of a request that no person's act caused: it is no use of a session.
UNATTENDED: Final = "X-Unattended"
# A session's last use is noted at most once in this time: reading a page is not a write.
_NOTED: Final = timedelta(minutes=1)
_IDENTIFIER: Final = re.compile(r"[A-Za-z0-9_-]{43}")
_SESSION: Final = "session"
_ATTEMPT: Final = "attempt"
_SEALED: Final = "sealed"
_USED_AT: Final = "used_at"
Kept = Mapping[str, str]


class Facts(Protocol):
    """The facts of a session: a dataclass whose fields are texts."""

    __dataclass_fields__: ClassVar[dict[str, Any]]


F = TypeVar("F", bound=Facts)


@frozen
class Attempt:
    """The secrets kept between a sign-in's start and its return: three unguessable texts.

    ``page`` names the page that the person wanted, "" for the first one.
    """

    state: str
    nonce: str
    code_verifier: str
    page: str = ""

    @classmethod
    def fresh(cls, unguessable: Callable[[], str], page: str = "") -> Attempt:
        """``unguessable`` gives at least 256 bits each time, in the alphabet of RFC 7636 4.1."""
        return cls(unguessable(), unguessable(), unguessable(), page)

    def __repr__(self) -> str:
        return "Attempt(…)"


class SessionStore(Protocol):
    """Small texts by key, within one tenant. Raises StorageUnavailable."""

    def put(self, key: str, facts: Kept, ends_at: datetime) -> None:
        """Keep ``facts``; they may be forgotten any time after ``ends_at``."""
        ...

    def get(self, key: str) -> Kept | None:
        """The stored session, read consistently; None when absent."""
        ...

    def note(self, key: str, name: str, value: str) -> None:
        """Change one fact of a session that still exists; nothing is made anew."""
        ...

    def swap(self, key: str, name: str, old: str, new: str) -> bool:
        """Change one fact that is still ``old``; False when it is not, or there is no record."""
        ...

    def take(self, key: str) -> Kept | None:
        """Return the stored value and remove it: of several callers one gets it."""
        ...


@frozen
class Session(Generic[F]):
    """A live session: its facts, the time of its sign-in, its record's key and sealed text."""

    facts: F
    opened_at: datetime
    key: str = field(default="", repr=False, compare=False)
    sealed: str = field(default="", repr=False, compare=False)


class Sessions(Generic[F]):
    """The sessions of one tenant. ``unguessable`` gives 32 random bytes in base64url.

    ``seal`` seals the records, ``kind`` is the type of the facts. ``whose`` begins the keys, so
    that several kinds of persons may share a store.
    """

    def __init__(
        self,
        store: SessionStore,
        clock: Clock,
        unguessable: Callable[[], str],
        seal: Seal,
        kind: type[F],
        *,
        whose: str = "",
    ) -> None:
        self._store = store
        self._clock = clock
        self._unguessable = unguessable
        self._seal = seal
        self._kind = kind
        self._whose = whose

    def begin(self, page: str = "") -> tuple[str, Attempt]:
        """Start a sign-in: the cookie's value, and the values for the request to the provider.

        ``page`` is kept for the return.
        """
        identifier, attempt = self._unguessable(), Attempt.fresh(self._unguessable, page)
        key, now = self._key(_ATTEMPT, identifier), self._clock.now()
        sealed = self._sealed(key, asdict(attempt), now)
        self._store.put(key, {_SEALED: sealed}, now + ATTEMPT)
        return identifier, attempt

    def attempt(self, identifier: str) -> Attempt:
        """The sign-in of that cookie, once; NotAuthenticated when there is none (any more)."""
        key = self._key(_ATTEMPT, identifier)
        opened = self._opened(key, self._take(_ATTEMPT, identifier))
        if opened is None or self._passed(opened[1]) > ATTEMPT:
            raise NotAuthenticated("no sign-in is in progress")
        return Attempt(**opened[0])

    def open(self, facts: F) -> str:
        """A new session; its cookie's value."""
        identifier, now = self._unguessable(), self._clock.now()
        key = self._key(_SESSION, identifier)
        kept = {_SEALED: self._sealed(key, asdict(facts), now), _USED_AT: now.isoformat()}
        self._store.put(key, kept, now + LONGEST)
        return identifier

    def current(self, identifier: str, *, used: bool = True) -> Session[F] | None:
        """The live session of that cookie; its use is noted, where it is ``used`` by a person."""
        if not _IDENTIFIER.fullmatch(identifier):
            return None
        key = self._key(_SESSION, identifier)
        kept = self._store.get(key)
        opened = self._opened(key, kept)
        if kept is None or opened is None:
            return None
        facts, opened_at = opened
        idle = self._passed(datetime.fromisoformat(kept[_USED_AT]))
        if idle > IDLE or self._passed(opened_at) > LONGEST:
            return None
        if used and idle > _NOTED:
            self._store.note(key, _USED_AT, self._clock.now().isoformat())
        # A later release may have kept more: a rollback meets its sessions.
        known = self._kind.__dataclass_fields__
        read = self._kind(**{name: one for name, one in facts.items() if name in known})
        return Session(read, opened_at, key, kept[_SEALED])

    def change(self, session: Session[F], facts: F) -> Session[F] | None:
        """Give a session other facts; None when it has changed or ended since it was read."""
        sealed = self._sealed(session.key, asdict(facts), session.opened_at)
        if not self._store.swap(session.key, _SEALED, session.sealed, sealed):
            # A write whose answer was lost is sent again, and then finds itself: each seal is
            # unlike any other.
            kept = self._store.get(session.key)
            if kept is None or kept[_SEALED] != sealed:
                return None
        return Session(facts, session.opened_at, session.key, sealed)

    def close(self, identifier: str) -> None:
        """End the session of that cookie, if there is one."""
        self._take(_SESSION, identifier)

    def _take(self, kind: str, identifier: str) -> Kept | None:
        if not _IDENTIFIER.fullmatch(identifier):
            return None
        return self._store.take(self._key(kind, identifier))

    def _sealed(self, key: str, facts: Mapping[str, str], at: datetime) -> str:
        """The facts and the record's time, sealed for ``key``."""
        nonce = urlsafe_b64decode(self._unguessable() + "=")[:NONCE_BYTES]
        content = json.dumps({"facts": facts, "at": at.isoformat()}).encode()
        return self._seal.close(key, content, nonce)

    def _opened(self, key: str, kept: Kept | None) -> tuple[dict[str, str], datetime] | None:
        """The facts and the record's time; None when there is no record that opens at ``key``."""
        content = None if kept is None else self._seal.open(key, kept[_SEALED])
        if content is None:
            return None
        record = json.loads(content)
        return record["facts"], datetime.fromisoformat(record["at"])

    def _key(self, kind: str, identifier: str) -> str:
        return f"{self._whose}{kind}#{hashlib.sha256(identifier.encode()).hexdigest()}"

    def _passed(self, since: datetime) -> timedelta:
        return self._clock.now() - since


def form_token(identifier: str, salt: str = "") -> str:
    """The token in every form of a session's pages: only the cookie's holder can make it.

    ``salt`` (base64url) makes each page's token unlike the others: the size of a compressed page
    tells nothing of it (BREACH).
    """
    digest = hmac.new(identifier.encode(), b"form" + salt.encode(), hashlib.sha256).digest()
    return f"{salt}.{urlsafe_b64encode(digest).rstrip(b'=').decode()}"


def require_own_form(identifier: str, token: str, origins: Sequence[str], own_origin: str) -> None:
    """Forbidden unless the form comes from a page of this session and of this very host.

    ``origins`` are the request's Origin headers (RFC 6454 7): browsers send one with each form.
    """
    salt = token.partition(".")[0]
    own = form_token(identifier, salt) if _IDENTIFIER.fullmatch(identifier) else ""
    if not own or not hmac.compare_digest(own.encode(), token.encode()):
        raise Forbidden("not a form of this session", code="foreign_form")
    if list(origins) != [own_origin]:
        raise Forbidden("a form of another site", code="foreign_form")
