"""The workflow and the queue of ticks of a stage: an execution or a tick is taken up at once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from functions.drimbox.publication.change import Change, Step
from tests.fakes.memory import MemoryTicks, MemoryWorkflow


class StageTicks(MemoryTicks):
    """Delivered once their pause is over, at least once."""

    def __init__(self, ring: Callable[[int, timedelta], None]) -> None:
        super().__init__()
        self._ring = ring

    def send(self, number: int, *, after: timedelta) -> None:
        self._ring(number, after)


class StageWorkflow(MemoryWorkflow):
    """Executions by name; each begins as soon as it is started."""

    def __init__(self, begin: Callable[[Change, Step], None]) -> None:
        super().__init__()
        self._begin = begin

    def start(self, change: Change, at: Step) -> None:
        known = len(self.started)
        super().start(change, at)
        if len(self.started) > known:
            self._begin(change, at)
