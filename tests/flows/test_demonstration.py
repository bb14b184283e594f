"""The journey that ``make run`` proposes: a masked exam, and a choice of practice situation."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from typing import Final

import httpx
import pytest

from infra.demo.journey import TREATING_DOCTOR
from simulators.history.history import History, history
from simulators.history.load import load
from simulators.history.sites import served_at
from tests.flows.readers import called, come_in, reading, submit
from tests.flows.stack import LocalStack

# The structures of this site where Dominique EXEMPLE works, by the numbers of the choice.
SITUATIONS: Final = {"1": "Centre de radiologie Ambroise", "2": "Centre d'imagerie du Belvédère"}
MASKED: Final = "Masqués aux professionnels"


@pytest.fixture
def browser(stack: LocalStack) -> Iterator[httpx.Client]:
    """A browser: it keeps cookies."""
    with stack.client() as http:
        yield http


@pytest.fixture
def made(stack: LocalStack) -> History:
    """The history of a patient of this module, as the demonstration loads its own."""
    found = history("demo", "of the journey", sites=served_at(stack.layout.sites()))
    authority = stack.layout.pki / "ca.pem"
    load(found, stack.endpoints["dmp"], authority, treating_doctor=TREATING_DOCTOR)
    return found


def choose(http: httpx.Client, page: httpx.Response, number: str) -> httpx.Response:
    """Choose a practice situation on the page that asks for it; the page that follows."""
    chosen = submit(http, page, "situation", situation=number)
    assert chosen.status_code == 303, chosen.text
    return http.get(str(chosen.url.join(chosen.headers["Location"])))


def words(page: httpx.Response) -> str:
    """The page's HTML with its entities resolved."""
    assert page.status_code == 200
    return unescape(page.text)


@pytest.mark.parametrize("number", SITUATIONS)
def test_each_practice_situation_leads_to_the_exams(
    stack: LocalStack, browser: httpx.Client, made: History, number: str
) -> None:
    """Three structures at Pro Santé Connect, two of them here."""
    come_in(stack, browser, "two-structures")
    asked = browser.get(called(stack, browser, made.patient.case()))
    for name in SITUATIONS.values():
        assert name in words(asked)
    assert "TILLEULS" not in asked.text
    assert 'class="group"' not in asked.text
    shown = choose(browser, asked, number)
    assert shown.url == asked.url
    assert 'class="group"' in words(shown)
    assert f"Dominique EXEMPLE, {SITUATIONS[number]}" in words(shown)
    # The first page of the area offers the other one.
    home = browser.get(reading(stack))
    other = next(one for one in SITUATIONS if one != number)
    changed = choose(browser, home, other)
    assert f"Dominique EXEMPLE, {SITUATIONS[other]}" in words(changed)


@pytest.mark.parametrize(
    ("professional", "sees"), [("radiologist", True), ("two-structures", True), ("nurse", False)]
)
def test_a_masked_exam_is_its_author_s_and_the_treating_doctor_s(
    stack: LocalStack, browser: httpx.Client, made: History, professional: str, sees: bool
) -> None:
    come_in(stack, browser, professional)
    shown = browser.get(called(stack, browser, made.patient.case()))
    if professional == "two-structures":
        shown = choose(browser, shown, "1")
    assert re.search('class="group"', words(shown)), "the other exams are there for everybody"
    counted = re.search(f"{MASKED}</span><span>(\\d+)</span>", words(shown))
    assert counted is not None
    assert (int(counted[1]) > 0) is sees
