"""Workers that take turns at external calls, on a virtual clock, in an order that a seed fixes.

Each worker is a thread, and only one of them ever runs: it hands over before an external call or
when it waits, never in between. The same seed therefore gives the same run, call for call. A lock
that a worker may hold across a call must be the scheduler's own: a worker that waits for another
one never hands over.
"""

from __future__ import annotations

import _thread
import heapq
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import count
from random import Random
from typing import Final

from tests.fakes.memory import VirtualClock

# How often time goes on although somebody could have a turn, and by how much at most: a step is a
# function that is ended after some minutes.
_SLOW: Final = 0.05
_STEP: Final = timedelta(minutes=5)


class Stopped(BaseException):
    """The run is over: no code of ours may catch it."""


class Hung(Exception):
    """A worker waits for something that no turn can give it."""


class _Worker:
    def __init__(self, work: Callable[[], None]) -> None:
        self.work = work
        self.turn = threading.Lock()
        self.turn.acquire()
        self.begun = False


class Lock:
    """As ``threading.Lock`` in a ``with`` statement, for workers: one that waits hands over."""

    def __init__(self, scheduler: Scheduler) -> None:
        self._scheduler = scheduler
        self._is_held = False

    def __enter__(self) -> None:
        while self._is_held:
            self._scheduler.give_way()
        self._is_held = True

    def __exit__(self, *_: object) -> None:
        self._is_held = False


class Scheduler:
    """``order`` picks who runs next; without it each worker runs until it waits or ends."""

    def __init__(self, clock: VirtualClock, order: Random | None) -> None:
        self._clock, self._order = clock, order
        self._ready: list[_Worker] = []
        self._later: list[tuple[datetime, int, _Worker | Callable[[], None]]] = []
        self._number = count()
        self._current: _Worker | None = None
        self._over = threading.Lock()
        self._over.acquire()
        self.stopped = False
        # Seconds of real time: more than any run takes on a busy machine.
        self.longest = 300.0

    # --- for those who set the stage

    def spawn(self, work: Callable[[], None]) -> None:
        """A new worker, ready to run."""
        self._ready.append(_Worker(work))

    def at(self, when: datetime, happen: Callable[[], None]) -> None:
        """``happen`` is called at that time, between two turns; it makes no external call."""
        heapq.heappush(self._later, (when, next(self._number), happen))

    def run(self) -> None:
        """Until every worker has ended and nothing is to happen any more. Raises Hung."""
        first = self._next()
        if first is not None:
            self._hand_to(first)
            if not self._over.acquire(timeout=self.longest):
                self.stopped = True
                raise Hung("a worker neither ends nor hands over")

    def lock(self) -> Lock:
        """A lock that workers may hold across their calls."""
        return Lock(self)

    def stop(self) -> None:
        """Every worker ends at its next turn."""
        self.stopped = True

    # --- for workers

    def pause(self) -> None:
        """Somebody else may have a turn."""
        self._check()
        if self._order is not None and self._ready:
            self.give_way()

    def give_way(self) -> None:
        """Somebody else has a turn, if anybody is ready."""
        self._check()
        me = self._me
        self._ready.append(me)
        self._yield(me)

    def sleep(self, delay: timedelta) -> None:
        """Wait until that much later."""
        self._check()
        me = self._me
        heapq.heappush(self._later, (self._clock.now() + delay, next(self._number), me))
        self._yield(me)

    @property
    def _me(self) -> _Worker:
        assert self._current is not None
        return self._current

    def _check(self) -> None:
        if self.stopped:
            raise Stopped

    def _yield(self, me: _Worker) -> None:
        chosen = self._next()
        assert chosen is not None
        if chosen is not me:
            self._hand_to(chosen)
            me.turn.acquire()
        self._current = me
        self._check()

    def _next(self) -> _Worker | None:
        """The worker that runs next. Time moves when nobody is ready, or when those who are ready
        are slow.
        """
        while not self._ready or self._is_slow():
            if not self._later:
                return None
            when, _, what = heapq.heappop(self._later)
            self._clock.at = max(self._clock.at, when)
            if isinstance(what, _Worker):
                self._ready.append(what)
            elif not self.stopped:
                what()
        place = 0 if self._order is None else self._order.randrange(len(self._ready))
        return self._ready.pop(place)

    def _is_slow(self) -> bool:
        if self._order is None or not self._later or self._order.random() >= _SLOW:
            return False
        return self._later[0][0] - self._clock.now() <= _STEP

    def _hand_to(self, worker: _Worker) -> None:
        self._current = worker
        if worker.begun:
            worker.turn.release()
        else:
            worker.begun = True
            _thread.start_new_thread(self._begin, (worker,))

    def _begin(self, worker: _Worker) -> None:
        try:
            worker.work()
        except Stopped:
            self.stopped = True
        following = self._next()
        if following is None:
            self._over.release()
        else:
            self._hand_to(following)
