"""A context shows nothing of its patient where it is printed."""

from __future__ import annotations

from functions.drimbox.consultation.contextual_call import read_pairs
from tests.drimbox.consultation.samples import WHOLE, pairs


def test_no_fact_is_in_its_representation() -> None:
    call = read_pairs(pairs(WHOLE))
    assert call.context is not None
    shown = repr(call)
    assert not [value for value in WHOLE.values() if value in shown]
    assert repr(call.context) == "CallContext(…)"
    assert repr(call.context.wanted) == "WantedExams(…)"
