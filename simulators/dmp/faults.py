"""Faults on demand: failures that a DMP may show to a client, set through the control API."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

from simulators.fault_queue import BadFault, FaultQueue, is_count, is_seconds

__all__ = ["KINDS", "BadFault", "Fault", "Faults"]

# Kind -> the one field of its own that it must have, or "".
KINDS: Final[Mapping[str, str]] = {
    "delay": "seconds",  # answer as usual, that much later
    "unavailable": "",  # 503, nothing read
    "lost_answer": "",  # do all, then close the connection
    "late_commit": "seconds",  # close the connection, do all that much later
    "wrong_answer": "",  # 200 with a body that is no SOAP, nothing done
    "refuse": "code",  # Failure with that RegistryError
    "busy": "",  # Failure with XDSRegistryBusy
    "cut": "",  # half of the answer, then close the connection
    "altered": "",  # another byte in each retrieved document (ITI-43)
    "resized": "",  # one byte more in each
    "huge": "",  # 40 MiB more in each
    "other_document": "",  # the identifier of another document beside each
}
TRANSACTIONS: Final = frozenset({"iti-41", "iti-18", "iti-43", "iti-57", "td0.2", "td0.3", "any"})
_CODE: Final = re.compile(r"[A-Za-z][A-Za-z0-9:._-]{0,127}")


@dataclass(frozen=True, slots=True)
class Fault:
    """``count`` is how many more requests it strikes, None for ever; ``seconds`` and ``code``
    belong to the kinds that :data:`KINDS` says."""

    kind: str
    transaction: str = "any"
    count: int | None = 1
    seconds: float | None = None
    code: str | None = None

    @classmethod
    def read(cls, facts: Any) -> Fault:
        """Check the JSON of ``POST /_sim/faults``. Raises :class:`BadFault`."""
        if not isinstance(facts, dict):
            raise BadFault("a JSON object is expected")
        kind = facts.get("kind")
        if not isinstance(kind, str) or kind not in KINDS:
            raise BadFault(f"kind is one of {', '.join(KINDS)}")
        own = KINDS[kind]
        unknown = set(facts) - {"kind", "transaction", "count", own}
        if unknown:
            raise BadFault("a field that this kind has not")
        transaction = facts.get("transaction", "any")
        if not isinstance(transaction, str) or transaction not in TRANSACTIONS:
            raise BadFault(f"transaction is one of {', '.join(sorted(TRANSACTIONS))}")
        if not is_count(facts.get("count", 1)):
            raise BadFault("count is a positive integer or null")
        if own and not _OWN[own](facts.get(own)):
            raise BadFault(f"{own} is missing or ill-formed")
        return cls(**facts)

    def describe(self) -> dict[str, Any]:
        """The fault as JSON, without the fields that it has not."""
        facts = asdict(self)
        return {k: v for k, v in facts.items() if v is not None or k == "count"}


def _code(value: Any) -> bool:
    return isinstance(value, str) and _CODE.fullmatch(value) is not None


_OWN: Final = {"seconds": is_seconds, "code": _code}


class Faults(FaultQueue[Fault]):
    """The faults still to come; a request is named by its transaction."""

    @staticmethod
    def strikes(fault: Fault, request: str) -> bool:
        """Whether the fault is for that transaction."""
        return fault.transaction in {request, "any"}
