"""A correction in one act: an operator's override, and the replay that applies it at once; and the
act that takes the choice of studies back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from functions.drimbox.operations.entries import entry_of
from functions.drimbox.operations.overriding import Choice, override, publishes, sender_in_force
from functions.drimbox.operations.permissions import Caller, demand
from functions.drimbox.operations.replaying import replay
from functions.drimbox.tenants.model import Permission

if TYPE_CHECKING:
    from functions.drimbox.publication.inbox import Queue
    from functions.drimbox.publication.ports import Site


def correct(
    site: Site, queue: Queue, caller: Caller, *, message_id: str, choice: Choice, keeps: bool
) -> int:
    """Override the publication and replay it; the replay's number.

    Nothing is kept without both permissions, ``edit`` and ``replay``. Raises as
    ``overriding.override`` and ``replaying.replay`` do; where the replay fails, the override stays
    for the next one.
    """
    demand(site.audit, caller, Permission.EDIT)
    demand(site.audit, caller, Permission.REPLAY)
    override(site, caller, message_id=message_id, choice=choice, keeps=keeps)
    return replay(site, queue, caller, message_id=message_id)


def undo(site: Site, caller: Caller, *, message_id: str) -> int:
    """Take back the choice of studies, as far as nothing of it is published; the number of the
    override that says so. The message's own studies count again from the next replay on; a sender
    that an operator has chosen stays.

    Raises as ``overriding.override``.
    """
    demand(site.audit, caller, Permission.EDIT)
    sender = sender_in_force(site, entry_of(site, message_id))
    kept = sender if sender is not None and publishes(site.tenant, sender) else None
    return override(site, caller, message_id=message_id, choice=Choice({}, kept))


def undo_and_replay(site: Site, queue: Queue, caller: Caller, *, message_id: str) -> int:
    """Take the choice back and replay the publication; the replay's number. Permissions and errors
    are those of :func:`correct`."""
    demand(site.audit, caller, Permission.EDIT)
    demand(site.audit, caller, Permission.REPLAY)
    undo(site, caller, message_id=message_id)
    return replay(site, queue, caller, message_id=message_id)
