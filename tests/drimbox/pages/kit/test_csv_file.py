"""Rows as a CSV file: whole, and nothing that a spreadsheet would run."""

from __future__ import annotations

import csv
import io
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.drimbox.pages.kit.csv_file import csv_file
from functions.drimbox.wording.text import Language


@pytest.mark.parametrize(("language", "line"), [("fr", "é;1;\r\n"), ("en", "é,1,\r\n")])
def test_a_row_is_a_line_with_the_mark_of_utf_8(language: Language, line: str) -> None:
    assert csv_file([("é", 1, "")], language) == b"\xef\xbb\xbf" + line.encode()


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\tx", "\rx", "\nx", "\r\nx"])
def test_a_formula_is_a_text(text: str) -> None:
    [row] = csv.reader(io.StringIO(csv_file([(text,)], "en").decode("utf-8-sig"), newline=""))
    assert row == [f"'{text}"]


def test_a_negative_number_of_ours_is_no_formula() -> None:
    assert csv_file([(-1,)], "en").decode("utf-8-sig") == "-1\r\n"


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("X,=cmd|' '!A1", "X,'=cmd|' '!A1"),
        ("X; +1", "X; '+1"),
        ('X,"=1', "X,\"'=1"),
        ("X\n@x", "X\n'@x"),
        ("X\t-1", "X\t'-1"),
        (" =1", " '=1"),
        ("\t=1", "'\t'=1"),
        ("2026-11-30, 1+1=2", "2026-11-30, 1+1=2"),
    ],
)
def test_a_formula_behind_a_separator_of_any_spreadsheet_is_a_text(text: str, safe: str) -> None:
    written = csv_file([(text,)], "fr").decode("utf-8-sig")
    [row] = csv.reader(io.StringIO(written, newline=""), delimiter=";")
    assert row == [safe]


@given(
    st.lists(st.lists(st.text(",;\t\r\n\"' =+-@\u00a0ab", max_size=12), max_size=4), max_size=3),
    st.sampled_from(["fr", "en"]),
    st.sampled_from([",", ";", "\t"]),
    st.booleans(),
)
def test_no_spreadsheet_finds_a_formula_whatever_its_separator(
    rows: list[list[str]], language: Language, separator: str, skips_blanks: bool
) -> None:
    written = csv_file(rows, language).decode("utf-8-sig")
    read = csv.reader(
        io.StringIO(written, newline=""), delimiter=separator, skipinitialspace=skips_blanks
    )
    for row in read:
        for cell in row:
            assert not cell.lstrip('"' + string.whitespace + "\u00a0").startswith(tuple("=+-@"))


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\0")), min_size=2))
def test_every_text_comes_back(cells: list[str]) -> None:
    written = csv_file([cells], "fr").decode("utf-8-sig")
    [row] = csv.reader(io.StringIO(written, newline=""), delimiter=";")
    assert [one.replace("'", "") for one in row] == [one.replace("'", "") for one in cells]
