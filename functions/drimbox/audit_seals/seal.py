"""One seal: its facts, and its bytes, which have one form only.

A seal is a text in UTF-8 whose lines end with LF. The first line is a JSON object; each other line
is a JSON array ``["key", "version id", "SHA-256 of the bytes"]``, null for the digest of a delete
marker. ``records`` of them are those of the day, in the order of (key, version id); ``late`` more,
in the same order, are of days that were sealed before. ``lines_sha256`` is the digest of all lines
but the first; ``previous`` is the digest of the whole former seal, null for the tenant's first one.
JSON is written without spaces, in ASCII, names in alphabetical order: ``sha256sum`` and ten lines
of any language verify a chain.
"""

from __future__ import annotations

import hashlib
import json
import re
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

from functions.drimbox import strict_json
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from collections.abc import Iterable

# No record was written before: a name of a day long ago must not cost thousands of seals.
BEGINNING: Final = date(2026, 1, 1)
FORM: Final = "drimbox-audit-seal/1"
# A day is closed this long after its end: a function stops after 15 minutes, and writes a record
# of the day on which it looked at its clock.
MARGIN: Final = timedelta(hours=2)
# A seal looks for late records of so many days before its own.
LOOKS_BACK_DAYS: Final = 7
_SHA256: Final = re.compile(r"[0-9a-f]{64}")
_NAMES: Final = {
    *("day", "form", "late", "lines_sha256", "previous", "records", "sealed_at", "tenant")
}


class UnreadableSeal(ValueError):
    """The bytes are no seal, or not in the one form that a seal has."""


@frozen
class Line:
    """One version of one record: its ``digest`` is None for a delete marker."""

    key: str
    version: str
    digest: str | None

    @property
    def place(self) -> tuple[str, str]:
        """Key and version id."""
        return self.key, self.version


@frozen
class Seal:
    """``previous``: the digest of the former seal; ``records`` and ``late`` in order."""

    tenant: str
    day: date
    previous: str | None
    sealed_at: datetime
    records: tuple[Line, ...]
    late: tuple[Line, ...] = ()


def digest_of(data: bytes) -> str:
    """SHA-256 in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def key_of(day: date) -> str:
    """Where the seal of ``day`` is, within the tenant."""
    return f"seals/{day.isoformat()}.jsonl"


def day_of(key: str) -> date | None:
    """The day whose seal has that key, None for any other key."""
    day = day_named(key.removeprefix("seals/").removesuffix(".jsonl"))
    return day if day is not None and key == key_of(day) else None


def last_closed_day(now: datetime) -> date:
    """The latest UTC day of which no record is written any more."""
    return (now - MARGIN).date() - timedelta(days=1)


def day_named(name: str) -> date | None:
    """The day that ``2026-03-02`` names, None for any other text and for a day before audits."""
    try:
        day = date.fromisoformat(name)
    except ValueError:
        return None
    return day if day.isoformat() == name and day >= BEGINNING else None


def write_lines(lines: Iterable[Line]) -> bytes:
    """The lines, each with its end."""
    return "".join(
        json.dumps([one.key, one.version, one.digest], separators=(",", ":")) + "\n"
        for one in lines
    ).encode()


def read_lines(data: bytes) -> tuple[Line, ...]:
    """The reverse of :func:`write_lines`; raises UnreadableSeal."""
    return tuple(_line(one) for one in data.split(b"\n")[:-1])


def write(seal: Seal) -> bytes:
    """The seal's bytes."""
    lines = write_lines((*seal.records, *seal.late))
    head = {
        "day": seal.day.isoformat(),
        "form": FORM,
        "late": len(seal.late),
        "lines_sha256": digest_of(lines),
        "previous": seal.previous,
        "records": len(seal.records),
        "sealed_at": seal.sealed_at.isoformat(),
        "tenant": seal.tenant,
    }
    return json.dumps(head, separators=(",", ":"), sort_keys=True).encode() + b"\n" + lines


def read(data: bytes) -> Seal:
    """The seal of these bytes; raises UnreadableSeal unless :func:`write` gives the same ones."""
    first, _, rest = data.partition(b"\n")
    lines = read_lines(rest)
    try:
        head = strict_json.read(first)
        if not isinstance(head, dict) or head.keys() != _NAMES or head["form"] != FORM:
            raise UnreadableSeal("not a seal of this form")
        if not isinstance(head["tenant"], str):
            raise UnreadableSeal("not the seal of a tenant")
        count = head["records"]
        seal = Seal(
            tenant=head["tenant"],
            day=date.fromisoformat(head["day"]),
            previous=head["previous"],
            sealed_at=datetime.fromisoformat(head["sealed_at"]),
            records=lines[:count],
            late=lines[count:],
        )
    except (TypeError, ValueError):
        raise UnreadableSeal("its first line is not that of a seal") from None
    if not _is_in_order(seal) or write(seal) != data:
        raise UnreadableSeal("its lines are not those that its first line tells of")
    return seal


def _is_in_order(seal: Seal) -> bool:
    """No version twice, each part sorted, the former digest a digest, a time with its zone."""
    parts = (seal.records, seal.late)
    is_digest = seal.previous is None or _is_digest(seal.previous)
    return (
        is_digest
        and seal.sealed_at.tzinfo is not None
        and all(one.place < other.place for lines in parts for one, other in pairwise(lines))
    )


def _is_digest(value: Any) -> bool:
    return isinstance(value, str) and _SHA256.fullmatch(value) is not None


def _line(text: bytes) -> Line:
    try:
        key, version, digest = strict_json.read(text)
    except (TypeError, ValueError):
        raise UnreadableSeal("a line is not of three values") from None
    texts = isinstance(key, str) and isinstance(version, str)
    if not texts or not (digest is None or _is_digest(digest)):
        raise UnreadableSeal("a line is not of a key, a version and a digest")
    return Line(key, version, digest)
