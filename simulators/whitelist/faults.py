"""Faults on demand: a wrong file, or a wrong way to answer with the right one."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Final

from simulators.fault_queue import BadFault, FaultQueue, is_count, is_seconds
from simulators.whitelist.wrong import LISTS, REVOCATIONS

__all__ = ["ANSWERS", "KINDS", "BadFault", "Fault", "Faults"]

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
        if not is_count(facts.get("count", 1)):
            raise BadFault("count is a positive integer or null")
        if kind == "slow" and not is_seconds(facts.get("seconds")):
            raise BadFault("seconds is missing or ill-formed")
        return cls(**{**facts, "file": file})

    def describe(self) -> dict[str, Any]:
        """The fault as JSON, without the field that it has not."""
        return {k: v for k, v in asdict(self).items() if v is not None or k == "count"}


class Faults(FaultQueue[Fault]):
    """The faults still to come; a request is named by its file."""

    @staticmethod
    def strikes(fault: Fault, request: str) -> bool:
        """Whether the fault is for that file."""
        return fault.file == request
