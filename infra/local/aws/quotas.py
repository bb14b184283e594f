"""The quotas of an account that a national outage meets: starts, transitions, concurrency.

They are off unless a file names them: one machine has none of a region's limits, and a test that
wants them says so. ``docs/quotas.md`` has the figures of Paris.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Final, Self

_PAUSE_SECONDS: Final = 0.02


class QuotaError(Exception):
    """The file of quotas is not one; the message says why."""


@dataclass(slots=True)
class Bucket:
    """A token bucket: ``burst`` at once, ``rate`` more in a second. Thread-safe."""

    burst: float
    rate: float
    now: Callable[[], float] = time.monotonic
    _left: float = field(init=False)
    _at: float = field(init=False)
    _lock: threading.Lock = field(init=False, default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self._left, self._at = self.burst, self.now()

    def take(self) -> bool:
        """Take one token, if there is one."""
        with self._lock:
            now = self.now()
            self._left = min(self.burst, self._left + (now - self._at) * self.rate)
            self._at = now
            if self._left < 1:
                return False
            self._left -= 1
            return True

    def wait(self, sleep: Callable[[float], None] = time.sleep) -> None:
        """Take one token, as soon as there is one."""
        while not self.take():
            sleep(_PAUSE_SECONDS)


@dataclass(frozen=True, slots=True)
class Quotas:
    """None: no limit.

    ``starts``: StartExecution, refused above it (ThrottlingException). ``transitions``: states that
    all executions enter, each of which waits above it. ``concurrency``: calls at a time of all
    functions that reserve none; one more is throttled at once.
    """

    starts: Bucket | None = None
    transitions: Bucket | None = None
    concurrency: int | None = None

    @classmethod
    def read(cls, path: Path | None) -> Self:
        """The quotas of a JSON file: ``{"starts": [burst, a second], "transitions": [burst, a
        second], "concurrency": number}``; none without a file.

        Raises:
            QuotaError: it is another file.
        """
        if path is None:
            return cls()
        try:
            facts: dict[str, Any] = json.loads(path.read_bytes())
            unknown = facts.keys() - {one.name for one in fields(cls)}
            if unknown:
                raise QuotaError(f"{path}: unknown quotas {', '.join(sorted(unknown))}")
            at_once = facts.get("concurrency")
            return cls(
                _bucket(facts.get("starts")),
                _bucket(facts.get("transitions")),
                None if at_once is None else int(at_once),
            )
        except (OSError, ValueError, TypeError, AttributeError) as error:
            raise QuotaError(f"{path}: not a file of quotas") from error


def _bucket(numbers: list[float] | None) -> Bucket | None:
    if numbers is None:
        return None
    burst, rate = numbers
    return Bucket(float(burst), float(rate))
