"""The status page: both languages, every value a text, nothing that runs."""

from __future__ import annotations

import re
from typing import Literal

import pytest

from agent.spool.store import Depth
from agent.status.board import PacsState, describe
from agent.status.page import status_page
from agent.status.texts import PAGE, STATES
from agent.status.work import WorkState
from tests.agent.status.scenes import State
from tests.fakes.memory import VirtualClock


def page(state: State, language: Literal["fr", "en"] = "fr") -> str:
    return status_page(describe(state.snapshot()), language).decode()


@pytest.mark.parametrize(
    ("language", "healthy", "answers"),
    [("fr", "Tout fonctionne.", "répond"), ("en", "Everything works.", "answers")],
)
def test_a_healthy_agent(language: Literal["fr", "en"], healthy: str, answers: str) -> None:
    pacs = (PacsState("Orthanc", "reachable", VirtualClock().now()),)
    text = page(State(pacs=pacs), language)
    assert f'lang="{language}"' in text
    assert healthy in text
    assert f"<td>{answers}</td>" in text
    assert "RIS &lt;1&gt;" in text
    assert "<td>2575</td><td>1</td>" in text
    assert "<td>2</td><td>0</td><td>1</td><td>1</td>" in text, "AA, AE, AR, turned away"
    assert not re.search(r"<script|<img|<form|<iframe|javascript:", text)


def test_faults_stand_first_with_their_remedies() -> None:
    text = page(State(away="untrusted", depth=Depth(3, 120_000, VirtualClock().now(), 0)))
    assert text.index("À traiter") < text.index("Messages gardés")
    assert "gateway_untrusted" in text
    assert "exempter de l&#x27;inspection" in text
    assert "<td>3</td>" in text
    assert "Tout fonctionne" not in text


def test_an_agent_that_keeps_nothing_and_knows_no_archive_says_so() -> None:
    text = page(State(keeps=False, depth=None, free=None))
    assert "ne garde aucun message" in text
    assert "<h2>PACS</h2><p>Aucun.</p>" in text


def test_an_agent_with_jobs_tells_its_work() -> None:
    now = VirtualClock().now()
    assert "Travail pour la passerelle" not in page(State())
    waiting = page(State(work=WorkState(now)))
    assert "<td>pas encore interrogé</td>" in waiting
    assert "<h2>Demandes traitées depuis le démarrage</h2><p>Aucun.</p>" in waiting
    done = page(State(work=WorkState(now, "there", jobs={("index", "answered"): 7})), "en")
    assert "<td>index</td><td>answered</td><td>7</td>" in done


def test_a_fact_that_is_not_known_is_a_dash() -> None:
    assert "<td>–</td>" in page(State(difference=None))


def test_every_label_is_there_in_both_languages() -> None:
    for one in (*PAGE.values(), *STATES.values()):
        assert one.fr
        assert one.en
