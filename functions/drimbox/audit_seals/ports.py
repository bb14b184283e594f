"""The needs of sealing and verifying: the records of one tenant, and its seals.

A listing is whole or raises StorageUnavailable: a part of one never passes for all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import date, datetime


@frozen
class Version:
    """One version of one object, as its store lists it, the tenant's prefix left out.

    ``is_marker``: no bytes, but the statement that the object is deleted (S3's delete marker).
    """

    key: str
    version: str
    written_at: datetime
    is_marker: bool = False

    @property
    def place(self) -> tuple[str, str]:
        """Key and version id, by which versions are sorted."""
        return self.key, self.version


class Trail(Protocol):
    """The audit records of one tenant: reading alone. Raises StorageUnavailable."""

    def names(self) -> tuple[str, ...]:
        """The names right below ``audit/``, in order: days (``2026-03-02``), unless somebody else
        than :class:`ports.Audit` wrote there."""
        ...

    def versions(self, name: str) -> Iterable[Version]:
        """Every version of every object below ``audit/<name>/``, delete markers too."""
        ...

    def digests(self, versions: Sequence[Version]) -> Iterator[str]:
        """The SHA-256 (hexadecimal) of the bytes of each version, in their order; "" where the
        store itself says that the bytes are not those that it was given."""
        ...


class Seals(Protocol):
    """The seals of one tenant; nothing is ever replaced. Raises StorageUnavailable."""

    def versions(self) -> Iterable[Version]:
        """Every version below ``seals/``, delete markers too; of one object, the latest first."""
        ...

    def get(self, version: Version) -> bytes:
        """The bytes of that version, which was listed."""
        ...

    def put_once(self, day: date, data: bytes) -> bool:
        """Store the seal of ``day`` unless there is one; True when this call stored it."""
        ...

    def progress(self, day: date) -> Iterable[bytes]:
        """The digests kept for ``day`` by runs that stopped before its end."""
        ...

    def keep(self, day: date, lines: bytes) -> None:
        """Keep digests for the next run; the same ones twice are kept once."""
        ...
