"""Ways in which the outside fails, and the sweep of every external call."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing

import httpx

from tests.fakes.kept import kept
from tests.fakes.world import World

Answer = Callable[[], httpx.Response]
Fault = Callable[[httpx.Request, Answer], httpx.Response]


def lost_answer(request: httpx.Request, answer: Answer) -> httpx.Response:
    answer()
    raise httpx.ReadError("connection closed", request=request)


def never_arrives(request: httpx.Request, answer: Answer) -> httpx.Response:
    raise httpx.ConnectError("refused", request=request)


def dropped(request: httpx.Request, answer: Answer) -> httpx.Response:
    raise httpx.ReadTimeout("no answer", request=request)


def garbage_after_commit(request: httpx.Request, answer: Answer) -> httpx.Response:
    answer()
    return httpx.Response(200, content=b"<html>proxy</html>")


def error_after_commit(request: httpx.Request, answer: Answer) -> httpx.Response:
    answer()
    return httpx.Response(500, content=b"")


def unavailable(request: httpx.Request, answer: Answer) -> httpx.Response:
    return httpx.Response(503, content=b"")


FAULTS = (
    lost_answer,
    never_arrives,
    dropped,
    garbage_after_commit,
    error_after_commit,
    unavailable,
)


def first(count: int, fault: Fault) -> Fault:
    """``fault`` on the first ``count`` requests, none after."""
    left = count

    def answered(request: httpx.Request, answer: Answer) -> httpx.Response:
        nonlocal left
        if left:
            left -= 1
            return fault(request, answer)
        return answer()

    return answered


def kill_at_every_call(prepare: Callable[[World], None], act: Callable[[World], None]) -> list[str]:
    """Run ``act``, which acts and checks, once in peace, then with its process killed before and
    after the effect of each of its external calls; the names of these calls. ``prepare`` comes
    first, calm. Pure functions answer from memory: the runs are alike but for the kill.
    """
    with kept(), closing(World()) as before:
        prepare(before)
        start = len(before.calls.names)
        with closing(before.twin()) as calm:
            act(calm)
        for number, after in calm.calls.kills(start):
            with closing(before.twin()) as world:
                world.calls.kill_at, world.calls.after = number, after
                try:
                    act(world)
                except AssertionError as error:
                    raise AssertionError(calm.calls.killed(number, after)) from error
        return calm.calls.names[start:]
