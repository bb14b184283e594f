"""A contextual call as plain facts (JSON values), for the developer who wrote it."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from functions.drimbox.consultation.call_parameters import BY_NAME
from functions.drimbox.wording.call_faults import CALL_ACCEPTED, CALL_FAULTS, CALL_REMEDY

if TYPE_CHECKING:
    from collections.abc import Iterable

    from functions.drimbox.consultation.contextual_call import Call, Fault, Line


def describe_faults(faults: Iterable[Fault]) -> list[dict[str, Any]]:
    """Each fault with its words, the values that would be accepted, and the remedy; nothing of the
    call's values."""
    return [_fault(one) for one in faults]


def describe(call: Call) -> dict[str, Any]:
    """``status`` of the answer, ``faults``, each with the ``value`` that was read, and each of
    ``lines`` as sent and as read.

    The size is that of the call: at most 64 lines and 16 KiB of text, some of it twice.
    """
    return {
        "status": 400 if call.context is None else 303,
        "faults": [{**_fault(one), "value": one.value} for one in call.faults],
        "lines": [_line(one) for one in call.lines],
    }


def _fault(fault: Fault) -> dict[str, Any]:
    words = CALL_FAULTS[fault.code]
    accepted = CALL_ACCEPTED[fault.code].by_language()
    return {
        "code": fault.code,
        "parameter": fault.parameter or None,
        "words": words.by_language(),
        "accepted": {name: text.format(_expected(fault)) for name, text in accepted.items()},
        "todo": CALL_REMEDY.by_language(),
        "clause": words.clause or None,
    }


def _expected(fault: Fault) -> str:
    """The part of the accepted values that depends on the parameter."""
    if fault.code == "call_name_unknown":
        return ", ".join(BY_NAME)
    if fault.code == "call_value_long":
        return str(BY_NAME[fault.parameter].longest)
    return fault.parameter


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
