"""Many professionals at once, each with a patient: nobody sees another one's."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

import httpx
import pytest

from simulators.history.history import History, history, patient
from simulators.history.load import load
from simulators.history.sites import SITES
from tests.flows.readers import called, come_in
from tests.flows.stack import LocalStack, in_parallel

pytestmark = [pytest.mark.stack, pytest.mark.slow]
AT_ONCE: Final = 20
# Twice as many as are at work at once: each process serves several of them, mixed.
SESSIONS: Final = 100 if os.environ.get("PROOF") == "whole" else 2 * AT_ONCE
MARK: Final = re.compile(r"MARQUE-(\d{3})-(?:PATIENTE|CLINIQUE)")
# Each has one practice situation here: there is nothing to choose.
READERS: Final = ("radiologist", "nurse")


@dataclass(frozen=True)
class Desk:
    """One professional at work: the browser, and the history of the patient on the page."""

    number: int
    browser: httpx.Client
    made: History


def marked(number: int) -> History:
    """Two exams of a patient; the patient and the sites bear a mark that nothing else has."""
    whose = patient(f"desk {number}")
    whose = replace(whose, traits=replace(whose.traits, family=f"MARQUE-{number:03}-PATIENTE"))
    sites = tuple(replace(site, name=f"MARQUE-{number:03}-CLINIQUE") for site in SITES)
    return history("2", f"desk {number}", sites=sites, of=whose)


@pytest.fixture(scope="module")
def desks(_stack: LocalStack) -> Iterator[list[Desk]]:
    with contextlib.ExitStack() as browsers:
        desks = [
            Desk(number, browsers.enter_context(_stack.client()), marked(number))
            for number in range(SESSIONS)
        ]
        everything = tuple(one for desk in desks for one in desk.made.documents)
        together = replace(desks[0].made, documents=everything)
        load(together, _stack.endpoints["dmp"], _stack.layout.pki / "ca.pem")

        def sit_down(desk: Desk) -> None:
            back = come_in(_stack, desk.browser, READERS[desk.number % len(READERS)])
            assert back.status_code == 303

        in_parallel(sit_down, desks, AT_ONCE)
        yield desks


def test_many_sessions_never_see_each_other_s_patients(
    stack: LocalStack, desks: list[Desk]
) -> None:
    """Every function's process serves many of them, one after the other and mixed."""
    sessions = {desk.browser.cookies["__Host-reader-demo"] for desk in desks}
    assert len(sessions) == SESSIONS

    def work(desk: Desk) -> tuple[str, set[str], str]:
        page = called(stack, desk.browser, desk.made.patient.case())
        text = ""
        for _ in range(2):
            shown = desk.browser.get(page)
            assert shown.status_code == 200
            text += shown.text
        return page, set(MARK.findall(text)), text

    seen = in_parallel(work, desks, AT_ONCE)
    for desk, (_, marks, text) in zip(desks, seen, strict=True):
        assert marks == {f"{desk.number:03}"}
        assert "-CLINIQUE" in text, "the list is there, not the patient alone"
        assert desk.made.patient.ins in text
    pages = [page for page, _, _ in seen]
    assert len(set(pages)) == SESSIONS

    def steal(desk: Desk) -> httpx.Response:
        return desk.browser.get(pages[desk.number - 1])

    for answer in in_parallel(steal, desks, AT_ONCE):
        assert answer.status_code == 404
        assert not MARK.search(answer.text)


def test_of_many_sessions_at_once_one_alone_gets_a_page(
    stack: LocalStack, desks: list[Desk]
) -> None:
    """A page's address in several hands before anybody has opened it: the first one has it."""
    with stack.client() as ris:
        pages = [called(stack, ris, desk.made.patient.case()) for desk in desks[:5]]
    tries = [(desk, page) for desk in desks[:8] for page in pages]

    def open_it(one: tuple[Desk, str]) -> httpx.Response:
        desk, page = one
        return desk.browser.get(page)

    answers = in_parallel(open_it, tries, AT_ONCE)
    for number, page in enumerate(pages):
        mine = [a for (_, asked), a in zip(tries, answers, strict=True) if asked == page]
        seen = [answer for answer in mine if answer.status_code == 200]
        assert len(seen) == 1
        assert set(MARK.findall(seen[0].text)) == {f"{number:03}"}
        others = [answer for answer in mine if answer.status_code != 200]
        assert {answer.status_code for answer in others} == {404}
        assert not any(MARK.search(answer.text) for answer in others)
