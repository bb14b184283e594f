"""The queue's filters, as the page's parameters."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from functions.drimbox.errors import BadRequest
from functions.drimbox.operations.queue import Query
from functions.drimbox.pages.operations.queue_filters import NAMES, Filters

PARIS = ZoneInfo("Europe/Paris")


def test_days_are_whole_and_those_of_the_site() -> None:
    filters = Filters.read({"from": "2026-07-01", "to": "2026-07-01", "state": "published"})
    assert filters.query(PARIS, "x") == Query(
        state="published",
        since=datetime(2026, 6, 30, 22, tzinfo=UTC),
        until=datetime(2026, 7, 1, 22, tzinfo=UTC),
        after="x",
    )


def test_an_empty_filter_is_no_parameter() -> None:
    assert Filters.read({}).parameters() == {"state": "held"}
    given_ = {"state": "ignored", "reason": "dmp_refused", "sender": "A|B", "from": "2026-01-01"}
    assert Filters.read(given_).parameters() == given_
    assert Filters.read(given_).parameters(state="held", after="x") == {
        **given_,
        "state": "held",
        "after": "x",
    }


@given(st.dictionaries(st.sampled_from(NAMES), st.text(max_size=20)))
def test_any_parameters_are_a_query_or_a_bad_request(given_: dict[str, str]) -> None:
    with contextlib.suppress(BadRequest):
        assert isinstance(Filters.read(given_).query(PARIS), Query)
