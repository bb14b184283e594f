"""The agent's log: one JSON object a line, an event's name, and fields from an allow-list.

No field can hold a patient's data, a message or a secret; the service's manager (journald, the
Windows service, the container) keeps the lines.
"""

from __future__ import annotations

import json
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Final, TextIO

if TYPE_CHECKING:
    from functions.drimbox.ports import Clock

ALLOWED: Final = frozenset(
    {
        "version",
        "listener",
        "port",
        "code",
        "state",
        "cause",
        "why",
        "kind",
        "outcome",
        "attempt",
        "error",
        "status",
        "count",
        "bytes",
        "detail",
        "seconds",
    }
)


class Journal:
    """Writes lines to ``stream``."""

    def __init__(self, stream: TextIO, clock: Clock) -> None:
        self._stream = stream
        self._clock = clock

    def fault(self, error: BaseException, **fields: str | int | float | None) -> None:
        """A fault of our own: its class and its place, never its text, which may hold a message."""
        place = traceback.extract_tb(error.__traceback__)
        where = f"{Path(place[-1].filename).name}:{place[-1].lineno}" if place else ""
        self.event("fault", code=type(error).__name__, detail=where, **fields)

    def event(self, name: str, **fields: str | int | float | None) -> None:
        """One line; ValueError for a field outside the allow-list."""
        unknown = set(fields) - ALLOWED
        if unknown:
            raise ValueError(f"log fields not allowed: {', '.join(sorted(unknown))}")
        line = {"time": self._clock.now().isoformat(timespec="milliseconds"), "event": name}
        print(json.dumps({**line, **fields}, ensure_ascii=False), file=self._stream, flush=True)
