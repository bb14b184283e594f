"""Verifying: the chain of one tenant's seals, and every record against its seal.

It trusts nothing that it can compute: bytes are read and hashed again, and a day without a seal, a
name that is no day or a second version is a finding, never left out.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from functions.drimbox.audit_seals.seal import (
    LOOKS_BACK_DAYS,
    Line,
    Seal,
    UnreadableSeal,
    day_named,
    day_of,
    digest_of,
    last_closed_day,
    read,
)
from functions.drimbox.audit_seals.sealing import chain_of
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from functions.drimbox.audit_seals.ports import Seals, Trail, Version

_DAY: Final = timedelta(days=1)


class Fault(StrEnum):
    """Each way in which audit and seals can disagree."""

    # Of seals.
    NO_SEAL = "no_seal"
    UNREADABLE = "unreadable"
    OTHER_SEAL = "other_seal"
    BROKEN_CHAIN = "broken_chain"
    SEAL_REPLACED = "seal_replaced"
    SEAL_DELETED = "seal_deleted"
    STRANGE_SEAL = "strange_seal"
    NOT_EXPECTED = "not_expected"
    # Of records.
    MISSING = "missing"
    CHANGED = "changed"
    ADDED = "added"
    LATE = "late"
    REPLACED = "replaced"
    DELETED = "deleted"
    OUTSIDE = "outside"


@frozen
class Finding:
    """``day`` is None where a key names none; ``version`` is "" where no single one is meant."""

    fault: Fault
    day: date | None
    key: str
    version: str = ""


@frozen
class Verification:
    """The days from ``first`` to ``last`` (both None: nothing to verify), the numbers of ``seals``
    and ``records`` that were read, and the digest of the last seal, "" without one."""

    first: date | None
    last: date | None
    seals: int
    records: int
    head: str
    findings: tuple[Finding, ...]


@dataclass
class Verifier:
    """Verifies one tenant's audit."""

    tenant: str
    trail: Trail
    seals: Seals
    _chain: dict[date, Version] = field(default_factory=dict)
    _read: dict[date, tuple[str, Seal | None]] = field(default_factory=dict)
    _records: int = 0

    def verify(
        self,
        now: datetime,
        first: date | None = None,
        last: date | None = None,
        expected: Mapping[date, str] | None = None,
    ) -> Verification:
        """Verify the days from ``first`` (the first sealed one) to ``last`` (the last one that must
        be sealed ``now``).

        ``expected``: digests of seals that somebody kept elsewhere. Raises StorageUnavailable.
        """
        versions = list(self.seals.versions())
        self._chain, self._read, self._records = chain_of(versions), {}, 0
        named = [day for name in self.trail.names() if (day := day_named(name))]
        begin = first or min(self._chain or named, default=None)
        # A run may still be at work on the day that was closed last.
        due = last_closed_day(now) - _DAY
        end = last or max((one for one in (*self._chain, due) if one <= due + _DAY), default=due)
        findings = [
            *_of_seal_objects(versions, last_closed_day(now)),
            *self._outside(now),
            *self._unexpected(expected or {}),
        ]
        days = [] if begin is None else _days(begin, end)
        for day in days:
            findings += self._of_day(day)
        sealed = [day for day in days if day in self._chain]
        return Verification(
            first=days[0] if days else None,
            last=days[-1] if days else None,
            seals=len(sealed),
            records=self._records,
            head=self._seal(sealed[-1])[0] if sealed else "",
            findings=tuple(findings),
        )

    def _of_day(self, day: date) -> Iterator[Finding]:
        name = f"seals/{day}.jsonl"
        self._read = {one: seal for one, seal in self._read.items() if one >= day - _DAY}
        if day not in self._chain:
            yield Finding(Fault.NO_SEAL, day, name)
            return
        _, seal = self._seal(day)
        if seal is None:
            yield Finding(Fault.UNREADABLE, day, name)
            return
        if (seal.tenant, seal.day) != (self.tenant, day):
            yield Finding(Fault.OTHER_SEAL, day, name)
        if not self._follows(day, seal):
            yield Finding(Fault.BROKEN_CHAIN, day, name)
        yield from self._of_records(day, seal)

    def _follows(self, day: date, seal: Seal) -> bool:
        """Whether the seal names the one before; the first one of all names none."""
        if day == min(self._chain):
            return seal.previous is None
        former = day - _DAY
        return former in self._chain and seal.previous == self._seal(former)[0]

    def _of_records(self, day: date, seal: Seal) -> Iterator[Finding]:
        listed = {one.place: one for one in self.trail.versions(day.isoformat())}
        sealed = {one.place: one for one in seal.records}
        late = {one.place: one for one in self._late_records(day)}
        known = {**late, **sealed}
        for key, version in sorted(known.keys() - listed.keys()):
            yield Finding(Fault.MISSING, day, key, version)
        for place, one in sorted(listed.items()):
            if place not in sealed:
                yield Finding(Fault.LATE if place in late else Fault.ADDED, day, *place)
            if one.is_marker:
                yield Finding(Fault.DELETED, day, *place)
        objects = Counter(one.key for one in listed.values() if not one.is_marker)
        for key in sorted(key for key, count in objects.items() if count > 1):
            yield Finding(Fault.REPLACED, day, key)
        both = [listed[place] for place in sorted(listed.keys() & known.keys())]
        yield from self._changed(day, both, known)

    def _changed(
        self, day: date, versions: Sequence[Version], known: Mapping[tuple[str, str], Line]
    ) -> Iterator[Finding]:
        objects = [one for one in versions if not one.is_marker]
        digests: dict[tuple[str, str], str | None] = {
            one.place: digest
            for one, digest in zip(objects, self.trail.digests(objects), strict=True)
        }
        self._records += len(objects)
        for one in versions:
            place = one.place
            if digests.get(place) != known[place].digest:
                yield Finding(Fault.CHANGED, day, *place)

    def _late_records(self, day: date) -> Iterator[Line]:
        """The records of ``day`` that later seals report."""
        for number in range(1, LOOKS_BACK_DAYS + 1):
            later = day + number * _DAY
            seal = self._seal(later)[1] if later in self._chain else None
            if seal is not None:
                yield from (one for one in seal.late if one.key.startswith(f"audit/{day}/"))

    def _seal(self, day: date) -> tuple[str, Seal | None]:
        """The digest of the day's seal, and the seal, None where it cannot be read."""
        if day not in self._read:
            data = self.seals.get(self._chain[day])
            try:
                self._read[day] = digest_of(data), read(data)
            except UnreadableSeal:
                self._read[day] = digest_of(data), None
        return self._read[day]

    def _outside(self, now: datetime) -> Iterator[Finding]:
        """Records that no seal will ever hold: of no day, before the chain, or of days to come."""
        # Tomorrow has begun for a writer whose clock is a little ahead of ours.
        first, tomorrow = min(self._chain, default=date.min), now.date() + _DAY
        for name in self.trail.names():
            day = day_named(name)
            if day is None or not first <= day <= tomorrow:
                for one in self.trail.versions(name):
                    yield Finding(Fault.OUTSIDE, day, one.key, one.version)

    def _unexpected(self, expected: Mapping[date, str]) -> Iterator[Finding]:
        for day, digest in sorted(expected.items()):
            if day not in self._chain or self._seal(day)[0] != digest:
                yield Finding(Fault.NOT_EXPECTED, day, f"seals/{day}.jsonl")


def _of_seal_objects(versions: Sequence[Version], last: date) -> Iterator[Finding]:
    """Objects among the seals that no run of ours leaves there; ``last``: the last closed day."""
    for one in versions:
        day = day_of(one.key)
        if day is None or day > last:
            yield Finding(Fault.STRANGE_SEAL, day, one.key, one.version)
        elif one.is_marker:
            yield Finding(Fault.SEAL_DELETED, day, one.key, one.version)
    objects = Counter(one.key for one in versions if not one.is_marker)
    for key in sorted(key for key, count in objects.items() if count > 1):
        yield Finding(Fault.SEAL_REPLACED, day_of(key), key)


def _days(first: date, last: date) -> list[date]:
    return [first + number * _DAY for number in range((last - first).days + 1)]
