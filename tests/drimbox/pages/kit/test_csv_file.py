"""Rows as a CSV file: whole, and nothing that a spreadsheet would run."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.drimbox.pages.kit.csv_file import csv_file
from functions.drimbox.wording.text import Language


@pytest.mark.parametrize(("language", "line"), [("fr", "é;1;\r\n"), ("en", "é,1,\r\n")])
def test_a_row_is_a_line_with_the_mark_of_utf_8(language: Language, line: str) -> None:
    assert csv_file([("é", 1, "")], language) == b"\xef\xbb\xbf" + line.encode()


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\tx", "\rx"])
def test_a_formula_is_a_text(text: str) -> None:
    [row] = csv.reader(io.StringIO(csv_file([(text,)], "en").decode("utf-8-sig"), newline=""))
    assert row == [f"'{text}"]


def test_a_negative_number_of_ours_is_no_formula() -> None:
    assert csv_file([(-1,)], "en").decode("utf-8-sig") == "-1\r\n"


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\0")), min_size=2))
def test_every_text_comes_back(cells: list[str]) -> None:
    written = csv_file([cells], "fr").decode("utf-8-sig")
    [row] = csv.reader(io.StringIO(written, newline=""), delimiter=";")
    assert [one.removeprefix("'") for one in row] == [one.removeprefix("'") for one in cells]
