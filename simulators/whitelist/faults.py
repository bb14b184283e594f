"""Faults on demand: a wrong file, or a wrong way to answer with the right one."""

from __future__ import annotations

import threading
from dataclasses import asdict, dataclass, replace
from typing import Any, Final

from simulators.whitelist.wrong import LISTS, REVOCATIONS

# Ways to answer, of the list as of the revocation list.
ANSWERS: Final = {
    "unavailable": "503",
    "redirect": "302 to another host",
    "absent": "404",
    "cut": "half of the file, then the connection ends",
    "slow": "the file in pieces, during `seconds`",
    "compressed": "gzip that grows to 64 MB",
}
FILES: Final = frozenset({"list", "crl"})
KINDS: Final = {
    **{name: one.meaning for name, one in (LISTS | REVOCATIONS).items()},
    **ANSWERS,
}
MAX_SECONDS: Final = 600
MAX_COUNT: Final = 1_000_000


class BadFault(ValueError):
    """The fault asked for is not one; the message names the field."""


@dataclass(frozen=True, slots=True)
class Fault:
    """``file`` is ``list`` or ``crl``; ``count`` is how many more requests it strikes, None for
    ever; ``seconds`` is for ``slow`` alone.
    """

    kind: str
    file: str = "list"
    count: int | None = 1
    seconds: float | None = None

    @classmethod
    def read(cls, facts: Any) -> Fault:
        """Check the JSON of ``POST /_sim/faults``. Raises :class:`BadFault`."""
        if not isinstance(facts, dict):
            raise BadFault("a JSON object is expected")
        kind = facts.get("kind")
        if not isinstance(kind, str) or kind not in KINDS:
            raise BadFault(f"kind is one of {', '.join(KINDS)}")
        own = {"seconds"} if kind == "slow" else set()
        if kind in ANSWERS:
            own.add("file")
        if set(facts) - {"kind", "count"} - own:
            raise BadFault("a field that this kind has not")
        file = facts.get("file", "crl" if kind in REVOCATIONS else "list")
        if not isinstance(file, str) or file not in FILES:
            raise BadFault("file is list or crl")
        if not _count(facts.get("count", 1)):
            raise BadFault("count is a positive integer or null")
        if kind == "slow" and not _seconds(facts.get("seconds")):
            raise BadFault("seconds is missing or ill-formed")
        return cls(**{**facts, "file": file})

    def describe(self) -> dict[str, Any]:
        """The fault as JSON, without the field that it has not."""
        return {k: v for k, v in asdict(self).items() if v is not None or k == "count"}


def _count(value: Any) -> bool:
    return value is None or (type(value) is int and 0 < value <= MAX_COUNT)


def _seconds(value: Any) -> bool:
    return type(value) in {int, float} and 0 <= value <= MAX_SECONDS


class Faults:
    """The faults still to come, in the order asked for. They live as long as the process."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._lock = threading.Lock()

    def add(self, fault: Fault) -> None:
        """Ask for a fault, after those asked for before."""
        with self._lock:
            self._faults.append(fault)

    def take(self, file: str) -> Fault | None:
        """The first fault that strikes a request of this file; uses it up by one."""
        with self._lock:
            for index, fault in enumerate(self._faults):
                if fault.file == file:
                    if fault.count == 1:
                        del self._faults[index]
                    elif fault.count is not None:
                        self._faults[index] = replace(fault, count=fault.count - 1)
                    return fault
        return None

    def describe(self) -> list[dict[str, Any]]:
        """The faults that are still to come."""
        with self._lock:
            return [fault.describe() for fault in self._faults]

    def clear(self) -> None:
        """No fault any more."""
        with self._lock:
            self._faults.clear()
