"""The parts of ``make run``: the main job at a site behind its agent, a masked exam, and
a choice of practice situation.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Final
from uuid import uuid4

import httpx
import pytest

from functions.drimbox.tenants.model import Link
from infra.demo import lifecycle, play
from infra.demo.journey import TREATING_DOCTOR
from infra.demo.processes import Stack
from infra.demo.site_agent import SiteAgent
from simulators.history.history import History, history
from simulators.history.load import load
from simulators.history.sites import served_at
from simulators.ris.cases import CASES
from tests.flows.neighbours import FAR, FAR_SENDER
from tests.flows.readers import called, come_in, reading, submit
from tests.flows.stack import PATIENCE, LocalStack, wait_for

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


@pytest.fixture
def supervisor(stack: LocalStack) -> Iterator[Stack]:
    """As that of ``make run``, for the agent alone."""
    made = Stack(stack.layout)
    yield made
    made.stop()


def test_the_main_job_is_played_at_a_site_behind_its_agent(
    stack: LocalStack, supervisor: Stack
) -> None:
    """The agent enrols, publishes from MLLP to the DMP, and its images are served; it is killed,
    and comes back as the one that it was."""
    endpoints = {
        **stack.endpoints,
        **{"tenant": FAR, "sender": list(FAR_SENDER), "link": str(Link.AGENT)},
    }
    site, told = SiteAgent(stack.layout, FAR), list[str]()
    lifecycle.start_agent(supervisor, site, told.append, lambda: False)
    agent = supervisor.children["agent"]
    played = play.play(endpoints, told.append)
    text = "\n".join(told)
    for words in (
        "the site's agent enrols",
        "over MLLP to the agent of its site",
        "acknowledged by the agent, durable: MSA|AA|",
        "(1 x index)",
        "(2 x fill)",
        "report read, the study asked of the site's agent, study found in the PACS",
        "their pixel hashes equal the PACS's",
    ):
        assert words in text, text
    # 127.0.0.1, as the kernel writes it: nothing listens to the outside.
    assert listening(agent.pid) == {"0100007F"}
    agent.kill()
    agent.wait()
    assert supervisor.revive() == ["agent"]
    wait_for(site.is_ready, PATIENCE, "the agent")
    assert site.is_enrolled()
    play.publish(endpoints, CASES["C"].fresh(uuid4().hex), told.append)
    log = supervisor.log("agent").read_text()
    assert log.count('"agent started"') == 2
    for secret in (played.ins, CASES["C"].ipp, CASES["C"].traits.family):
        assert secret not in log
    supervisor.stop()
    assert supervisor.children["agent"].returncode == 0


def listening(pid: int) -> set[str]:
    """The local addresses (hex) at which a process listens (proc(5), ``/proc/net/tcp``)."""
    sockets = {str(one.readlink()) for one in Path(f"/proc/{pid}/fd").iterdir()}
    found = set()
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A" and f"socket:[{fields[9]}]" in sockets:
                found.add(fields[1].partition(":")[0])
    return found
