"""The desk: which acknowledgement a message gets, and where it is safe then.

::

    cloud there         its own acknowledgement, byte for byte
    cloud away          wrong: AE, by the same reader; right: kept on the disk, then AA
    above 4 MiB         kept at once: no sender waits for the upload of so much
    no room             AR: the sender keeps it, and sends it again
    agent refused       AR: the cloud knows us, and would not take it
    without a spool     AR while the cloud is away (``mllp: relay``)

Messages of one sender take their turn: behind one that is kept, the next ones are kept too, until
the cloud has them all.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal

from agent.mllp import judging
from agent.spool.courier import Acknowledged, Refused
from agent.spool.line import LineState
from agent.spool.store import Entry, Kept
from functions.drimbox.errors import MessageError, NotHl7, Refusal, StorageUnavailable
from functions.drimbox.report.header import read_header
from functions.drimbox.report.hl7 import MAX_DIRECT_BYTES
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from zoneinfo import ZoneInfo

    from agent.spool.courier import Code, Courier, Outcome
    from agent.spool.keeper import Keeper
    from agent.spool.line import Line
    from functions.drimbox.ports import Clock
    from functions.drimbox.report.model import MessageHeader

# Seconds. A RIS waits ten or more for its acknowledgement; for a large message, longer.
DIRECT: Final = 8.0
DIRECT_LARGE: Final = 120.0
# Bytes. A larger message is read in a thread: meanwhile the others are answered.
_INLINE: Final = 1024 * 1024
Sender = tuple[str, str]
_Keeping = asyncio.Future[Kept]
How = Literal["cloud", "kept", "site"]


@frozen
class Answer:
    """``ack`` are the bytes to send back. ``how``: they are the cloud's; the message is kept here;
    or the site answered by itself."""

    ack: bytes
    code: Code
    how: How


@dataclass
class Desk:
    """One tenant's desk, for all listeners. ``zone`` is the site's. Without ``keeper`` nothing is
    kept. ``declared`` gives the senders that the cloud has last named, None where it has not;
    ``failed`` hears of a fault of our own.
    """

    tenant: str
    zone: ZoneInfo
    courier: Courier
    line: Line
    clock: Clock
    keeper: Keeper | None = None
    declared: Callable[[], Collection[Sender] | None] = lambda: None
    failed: Callable[[Exception], None] = lambda _error: None
    _turns: defaultdict[Sender, asyncio.Lock] = field(
        default_factory=lambda: defaultdict(asyncio.Lock)
    )

    async def answer(self, raw: bytes, admitted: Collection[Sender]) -> Answer | None:
        """The answer to one message from a listener that admits those senders; None where no MSH
        can be read, so that no acknowledgement is possible.
        """
        try:
            header = read_header(raw)
        except NotHl7:
            return None
        sender = judging.sender_of(header)
        if sender not in admitted:
            return self._refused(header, judging.undeclared())
        try:
            async with self._turns[sender]:
                step = await self._in_turn(raw, header)
            return step if isinstance(step, Answer) else await self._on_disk(step, header)
        except Exception as error:  # noqa: BLE001  # its text may hold the message
            self.failed(error)
            return self._refused(header, judging.fault())

    def too_large(self, head: bytes) -> Answer | None:
        """The answer to a frame of which only the head was kept."""
        try:
            return self._refused(read_header(head), judging.too_large())
        except NotHl7:
            return None

    async def _in_turn(self, raw: bytes, header: MessageHeader) -> Answer | _Keeping:
        """The answer, or a message on its way to the disk: its place in the order is taken, and the
        next one of its sender need not wait for the disk."""
        if self._must_wait(header):
            if self.line.state is LineState.REFUSED:
                return self._refused(header, judging.not_admitted())
            return await self._keep(raw, header)
        is_large = len(raw) > MAX_DIRECT_BYTES
        if is_large and self.keeper is not None:
            return await self._keep(raw, header)
        outcome = await self.courier.carry(
            raw, header.control_id, accepted_at=None, within=DIRECT_LARGE if is_large else DIRECT
        )
        self.line.note(outcome, "|".join((*judging.sender_of(header), header.control_id)))
        return self._passed(outcome, header) or await self._keep(raw, header)

    def _passed(self, outcome: Outcome, header: MessageHeader) -> Answer | None:
        """The answer where the cloud gave one, or refused us; None where it is away."""
        match outcome:
            case Acknowledged(code=code, ack=ack):
                return Answer(ack, code, "cloud")
            case Refused(everything=True):
                return self._refused(header, judging.not_admitted())
            case Refused():
                return self._refused(header, judging.gateway_refuses())
        return None

    def _must_wait(self, header: MessageHeader) -> bool:
        """Whether the message has others before it, or the cloud is known to be away."""
        if self.keeper is None:
            return False
        own = self.keeper.holds("|".join(judging.sender_of(header)))
        return own or (self.line.is_shut and self.keeper.waiting > 0)

    async def _keep(self, raw: bytes, header: MessageHeader) -> Answer | _Keeping:
        """Keep a message that the cloud will accept. It is judged before there is room for it: its
        sender learns sooner that it is wrong."""
        if self.keeper is None:
            return self._refused(header, judging.gateway_away())
        try:
            self._require_declared(header)
            if len(raw) > _INLINE:
                await asyncio.to_thread(judging.require_readable, raw, header)
            else:
                judging.require_readable(raw, header)
            if not self.keeper.has_room():
                raise judging.no_room()
        except MessageError as error:
            return self._refused(header, error.with_traceback(None))
        except StorageUnavailable:
            return self._refused(header, judging.no_room())
        sender, ack = "|".join(judging.sender_of(header)), self._ack(header, "AA")
        entry = Entry(sender, header.control_id, raw, ack, self.keeper.now())
        return self.keeper.keep(entry)

    def _require_declared(self, header: MessageHeader) -> None:
        declared = self.declared()
        if declared is not None and judging.sender_of(header) not in declared:
            raise judging.undeclared()

    async def _on_disk(self, keeping: _Keeping, header: MessageHeader) -> Answer:
        """AA once it is there."""
        try:
            kept = await keeping
        except StorageUnavailable:
            return self._refused(header, judging.no_room())
        if kept.ack is None:
            return self._refused(header, judging.reused())
        return Answer(kept.ack, "AA", "kept")

    def _refused(self, header: MessageHeader, error: MessageError) -> Answer:
        code: Code = "AR" if isinstance(error, Refusal) else "AE"
        return Answer(self._ack(header, code, error), code, "site")

    def _ack(self, header: MessageHeader, code: Code, error: MessageError | None = None) -> bytes:
        at = self.clock.now().astimezone(self.zone)
        return judging.answer(header, code, tenant=self.tenant, at=at, error=error)
