"""The senders of the file: whether the gateway takes their messages from this agent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.check.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from agent.mllp.desk import Sender
    from agent.mllp.settings import ListenerSettings


def try_senders(
    listeners: Iterable[ListenerSettings], declared: Collection[Sender] | None
) -> Iterator[Finding]:
    """Each pair of MSH-3 and MSH-4 of the listeners, once; nothing where the gateway has named
    none (``declared`` None), which another step tells.
    """
    if declared is None:
        return
    for sender in sorted({one for listener in listeners for one in listener.senders}):
        code = "sender_declared" if sender in declared else "sender_undeclared"
        yield Finding(code, "|".join(sender))
