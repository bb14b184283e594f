"""A journal that nobody reads, and the state of an agent."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from io import StringIO

from agent.mllp.desk import Answer
from agent.spool.courier import Acknowledged, Away
from agent.spool.line import Line
from agent.spool.store import Depth
from agent.status.board import ListenerBoard, PacsState, Snapshot, SpoolBoard, SpoolState
from agent.status.journal import Journal
from agent.status.work import WorkState
from tests.fakes.memory import VirtualClock


def silent() -> Journal:
    """A journal into nothing."""
    return Journal(StringIO(), VirtualClock())


@dataclass
class State:
    """An agent that has worked for a day, and whose cloud answers."""

    clock: VirtualClock = field(default_factory=VirtualClock)
    depth: Depth | None = field(default_factory=lambda: Depth(0, 0, None, 0))
    free: int | None = 50_000_000_000
    keeps: bool = True
    difference: timedelta | None = timedelta(seconds=3)
    pacs: tuple[PacsState, ...] = ()
    away: str = ""
    work: WorkState | None = None

    def snapshot(self) -> Snapshot:
        """As it is now."""
        line = Line(self.clock)
        for name in "12":
            line.note(Away(self.away) if self.away else Acknowledged("AA", b""), name)
        board = ListenerBoard("RIS <1>", self.clock, silent(), port=2575)
        board.opened()
        for code in ("AA", "AA", "AR"):
            board.answered(Answer(b"", code, "kept" if code == "AA" else "site"))
        board.turned_away("address")
        spooled = SpoolBoard(silent())
        spooled.sent(self.clock.now())
        spooled.put_aside("refused_AE")
        return Snapshot(
            version="1.0",
            started_at=self.clock.now() - timedelta(days=1),
            now=self.clock.now(),
            line=line,
            difference=self.difference,
            spool=SpoolState(self.keeps, self.depth, self.free, timedelta(days=4), 1_000_000_000),
            spooled=spooled,
            listeners=(board,),
            pacs=self.pacs,
            work=self.work,
        )
