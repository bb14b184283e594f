"""Titles before a name: a closed table, and never a part of the name."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.drimbox.identity.titles import TITLES, readings
from functions.drimbox.identity.traits import plain_name


def names(text: str) -> list[str]:
    return [plain_name(one) for one in readings(text)]


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("M. Dupont", ["M DUPONT", "DUPONT"]),
        ("M.Dupont", ["M DUPONT", "DUPONT"]),
        ("M Dupont", ["M DUPONT", "DUPONT"]),
        ("Mᵐᵉ Léa Dupont", ["MME LEA DUPONT", "LEA DUPONT"]),
        ("Mme. Le Gall", ["MME LE GALL", "LE GALL"]),
        ("Le docteur Œuvrard", ["LE DOCTEUR OEUVRARD", "OEUVRARD"]),
        ("M. le Dr Le Gall", ["M LE DR LE GALL", "LE DR LE GALL", "LE GALL"]),
        ("M. et Mme Dupont", ["M ET MME DUPONT", "ET MME DUPONT", "DUPONT"]),
        ("Madame le Professeur X", ["MADAME LE PROFESSEUR X", "LE PROFESSEUR X", "X"]),
        # No title: another word, an elision, a compound, or no name after it.
        ("Mireille Dupont", ["MIREILLE DUPONT"]),
        ("M'Bala", ["M BALA"]),
        ("M\u2019Bala", ["M BALA"]),
        ("M-Bala", ["M BALA"]),
        ("Dupont M.", ["DUPONT M"]),
        ("Mme", ["MME"]),
        ("M.", ["M"]),
        ("Maître Paul", ["MAITRE PAUL"]),
        ("", [""]),
    ],
)
def test_the_names_that_a_text_may_be(text: str, read: list[str]) -> None:
    assert names(text) == read


NAMES = st.lists(
    st.text(st.sampled_from("ABCDEÉÏŒLMRPS'-"), min_size=1, max_size=8), min_size=1, max_size=3
).map(" ".join)


@given(NAMES, st.sampled_from(sorted(TITLES)), st.sampled_from([" ", ". ", "  ", " . "]))
def test_a_titled_name_is_read_as_the_name_is(name: str, title: str, between: str) -> None:
    if not plain_name(name) or not name[0].isalnum():
        return
    read = names(f"{title.lower()}{between}{name}")
    # As it stands, and then each reading of the bare name.
    assert read == [plain_name(f"{title} {name}"), *names(name)]


@given(st.text(max_size=60))
def test_any_text_is_read_as_it_stands_and_only_loses_leading_words(text: str) -> None:
    read = names(text)
    assert read[0] == plain_name(text)
    for before, after in itertools.pairwise(read):
        assert before.endswith(after)
        assert after
