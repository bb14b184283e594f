"""functions.drimbox.agents.wire: the names by which cloud and agent speak of jobs."""

from __future__ import annotations

import pytest

from functions.drimbox.agents import wire
from functions.drimbox.errors import Absent
from functions.drimbox.jobs.job import Kind, Wish
from functions.drimbox.oid import Uid
from functions.drimbox.study.found_study import StudyCriteria

CRITERIA = StudyCriteria("P1", "", "CT", "20261101", "20261107")


@pytest.mark.parametrize("kind", Kind)
def test_a_name_is_a_key(kind: Kind) -> None:
    key = Wish(kind, {"a": "b"}).key
    name = wire.name_of(key)
    assert name == f"{kind}-{key[-64:]}"
    assert (wire.key_of(name), wire.kind_of(key)) == (key, kind)
    assert wire.message("demo", key) == {
        "tenant": "demo",
        "job": name,
        "kind": str(kind),
        "protocol": 1,
    }


@pytest.mark.parametrize(
    "name",
    ["", "fill", f"fill-{'0' * 63}", f"fill-{'0' * 65}", f"other-{'0' * 64}", f"fill#{'0' * 64}"],
)
def test_what_is_no_name_is_absent(name: str) -> None:
    with pytest.raises(Absent):
        wire.key_of(name)


def test_each_kind_is_told_as_an_agent_reads_it() -> None:
    asker = {"message": "m1"}
    index = wire.index_wish(Uid("1.2"), asker)
    assert wire.ask_of(index, None) == {"study_instance_uid": "1.2"}
    survey = wire.survey_wish([Uid("1.3"), Uid("1.2")], wire.PRESENCE, asker)
    assert wire.ask_of(survey, None) == {"depth": "presence", "studies": ["1.2", "1.3"]}
    assert survey == wire.survey_wish([Uid("1.2"), Uid("1.3")], wire.PRESENCE, asker)
    find = wire.find_wish("0a", 50)
    assert wire.ask_of(find, CRITERIA) == {
        "patient_id": "P1",
        "accession_number": "",
        "modality": "CT",
        "since": "20261101",
        "until": "20261107",
        "most": 50,
    }
    # The criteria are erased with the answer.
    with pytest.raises(Absent):
        wire.ask_of(find, None)


def test_each_asker_has_a_job_of_its_own() -> None:
    keys = {wire.index_wish(Uid("1.2"), {"message": one}).key for one in ("m1", "m1", "m2")}
    assert len(keys) == 2
