"""The link of a report is read in every spelling that programs write, or refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.drimbox.consultation.report_link import ReportLink, read_link
from functions.drimbox.errors import BadRequest
from functions.drimbox.oid import Uid

QUERY: dict[str, list[str]] = {
    "requestType": ["STUDY"],
    "studyUID": ["1.2.3"],
    "Accessionnumber": ["1.2.9.ACN.7"],
    "idCDA": ["1.2.8_17"],
}
LINK = ReportLink(Uid("1.2.3"), "1.2.9.ACN.7", "1.2.8_17")


def test_a_link_is_read_in_any_spelling() -> None:
    assert read_link(QUERY) == LINK
    assert read_link({name.upper(): values for name, values in QUERY.items()}) == LINK
    other = {**QUERY, "studyInstanceUID": ["1.2.3"], "requestType": ["study"]}
    del other["studyUID"]
    assert read_link(other) == LINK
    assert "1.2" not in repr(LINK)


@pytest.mark.parametrize("name", QUERY)
@pytest.mark.parametrize("values", [None, [], ["1.2.3", "1.2.3"], [""], ["a\u202e"], ["1" * 385]])
def test_a_link_that_is_not_whole_is_refused(name: str, values: list[str] | None) -> None:
    wrong = {**QUERY, name: values or []}
    if values is None:
        del wrong[name]
    with pytest.raises(BadRequest) as refused:
        read_link(wrong)
    assert refused.value.code == "bad_link"


@pytest.mark.parametrize(
    "more",
    [
        {"patientID": ["1"]},
        {"studyuid": ["1.2.3"]},
        {"studyInstanceUID": ["1.2.4"]},
        {"requestType": ["PATIENT"]},
        {"studyUID": ["1.2.03"]},
    ],
)
def test_a_link_with_something_else_is_refused(more: dict[str, list[str]]) -> None:
    with pytest.raises(BadRequest):
        read_link({**QUERY, **more})


@given(st.dictionaries(st.sampled_from([*QUERY, "x"]), st.lists(st.text(max_size=9), max_size=2)))
def test_any_query_is_a_link_or_refused(query: dict[str, list[str]]) -> None:
    try:
        link = read_link(query)
    except BadRequest:
        return
    assert set(query) == set(QUERY)
    assert link.document == query["idCDA"][0]
