"""The contexts of pages that wait for their professional: opened once, then one session's alone.

A page's identifier is random and stands in its address. Its record holds a hash of it and a sealed
context: a reader of the store learns nothing. The first live session that shows the identifier
binds the context for ever; nobody who comes later can read it, nor can any session of another
tenant. An identifier that no session has shown in ten minutes opens nothing.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, Protocol

from functions.drimbox.consultation.context import CallContext, WantedExams
from functions.drimbox.consultation.report_link import ReportLink
from functions.drimbox.consultation.sealed_store import BOUND, SEALED, SealedStore, TextStore
from functions.drimbox.identity.ins import Ins
from functions.drimbox.oid import Oid, Uid

if TYPE_CHECKING:
    from functions.drimbox.identity.sealing import Seal
    from functions.drimbox.ports import Clock

UNBOUND: Final = timedelta(minutes=10)
_IDENTIFIER: Final = re.compile(r"[A-Za-z0-9_-]{43}")
_SESSION: Final = "bound_to"
_NOTE: Final = "note_"
Kept = Mapping[str, str]
Context = CallContext | ReportLink


class ContextStore(TextStore, Protocol):
    """The same, whose records may change. Raises StorageUnavailable."""

    def claim(self, key: str, name: str, value: str, ends_at: datetime) -> bool:
        """Add one fact to a record that is there without it, and keep it until ``ends_at``.

        Of several writers one does; False for all others, and where there is no record.
        """
        ...

    def keep(self, key: str, name: str, value: str) -> None:
        """Put one fact into a record that is there, in the place of the former one; a record that
        is not there stays so.
        """
        ...


class Contexts:
    """The contexts of one tenant. ``unguessable`` gives 32 random bytes in base64url."""

    def __init__(
        self, store: ContextStore, clock: Clock, unguessable: Callable[[], str], seal: Seal
    ) -> None:
        self._store = store
        self._clock = clock
        self._unguessable = unguessable
        self._sealed = SealedStore(store, clock, unguessable, seal)

    def open(self, context: Context) -> str:
        """Keep a context; the identifier of its page."""
        page, now = self._unguessable(), self._clock.now()
        key = _key(page)
        content = json.dumps({**_encode(context), "at": now.isoformat()})
        self._sealed.put(key, content.encode(), UNBOUND)
        return page

    def bind(self, page: str, session: str) -> Context | None:
        """The context of ``page``, for the live session of that cookie's value.

        It is bound to the first session that asks; None for every other one, and where nothing
        (any more) is kept under that identifier.
        """
        if not _IDENTIFIER.fullmatch(page) or not _IDENTIFIER.fullmatch(session):
            return None
        key = _key(page)
        kept = self._store.get(key)
        record = self._opened(key, kept)
        if kept is None or record is None:
            return None
        if _SESSION not in kept:
            kept = self._claimed(key, kept, (page, session), record)
        if kept is None or not self._is_bound(kept, key, page, session):
            return None
        return None if self._passed(record) > UNBOUND + BOUND else _decode(record)

    def note(self, page: str, session: str, name: str, text: str) -> None:
        """Keep a text beside the context of a page that is bound to that session, in the place of
        the former one of that name. It ends with the context.
        """
        key = _key(page)
        sealed = self._sealed.close(_noted(key, name, page, session), text.encode())
        self._store.keep(key, f"{_NOTE}{name}", sealed)

    def noted(self, page: str, session: str, name: str) -> str:
        """The text of that name, "" where that session has kept none."""
        key = _key(page)
        sealed = (self._store.get(key) or {}).get(f"{_NOTE}{name}", "")
        content = self._sealed.open(_noted(key, name, page, session), sealed)
        return "" if content is None else content.decode()

    def _claimed(
        self, key: str, kept: Kept, whose: tuple[str, str], record: Mapping[str, Any]
    ) -> Kept | None:
        """The record with its session: this one, or another that was faster. ``whose``: the page
        and the session.
        """
        if self._passed(record) > UNBOUND:
            return None
        bound = self._sealed.close(_bound(key), _mark(*whose).encode())
        if self._store.claim(key, _SESSION, bound, self._clock.now() + BOUND):
            return {**kept, _SESSION: bound}
        return self._store.get(key)

    def _is_bound(self, kept: Kept, key: str, page: str, session: str) -> bool:
        """Whether the record's session is this one; a writer of the store cannot make it so."""
        mark = self._sealed.open(_bound(key), kept.get(_SESSION, ""))
        return mark is not None and hmac.compare_digest(mark, _mark(page, session).encode())

    def _opened(self, key: str, kept: Kept | None) -> dict[str, Any] | None:
        content = None if kept is None else self._sealed.open(key, kept[SEALED])
        if content is None:
            return None
        record: dict[str, Any] = json.loads(content)
        return record

    def _passed(self, record: Mapping[str, Any]) -> timedelta:
        return self._clock.now() - datetime.fromisoformat(record["at"])


def _key(page: str) -> str:
    return f"context#{hashlib.sha256(page.encode()).hexdigest()}"


def _bound(key: str) -> str:
    """The place of the session's mark: no other sealed text of the record opens there."""
    return f"{key}#{_SESSION}"


def _noted(key: str, name: str, page: str, session: str) -> str:
    """The place of a note: no other session's opens there, nor of another page or name."""
    return f"{key}#{_NOTE}{name}#{_mark(page, session)}"


def _mark(page: str, session: str) -> str:
    return hmac.new(session.encode(), page.encode(), hashlib.sha256).hexdigest()


def _encode(context: Context) -> dict[str, Any]:
    if isinstance(context, ReportLink):
        return {"link": asdict(context)}
    return {"call": _encode_call(context)}


def _decode(record: Mapping[str, Any]) -> Context:
    if "link" in record:
        link = record["link"]
        return ReportLink(**{**link, "study": Uid(link["study"])})
    return _decode_call(record["call"])


def _encode_call(context: CallContext) -> dict[str, Any]:
    wanted = asdict(context.wanted)
    for name in ("study_from", "study_to"):
        wanted[name] = wanted[name] and wanted[name].isoformat()
    return {**asdict(context), "ins": [context.ins.value, context.ins.oid], "wanted": wanted}


def _decode_call(facts: dict[str, Any]) -> CallContext:
    wanted, (matricule, kind) = facts["wanted"], facts["ins"]
    days = {
        name: wanted[name] and date.fromisoformat(wanted[name])
        for name in ("study_from", "study_to")
    }
    study = wanted["study"] and Uid(wanted["study"])
    return CallContext(
        **{
            **facts,
            "ins": Ins(matricule, Oid(kind)),
            "wanted": WantedExams(**{**wanted, **days, "study": study}),
        }
    )
