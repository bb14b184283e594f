"""Download the revocation lists of the senders' authorities, verify each, keep the last good one.

A list is taken when an authority of a tenant's programs signed it, it is complete and in force, and
it is no older than the kept one, and not for other certificates than that. A file that is not taken
leaves the kept list as it is, and stops no other file. Nor does a kept list that cannot be read: it
stops its own authority, whose new list nobody could tell from an older one.
"""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Final, Protocol

from functions.drimbox.errors import StorageUnavailable
from functions.drimbox.identity.revocation_list import is_list_of, is_whole, load_list, part_of
from functions.drimbox.identity.revoked import RevokedCertificates, authority_id, digests_of
from functions.drimbox.identity.unreadable_certificate import UNREADABLE
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from cryptography import x509

    from functions.drimbox.ports import Clock

# Bytes. A list of a million certificates has about 40 MB.
MAX_BYTES: Final = 48 * 1024 * 1024
# The authorities' clocks may be early by that much.
EARLY: Final = timedelta(minutes=10)
# A list that was verified is not downloaded again before, unless its end has come.
DUE_AFTER: Final = timedelta(hours=4)


class Outcome(StrEnum):
    """The end of one file."""

    KEPT = "kept"
    UNREACHABLE = "unreachable"
    TOO_LARGE = "too_large"
    UNREADABLE = "unreadable"
    OTHER_AUTHORITY = "other_authority"
    NOT_WHOLE = "not_whole"
    NOT_IN_FORCE = "not_in_force"
    OLDER = "older"
    KEPT_UNREADABLE = "kept_unreadable"
    NOT_STORED = "not_stored"


# An address that does not answer is tried again at the next hour; the age tells when it lasts.
_CALM: Final = frozenset({Outcome.KEPT, Outcome.UNREACHABLE})


class NotTaken(Exception):
    """The file of an address is not taken; the source says UNREACHABLE or TOO_LARGE."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(outcome)
        self.outcome = outcome


class Source(Protocol):
    """The addresses of the lists."""

    def __len__(self) -> int:
        """How many there are."""
        ...

    def get(self, number: int) -> bytes:
        """The file at the address of that number, from 0 on; NotTaken."""
        ...


class RevokedStore(Protocol):
    """The kept lists, by authority. Both raise StorageUnavailable."""

    def get(self, authority: str) -> RevokedCertificates | None:
        """The last good list, None before the first."""
        ...

    def put(self, kept: RevokedCertificates) -> None:
        """Keep it in place of the former one."""
        ...


@frozen
class Refreshed:
    """``outcomes`` by address, none where no list was due. ``stale``: the names of the authorities
    whose list is missing, unreadable, or should have been replaced."""

    outcomes: tuple[Outcome, ...]
    stale: tuple[str, ...]

    @property
    def is_refused(self) -> bool:
        """Whether a file came that must not be taken: somebody has to look."""
        return any(one not in _CALM for one in self.outcomes)


def refresh(
    source: Source,
    authorities: Sequence[x509.Certificate],
    store: RevokedStore,
    clock: Clock,
    *,
    at_once: bool = False,
) -> Refreshed:
    """Refresh the lists of ``authorities`` where one is due, or ``at_once``."""
    by_id = {authority_id(one): one for one in authorities}
    kept: dict[str, RevokedCertificates | None] = {}
    unreadable: set[str] = set()
    for one in by_id:
        kept[one] = None
        try:
            kept[one] = store.get(one)
        except StorageUnavailable:
            unreadable.add(one)
    outcomes: list[Outcome] = []
    if at_once or any(_is_due(one, clock.now()) for one in kept.values()):
        for number in range(len(source)):
            try:
                taken = _take(source.get(number), by_id, kept, clock.now())
                _store(taken, store, unreadable)
            except NotTaken as error:
                outcomes.append(error.outcome)
                continue
            kept[taken.authority] = taken
            outcomes.append(Outcome.KEPT)
    at = clock.now()
    stale = tuple(
        by_id[one].subject.rfc4514_string()
        for one, found in kept.items()
        if found is None or found.next_at < at
    )
    return Refreshed(tuple(outcomes), stale)


def _store(taken: RevokedCertificates, store: RevokedStore, unreadable: set[str]) -> None:
    if taken.authority in unreadable:
        raise NotTaken(Outcome.KEPT_UNREADABLE)
    try:
        store.put(taken)
    except StorageUnavailable:
        raise NotTaken(Outcome.NOT_STORED) from None


def _is_due(kept: RevokedCertificates | None, at: datetime) -> bool:
    return kept is None or at - kept.checked_at >= DUE_AFTER or at > kept.next_at


def _take(
    file: bytes,
    authorities: Mapping[str, x509.Certificate],
    kept: Mapping[str, RevokedCertificates | None],
    at: datetime,
) -> RevokedCertificates:
    """The list of a file, in the form in which it is kept; NotTaken."""
    crl = load_list(file)
    if crl is None:
        raise NotTaken(Outcome.UNREADABLE)
    authority = next((one for one, by in authorities.items() if is_list_of(crl, by)), None)
    if authority is None:
        raise NotTaken(Outcome.OTHER_AUTHORITY)
    if not is_whole(crl):
        raise NotTaken(Outcome.NOT_WHOLE)
    try:
        begin, end = crl.last_update_utc, crl.next_update_utc
        digests = digests_of(one.serial_number for one in crl)
        part = part_of(crl)
    except (*UNREADABLE, ArithmeticError):
        raise NotTaken(Outcome.UNREADABLE) from None
    if end is None or not begin - EARLY <= at <= end:
        raise NotTaken(Outcome.NOT_IN_FORCE)
    known = kept[authority]
    if known is not None and part not in {"", known.part if known.part is not None else part}:
        raise NotTaken(Outcome.NOT_WHOLE)  # it would replace what is known of other certificates
    if known is not None and begin < known.updated_at:
        raise NotTaken(Outcome.OLDER)
    return RevokedCertificates(authority, begin, end, at, digests, part)
