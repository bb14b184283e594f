"""A correction in one act: an operator's override, and the replay that applies it at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from functions.drimbox.operations.overriding import Choice, override
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
