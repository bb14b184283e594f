"""The register of a tenant's agents that hold, or may get, a certificate of our own authority.

::

    invited ──► enrolled ──► renewed … ──► removed
       └─ its code ends, is tried in vain too often, or another code replaces it

A certificate opens while the register names it. An agent that is removed opens nothing from then
on, whatever certificate it holds; so does one that enrols again with its former certificates.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final, Protocol

from functions.drimbox.errors import StorageUnavailable
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

CODE_VALID: Final = timedelta(hours=24)
# With a proof of 100 bits one try is enough for the right person, and a million for nobody else.
MOST_TRIES: Final = 5
# An answer to a renewal may be lost: the former certificate opens until it ends.
_LIVE: Final = 2
# Writers of one agent at once: an operator and the agent itself.
_TRIES: Final = 4


@frozen
class Invitation:
    """A code that may still be used: its ``place``, its hash, and the tries in vain."""

    place: str
    digest: str
    ends_at: datetime
    tries: int = 0

    def is_open(self, at: datetime) -> bool:
        """Whether its code is taken."""
        return at < self.ends_at and self.tries < MOST_TRIES


@frozen
class Issued:
    """A certificate that opens: its serial number (lower-case hexadecimal) and its dates."""

    serial_number: str
    not_before: datetime
    not_after: datetime


@frozen
class AgentRecord:
    """``issued``: the certificates that open, the newest last. ``removed_at`` is None for an agent
    that is there. ``revision`` counts the writes, 0 for an agent that never was.
    """

    name: str
    invited_at: datetime | None = None
    invitation: Invitation | None = None
    issued: tuple[Issued, ...] = ()
    enrolled_at: datetime | None = None
    removed_at: datetime | None = None
    revision: int = 0

    @property
    def is_there(self) -> bool:
        """Whether an operator has created it, and none has removed it."""
        return self.revision > 0 and self.removed_at is None

    @property
    def ends_at(self) -> datetime | None:
        """When its newest certificate ends, None without one."""
        return self.issued[-1].not_after if self.issued else None

    def opens(self, serial_number: str) -> bool:
        """Whether a certificate of that number is its own."""
        return any(one.serial_number == serial_number for one in self.issued)

    def invited(self, invitation: Invitation, at: datetime) -> AgentRecord:
        """A code is given out; its certificates open until it is used."""
        if self.is_there:
            return replace(self, invitation=invitation, invited_at=at)
        return AgentRecord(self.name, at, invitation, revision=self.revision)

    def tried_in_vain(self) -> AgentRecord:
        """Somebody knew the place of its code, and not the rest."""
        if self.invitation is None:
            raise ValueError("nobody is invited")
        return replace(self, invitation=replace(self.invitation, tries=self.invitation.tries + 1))

    def enrolled(self, issued: Issued, at: datetime) -> AgentRecord:
        """Its code is spent, and its new certificate alone opens."""
        return replace(self, invitation=None, issued=(issued,), enrolled_at=at)

    def renewed(self, shown: str, issued: Issued) -> AgentRecord:
        """The certificate of the number ``shown`` stays beside its new one."""
        kept = tuple(one for one in self.issued if one.serial_number == shown)
        return replace(self, issued=(*kept, issued)[-_LIVE:])

    def removed(self, at: datetime) -> AgentRecord:
        """Neither a code nor a certificate of it opens any more."""
        return replace(self, invitation=None, issued=(), removed_at=at)


class Register(Protocol):
    """The agents of one tenant. Raises StorageUnavailable."""

    def get(self, name: str) -> AgentRecord:
        """Read consistently; one of revision 0 when there never was one."""
        ...

    def all(self) -> tuple[AgentRecord, ...]:
        """Every agent that is there, and those removed of late, by name; read consistently."""
        ...

    def put(self, record: AgentRecord) -> bool:
        """Store over the revision that was read; False when another writer was faster."""
        ...


def change(
    register: Register, name: str, changed: Callable[[AgentRecord], AgentRecord]
) -> AgentRecord:
    """Store ``changed`` of the agent's record, read anew while others write it; the stored record.

    Raises StorageUnavailable, and as ``changed`` does.
    """
    for _ in range(_TRIES):
        wished = changed(register.get(name))
        if register.put(wished):
            return replace(wished, revision=wished.revision + 1)
    raise StorageUnavailable("agents: too many writers")
