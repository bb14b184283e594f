"""Sealing: one seal for each closed day of a tenant, in order, from its first day with a record on.

Everything is read before anything is written, and a seal is one conditional write: a failure or a
kill at any point leaves no wrong seal, and the next run goes on.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, date, datetime, time, timedelta
from operator import attrgetter
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
    read_lines,
    write,
    write_lines,
)
from functions.drimbox.errors import StorageUnavailable
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from functions.drimbox.audit_seals.ports import Seals, Trail, Version
    from functions.drimbox.ports import Clock

# So many records are read between two looks at the clock; a run that ends keeps their digests.
CHUNK: Final = 2000
_DAY: Final = timedelta(days=1)
_place: Final = attrgetter("place")


@frozen
class Outcome:
    """``sealed``: days. ``late``: records that a seal reports as late. ``is_finished``: every
    closed day of the tenant is sealed."""

    sealed: int
    late: int
    is_finished: bool


@frozen
class Sealing:
    """The sealing of one tenant's audit."""

    tenant: str
    trail: Trail
    seals: Seals
    clock: Clock

    def next_day(self) -> date | None:
        """The day to be sealed next, None for a tenant that has no closed day with a record."""
        chain = chain_of(self.seals.versions())
        last = last_closed_day(self.clock.now())
        # A seal of a day to come is none of ours; its day is reached all the same.
        sealed = [day for day in chain if day <= last]
        if sealed:
            return max(sealed) + _DAY
        named = (day_named(name) for name in self.trail.names())
        return min((day for day in named if day and day <= last), default=None)

    def run(self, until: datetime) -> Outcome:
        """Seal every closed day, and begin none after ``until``.

        Raises StorageUnavailable; the days that were sealed before stay so.
        """
        sealed = late = 0
        day = self.next_day()
        while day is not None and day <= last_closed_day(self.clock.now()):
            seal = self._seal(day, until) if self.clock.now() < until else None
            # Where another run has just sealed that day, the next one goes on from there.
            if seal is None or not self.seals.put_once(day, write(seal)):
                return Outcome(sealed, late, is_finished=False)
            sealed, late, day = sealed + 1, late + len(seal.late), day + _DAY
        return Outcome(sealed, late, is_finished=True)

    def _seal(self, day: date, until: datetime) -> Seal | None:
        """The seal of ``day``, None when the time does not suffice."""
        chain = chain_of(self.seals.versions())
        previous = None
        known: set[tuple[str, str]] = set()
        before = [day - number * _DAY for number in range(LOOKS_BACK_DAYS, 0, -1)]
        for former in before:
            if former in chain:
                data = self.seals.get(chain[former])
                previous = digest_of(data)
                # Nothing of a seal that cannot be read is known: it is all reported as late.
                with suppress(UnreadableSeal):
                    seal = read(data)
                    known |= {one.place for one in (*seal.records, *seal.late)}
        records = sorted(self.trail.versions(day.isoformat()), key=_place)
        late = [
            one
            for former in before
            for one in self.trail.versions(former.isoformat())
            if one.place not in known
        ]
        late.sort(key=_place)
        digests = self._digests(day, [*records, *late], until)
        if digests is None:
            return None
        return Seal(
            tenant=self.tenant,
            day=day,
            previous=previous,
            sealed_at=self.clock.now(),
            records=_lines(records, digests),
            late=_lines(late, digests),
        )

    def _digests(
        self, day: date, versions: Sequence[Version], until: datetime
    ) -> dict[tuple[str, str], str | None] | None:
        """The digest of each version by its place; None when the time does not suffice: then those
        that were read are kept for the next run, which reads at least a chunk more.
        """
        known: dict[tuple[str, str], str | None] = {}
        for data in self.seals.progress(day):
            with suppress(UnreadableSeal):
                known |= {one.place: one.digest for one in read_lines(data)}
        missing = [one for one in versions if not one.is_marker and one.place not in known]
        for start in range(0, len(missing), CHUNK):
            if start and self.clock.now() >= until:
                return None
            chunk = missing[start : start + CHUNK]
            lines = [
                Line(one.key, one.version, digest)
                for one, digest in zip(chunk, self.trail.digests(chunk), strict=True)
            ]
            if not all(one.digest for one in lines):
                raise StorageUnavailable("the bytes of a record are not those that were stored")
            known |= {one.place: one.digest for one in lines}
            if start + CHUNK < len(missing):
                self.seals.keep(day, write_lines(lines))
        return known


def hours_behind(next_day: date, now: datetime) -> int:
    """Whole hours since the end of the last sealed day: 26 at most while all goes well."""
    return (now - datetime.combine(next_day, time(), UTC)) // timedelta(hours=1)


def chain_of(versions: Iterable[Version]) -> dict[date, Version]:
    """The seal of each day: the oldest version under its key, which is never replaced."""
    chain: dict[date, Version] = {}
    for one in versions:
        day = day_of(one.key)
        if day is not None and not one.is_marker:
            chain[day] = one
    return chain


def _lines(
    versions: Iterable[Version], digests: dict[tuple[str, str], str | None]
) -> tuple[Line, ...]:
    return tuple(Line(one.key, one.version, digests.get(one.place)) for one in versions)
