"""functions.drimbox.identity.access_token: the form of a bearer token and of its header."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.drimbox.errors import NotAuthenticated
from functions.drimbox.identity.access_token import MAX_TOKEN, RawToken, bearer_token

TOKEN = "canary-token.with-every_allowed~character+/0=="


@pytest.mark.parametrize(
    "value", [f"Bearer {TOKEN}", f"bearer {TOKEN}", f"BEARER   {TOKEN}", "Bearer a"]
)
def test_reads_a_bearer_token(value: str) -> None:
    assert bearer_token([value]).value == value.split()[1]


@pytest.mark.parametrize(
    "values",
    [
        [],
        [f"Bearer {TOKEN}", f"Bearer {TOKEN}"],
        [""],
        ["Bearer"],
        ["Bearer "],
        [TOKEN],
        [f"Basic {TOKEN}"],
        [f"Bearer{TOKEN}"],
        [f" Bearer {TOKEN}"],
        [f"Bearer {TOKEN} "],
        [f"Bearer {TOKEN},{TOKEN}"],
        [f"Bearer {TOKEN} {TOKEN}"],
        [f"Bearer\t{TOKEN}"],
        ["Bearer =a"],
        ["Bearer a=b"],
        ["Bearer a\n"],
        ["Bearer é"],
        ["Bearer a\x00"],
        ["Bearer " + "a" * (MAX_TOKEN + 1)],
        ["Bearer " + "a" * 10_000_000],
        ["Bearer" + " " * 10_000_000 + "a"],
    ],
)
def test_refuses_any_other_header(values: list[str]) -> None:
    with pytest.raises(NotAuthenticated):
        bearer_token(values)


def test_the_longest_token() -> None:
    assert len(bearer_token(["Bearer " + "a" * MAX_TOKEN]).value) == MAX_TOKEN


@pytest.mark.parametrize("value", ["", "a b", "a\r\nx: y", "é", "a" * (MAX_TOKEN + 1), "a&b"])
def test_a_raw_token_is_never_malformed(value: str) -> None:
    with pytest.raises(NotAuthenticated, match="malformed"):
        RawToken(value)


@given(st.lists(st.text(max_size=40), max_size=3))
def test_any_header_is_a_token_or_refused(values: list[str]) -> None:
    try:
        found = bearer_token(values)
    except NotAuthenticated:
        return
    assert values[0].endswith(found.value)
