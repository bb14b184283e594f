"""A sign-in leads back to a page of the operators, and nowhere else."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.drimbox.operations.sign_in import LONGEST_NAME, account_name, page_of


@pytest.mark.parametrize("page", ["/publications/a1-B_2", "/activity", "/services", "/refused"])
def test_a_page_of_the_operators_is_kept(page: str) -> None:
    assert page_of(page) == page


@pytest.mark.parametrize(
    "text",
    ["", "/", "//evil.example", "/publications/", "/publications/a/../b", "/publications/a\n", "x"],
)
def test_any_other_text_leads_to_the_first_page(text: str) -> None:
    assert page_of(text) == ""


@given(st.text())
def test_no_text_leads_to_another_host(text: str) -> None:
    assert not page_of(text).startswith("//")
    assert not set(page_of(text)) & set("\\:?#@\r\n")


@pytest.mark.parametrize(
    ("claims", "name"),
    [
        ({"sub": "1"}, ""),
        ({"email": "c@site.example", "preferred_username": "camille"}, "camille"),
        ({"name": " Camille ", "email": "c@site.example"}, "Camille"),
        ({"name": " ", "preferred_username": 3, "email": "c@site.example"}, "c@site.example"),
        ({"name": "x" * 999}, "x" * LONGEST_NAME),
    ],
)
def test_an_account_has_the_plainest_name_that_the_provider_tells(
    claims: dict[str, Any], name: str
) -> None:
    assert account_name(claims) == name
