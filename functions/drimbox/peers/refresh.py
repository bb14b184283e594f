"""Download the white list, verify it, and keep it unless it is older than the kept one."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Final, Protocol

from functions.drimbox.errors import StorageUnavailable, WhiteListUnusable
from functions.drimbox.peers.faults import Fault
from functions.drimbox.peers.kept import (
    KeptWhiteList,
    Refusal,
    WhiteListStore,
    is_due,
    white_list_at,
)
from functions.drimbox.peers.revocation import read_lists
from functions.drimbox.peers.verification import verify
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from datetime import timedelta

    from functions.drimbox.peers.signer import Signer
    from functions.drimbox.peers.white_list import WhiteList
    from functions.drimbox.ports import Clock

_TRIES: Final = 3
_KEPT: Final = "kept"
_NOT_DUE: Final = "not_due"
# A publisher that does not answer is tried again at the next hour; the age tells when it lasts.
_CALM: Final = frozenset({_KEPT, _NOT_DUE, f"white_list_{Fault.UNREACHABLE}"})


class Source(Protocol):
    """The list's publisher. Both raise WhiteListUnusable ``unreachable`` or ``too_large``."""

    def white_list(self) -> bytes:
        """The list's file."""
        ...

    def revocation_lists(self) -> tuple[bytes, ...]:
        """The files in which the signer's authorities revoke certificates."""
        ...


@frozen
class WhiteListDesk:
    """Everything that refreshes the list."""

    source: Source
    signer: Signer
    store: WhiteListStore
    clock: Clock


@frozen
class Look:
    """The finding of one look at the list.

    ``outcome`` is ``kept`` (downloaded, verified, kept), ``not_due``, or the code of the fault that
    kept it from being taken; ``detail`` is for the staff. ``age`` is the time since the last
    verification, None before the first one. ``white_list`` is the list that holds now, None when
    none does.
    """

    outcome: str
    detail: str
    age: timedelta | None
    white_list: WhiteList | None

    @property
    def is_refused(self) -> bool:
        """Whether a list came that must not be taken: somebody has to look."""
        return self.outcome not in _CALM

    def lacks(self, host: str) -> bool:
        """Whether a list holds and does not name ``host``: other DRIMboxes will not ask it."""
        return self.white_list is not None and self.white_list.entry_for_host(host) is None


def look(desk: WhiteListDesk, *, at_once: bool = False) -> Look:
    """Refresh the list where it is due, or ``at_once``; a list that is not taken is no error.

    Raises StorageUnavailable, and ConfigurationError.
    """
    kept = desk.store.get()
    outcome, detail = _NOT_DUE, ""
    if at_once or is_due(kept, desk.clock.now()):
        try:
            kept, outcome = refresh(desk), _KEPT
        except WhiteListUnusable as error:
            outcome, detail = error.code, error.detail
            with suppress(StorageUnavailable):
                desk.store.refuse(Refusal(error.code, desk.clock.now()))
    at = desk.clock.now()
    try:
        holds = white_list_at(kept, at)
    except WhiteListUnusable:
        holds = None
    return Look(outcome, detail, None if kept is None else kept.age(at), holds)


def refresh(desk: WhiteListDesk) -> KeptWhiteList:
    """The list that is kept now, just downloaded and verified.

    Raises WhiteListUnusable, and then the kept list stays as it was; StorageUnavailable. Of two
    that refresh at once, the one with the later list wins, whoever writes first.
    """
    data, revocations = desk.source.white_list(), desk.source.revocation_lists()
    at = desk.clock.now()
    verified = verify(data, desk.signer, read_lists(revocations), at)
    fresh = KeptWhiteList(
        revision=0,
        content=verified.covered,
        generated_at=verified.white_list.generated_at,
        signed_at=verified.signed_at,
        checked_at=at,
    )
    for _ in range(_TRIES):
        known = desk.store.get()
        if known is not None:
            fresh = _after(known, fresh)
        if desk.store.put(fresh):
            return fresh
    raise StorageUnavailable("white list: others write it all the time")


def _after(known: KeptWhiteList, fresh: KeptWhiteList) -> KeptWhiteList:
    """``fresh`` as what follows ``known``; WhiteListUnusable ``older`` when it does not."""
    if fresh.rank < known.rank or (fresh.rank == known.rank and not fresh.says_as(known)):
        raise WhiteListUnusable(Fault.OLDER)
    return replace(
        fresh, revision=known.revision, checked_at=max(fresh.checked_at, known.checked_at)
    )
