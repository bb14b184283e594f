"""A contextual call as plain facts (JSON values), for the developer who wrote it."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from functions.drimbox.wording.call_faults import CALL_FAULTS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from functions.drimbox.consultation.contextual_call import Call, Fault, Line


def describe_faults(faults: Iterable[Fault]) -> list[dict[str, Any]]:
    """Each fault with its words; nothing of the call's values."""
    return [_fault(one) for one in faults]


def describe(call: Call) -> dict[str, Any]:
    """``status`` of the answer, ``faults``, and each of ``lines`` as sent and as read.

    The size is that of the call: at most 64 lines and 16 KiB of text.
    """
    return {
        "status": 400 if call.context is None else 303,
        "faults": describe_faults(call.faults),
        "lines": [_line(one) for one in call.lines],
    }


def _fault(fault: Fault) -> dict[str, Any]:
    words = CALL_FAULTS[fault.code]
    return {
        "code": fault.code,
        "parameter": fault.parameter or None,
        "words": words.by_language(),
        "clause": words.clause or None,
    }


def _line(line: Line) -> dict[str, Any]:
    return {
        "name": line.name,
        "value": line.value,
        "read": _read(line.read),
        "fault": line.fault.code if line.fault else None,
    }


def _read(value: Any) -> Any:
    """A value as it was read: a text, a yes or no, or the two ends of a range of days."""
    if isinstance(value, tuple):
        return [day.isoformat() if isinstance(day, date) else None for day in value]
    return value
