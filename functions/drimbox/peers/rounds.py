"""Several pieces of work at once, in rounds that end in time: a late one delays nobody else."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor, wait
from typing import TYPE_CHECKING, Final, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

AT_ONCE: Final = 8
T = TypeVar("T")
R = TypeVar("R")


def in_rounds(
    work: Callable[[T], R], items: Sequence[T], *, seconds: float, late: R, at_once: int = AT_ONCE
) -> list[R]:
    """The result of ``work`` for each of ``items``, ``at_once`` at a time.

    A round ends after ``seconds``; ``late`` stands for each result that is not there then, and its
    work goes on unheard: it must end by itself. An error of ``work`` leaves as it is.
    """
    found: list[R] = []
    for first in range(0, len(items), at_once):
        group = items[first : first + at_once]
        pool = ThreadPoolExecutor(max_workers=len(group))
        try:
            futures = [pool.submit(work, one) for one in group]
            wait(futures, seconds)
            found += [one.result() if one.done() else late for one in futures]
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
    return found
