"""Several reads of a store at once: each waits for the network, and none for another."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Final, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

T = TypeVar("T")
R = TypeVar("R")
# More wait for the processor of a small function.
AT_ONCE: Final = 8


def side_by_side(act: Callable[[T], R], given: Sequence[T], at_once: int = AT_ONCE) -> list[R]:
    """The results of ``act`` for each of ``given``, in their order; so many at once.

    Raises the error of the first one that fails, once all that were begun have ended.
    """
    if len(given) < 2:
        return [act(one) for one in given]
    with ThreadPoolExecutor(min(at_once, len(given))) as pool:
        return list(pool.map(act, given))
