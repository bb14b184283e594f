"""Causes of held publications: one per reason, open while a study is held for it.

::

    first study held ──► open ──► notified "opened" ──► … more are held, some leave …
                                           ──► the last one leaves ──► notified "closed"

A study that is replayed stays in its cause until it is published, withdrawn, superseded or held for
something else: trying again ends no cause. Every change is a conditional write. Each study stores
the notifications still to be sent for it, so a killed process resumes where it stopped.

A notification is sent between two writes, the claim and the mark. No other process sends it
meanwhile, so each opening and each closing is notified once. Only if a process is killed between
the notification and the mark, another sends it again once the claim has run out: better twice than
never.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final, Protocol

from functions.drimbox.errors import StorageUnavailable
from functions.drimbox.operations.permissions import Caller, demand
from functions.drimbox.tenants.model import Permission
from functions.drimbox.values import frozen
from functions.drimbox.wording import lookup
from functions.drimbox.wording.held import CONFIRMED_ONE_BY_ONE, REPLAYED_IN_VAIN

if TYPE_CHECKING:
    from collections.abc import Sequence

    from functions.drimbox.oid import Uid
    from functions.drimbox.ports import Audit, Clock, Uids

# The writers of one cause are the holds of one moment: in each round, one of them succeeds.
_TRIES: Final = 12
# A notification takes a second or two: the owner of an older claim is dead.
CLAIM: Final = timedelta(seconds=60)


class News(StrEnum):
    """An event of a cause that is notified."""

    OPENED = "opened"
    CLOSED = "closed"


@frozen
class Cause:
    """One reason, in one tenant. ``count`` studies are held for it, the first one ``since``.

    ``told`` is the last notified event, None before any; ``claim`` names the process that is about
    to notify the next, "" for none. ``revision`` counts the writes.
    """

    reason: str
    revision: int = 0
    count: int = 0
    since: datetime | None = None
    told: News | None = None
    claim: str = ""
    claimed_at: datetime | None = None

    @property
    def due(self) -> News | None:
        """The event to notify now, None when there is none."""
        if self.count:
            return None if self.told is News.OPENED else News.OPENED
        # The owner of the claim may have notified the opening.
        may_be_known = self.told is News.OPENED or (self.told is None and self.claim)
        return News.CLOSED if may_be_known else None

    def joined(self, at: datetime) -> Cause:
        """One more study is held for it. If the closing was not notified yet, the cause did not
        close.
        """
        goes_on = self.count or self.due is News.CLOSED
        return replace(self, count=self.count + 1, since=self.since if goes_on else at)

    def left(self) -> Cause:
        """One study less."""
        return replace(self, count=self.count - 1)

    def claimed(self, owner: str, at: datetime) -> Cause:
        """``owner`` is about to notify."""
        return replace(self, claim=owner, claimed_at=at)

    def marked(self, news: News) -> Cause:
        """The event is notified. A closed cause starts afresh."""
        told = None if news is News.CLOSED else news
        return replace(self, told=told, claim="", claimed_at=None)

    def is_claimed(self, at: datetime) -> bool:
        """Whether a process is notifying now."""
        return bool(self.claim) and self.claimed_at is not None and at - self.claimed_at < CLAIM


@frozen
class Member:
    """A study of a message: the ``reason`` that it is held for, "" for none, and the reasons whose
    causes it has changed and may still have to notify.
    """

    name: str
    revision: int = 0
    reason: str = ""
    owes: tuple[str, ...] = ()


class CauseStore(Protocol):
    """The causes of one tenant. Every write returns False when another writer was faster."""

    def member(self, name: str) -> Member:
        """Read consistently; one of revision 0 when never held."""
        ...

    def cause(self, reason: str) -> Cause:
        """Read consistently; one of revision 0 when there never was one."""
        ...

    def move(self, member: Member, causes: Sequence[Cause]) -> bool:
        """Store all of them, or none, if each stored revision is still its own."""
        ...

    def put(self, cause: Cause) -> bool:
        """Store the cause if the stored revision is still its own."""
        ...

    def all(self) -> tuple[Cause, ...]:
        """Every cause that there is or was, by reason."""
        ...


class Alerts(Protocol):
    """Alerts to the staff that watches over the service; never about a patient. Raises
    StorageUnavailable.
    """

    def tell(self, reason: str, news: News, since: datetime) -> None:
        """A cause has opened, or closed."""
        ...


@frozen
class CauseBook:
    """Keeps the causes of one tenant; implements ``publication.ports.Causes``."""

    store: CauseStore
    alerts: Alerts
    clock: Clock
    uids: Uids

    def follow(self, message_id: str, study: Uid | None, reason: str) -> None:
        """From now on that study of that message, or the message as a whole (None), is held for
        ``reason``, "" for none any more.

        A second call changes nothing, and finishes an interrupted first one. Raises
        StorageUnavailable when it is to be tried again.
        """
        member = self._moved(message_id if study is None else f"{message_id}/{study}", reason)
        for owed in member.owes:
            self._tell(owed)
        if member.owes:
            self.store.move(replace(member, owes=()), ())

    def stand(self, reason: str, since: datetime | None) -> None:
        """A cause without studies is open ``since`` then, or closed (None); notify what is due.

        Raises as :meth:`follow`.
        """
        cause = self.store.cause(reason)
        if bool(cause.count) is not (since is not None):
            cause = cause.left() if since is None else cause.joined(since)
            if not self.store.put(cause):
                raise StorageUnavailable("causes: another writer")
        if cause.due is not None:
            self._tell(reason)

    def _moved(self, name: str, reason: str) -> Member:
        for _ in range(_TRIES):
            member = self.store.member(name)
            if member.reason == reason:
                return member
            changed = [self.store.cause(member.reason).left()] if member.reason else []
            if reason:
                changed.append(self.store.cause(reason).joined(self.clock.now()))
            touched = (*member.owes, *(cause.reason for cause in changed if cause.due))
            wished = replace(member, reason=reason, owes=tuple(dict.fromkeys(touched)))
            if self.store.move(wished, changed):
                return replace(wished, revision=wished.revision + 1)
        raise StorageUnavailable("causes: too many writers")

    def _tell(self, reason: str) -> None:
        """Notify until nothing is due. If another process is notifying, leave it to that one, or
        come back later if that process may be dead.
        """
        owner = self.uids.fresh()
        for _ in range(_TRIES):
            cause, at = self.store.cause(reason), self.clock.now()
            news = cause.due
            if news is None:
                return
            if cause.is_claimed(at):
                raise StorageUnavailable("causes: being told")
            if not self.store.put(cause.claimed(owner, at)):
                continue
            self.alerts.tell(reason, news, cause.since or at)
            self._mark(reason, owner, news)
        raise StorageUnavailable("causes: too many writers")

    def _mark(self, reason: str, owner: str, news: News) -> None:
        for _ in range(_TRIES):
            cause = self.store.cause(reason)
            # Another process holds the claim: we were too slow, and it notifies again.
            if cause.claim != owner or self.store.put(cause.marked(news)):
                return
        raise StorageUnavailable("causes: too many writers")


def list_causes(store: CauseStore, audit: Audit, caller: Caller) -> dict[str, list[dict[str, Any]]]:
    """The open causes, each with its words and how many studies are held for it; ``replay_helps``
    tells whether another try of all may end otherwise.

    Forbidden without the permission ``view``.
    """
    operator = demand(audit, caller, Permission.VIEW)
    found = [cause for cause in store.all() if cause.count]
    audit.record(
        "causes.listed",
        key=caller.request_id,
        result="shown",
        who=operator.subject,
        facts={"count": str(len(found))},
    )
    return {
        "causes": [
            {
                **lookup.reason(cause.reason),
                "studies": cause.count,
                "since": cause.since.isoformat() if cause.since else None,
                "replay_helps": cause.reason not in REPLAYED_IN_VAIN | CONFIRMED_ONE_BY_ONE,
            }
            for cause in found
        ]
    }
