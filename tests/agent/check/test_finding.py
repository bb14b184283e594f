"""Findings, in words."""

from __future__ import annotations

from io import StringIO

import pytest

from agent.check.finding import Finding, lines, write
from functions.drimbox.wording.agent_check import GOOD, WRONG
from functions.drimbox.wording.text import LANGUAGES


@pytest.mark.parametrize("code", sorted(WRONG))
def test_a_wrong_finding_says_what_to_change_in_both_languages(code: str) -> None:
    told = lines(Finding(code, "host", "detail"), LANGUAGES)
    assert told[0] == f"  !! [host] {code} (detail)"
    assert len(told) == 5
    assert all(one.startswith("     -> ") for one in (told[2], told[4]))
    assert told[1] != told[3]


@pytest.mark.parametrize("code", sorted(GOOD))
def test_a_good_finding_is_one_line(code: str) -> None:
    (line,) = lines(Finding(code), ["fr"])
    assert line == f"  OK {GOOD[code].fr}"


def test_all_good_or_not() -> None:
    out = StringIO()
    assert write([Finding("clock_right")], out, ["en"])
    assert not write([Finding("clock_wrong"), Finding("clock_right")], out, ["en"])
    assert out.getvalue().count("\n") == 5
    assert GOOD.keys().isdisjoint(WRONG)
