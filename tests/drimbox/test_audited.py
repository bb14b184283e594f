"""One record whatever happens, and a record of a refusal alone."""

from __future__ import annotations

import pytest

from functions.drimbox.audited import audited, refusal_audited
from functions.drimbox.errors import Absent, DrimboxError, StorageUnavailable
from tests.fakes.memory import MemoryAudit


def test_a_success_leaves_one_record_with_the_added_facts() -> None:
    trail = MemoryAudit()
    with audited(trail, "seen", key="k", facts={"ins": "1"}, done="served") as record:
        record.who = "somebody"
        record.facts["count"] = "2"
    assert trail.records == {("seen", "k", "served"): {"who": "somebody", "ins": "1", "count": "2"}}


@pytest.mark.parametrize(
    ("error", "result"),
    [
        (Absent("x"), "absent"),
        (StorageUnavailable("x"), "storage_unavailable"),
        (RuntimeError("a value that no record may hold"), "failed"),
    ],
)
def test_a_failure_leaves_one_record_with_our_own_code_alone(error: Exception, result: str) -> None:
    trail = MemoryAudit()
    with pytest.raises(type(error)), audited(trail, "seen", key="k"):
        raise error
    assert trail.records == {("seen", "k", result): {"who": "unknown"}}


def test_only_a_refusal_leaves_a_record_where_the_rest_leaves_its_own() -> None:
    trail = MemoryAudit()
    with refusal_audited(trail, "refused", key="k", who="somebody"):
        pass
    later: list[DrimboxError] = [StorageUnavailable("x")]
    with (
        pytest.raises(StorageUnavailable),
        refusal_audited(trail, "refused", key="k", who="somebody"),
    ):
        raise later.pop()
    assert trail.records == {}
    with pytest.raises(Absent), refusal_audited(trail, "refused", key="k", who="somebody"):
        raise Absent("x")
    assert trail.records == {("refused", "k", "absent"): {"who": "somebody"}}
