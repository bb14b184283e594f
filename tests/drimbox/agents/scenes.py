"""A site behind an agent: the tenant, the questions to its agents, and their answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, Final

from functions.drimbox.agents.answering import AnswerDesk, Envelope
from functions.drimbox.agents.desk import QuestionDesk
from functions.drimbox.agents.presence import AgentState, PacsSeen
from functions.drimbox.agents.sealed_criteria import PURPOSE, SealedCriteria
from functions.drimbox.agents.site_pacs import AgentPacs, SiteAgent
from functions.drimbox.identity.sealing import NONCE_BYTES, Seal
from functions.drimbox.oid import Uid
from functions.drimbox.study import codec
from functions.drimbox.study.index import KeyImageNote, StudyIndex
from functions.drimbox.tenants.model import Agent, Link, Tenant
from tests.drimbox.images.samples import MemoryStore
from tests.fakes.memory import (
    MemoryAgentStates,
    MemoryAnswers,
    MemoryBell,
    MemoryQuestions,
    VirtualClock,
)
from tests.fakes.world import ISSUER, SECRET, SENDER, SUBJECT, TENANT, study_index

STUDY: Final = Uid("1.2.1")
AGENT: Final = Agent("salle-1", "CN=salle-1.ambroise.example,C=FR", ISSUER)
BEHIND: Final[Tenant] = replace(TENANT, link=Link.AGENT, pacs_url="", agents=(AGENT,))
# The sender whose messages the agent forwards.
FORWARDED: Final = SENDER, SUBJECT

# A study as the answer to a search has it.
ROW: Final[dict[str, Any]] = {
    "study_instance_uid": "1.2.1",
    "patient_id": "P1",
    "patient_name": "DURAND^ANNE",
    "patient_birth_date": "19700101",
    "accession_number": "A1",
    "study_date": "20261124",
    "description": "",
    "modalities": ["CT"],
    "instances": 3,
}


def state(clock: VirtualClock, **changes: Any) -> AgentState:
    """The last word of the agent: it is there, and so is its PACS."""
    told = AgentState(
        name=AGENT.name,
        seen_at=clock.now(),
        version="1.0.0",
        protocol=1,
        pacs=PacsSeen.REACHABLE,
        ahead=timedelta(0),
        spooled=0,
        spooled_since=None,
        disk_free=10**9,
    )
    return replace(told, **changes)


def index(study: str = STUDY) -> StudyIndex:
    """A study of three objects, with a note."""
    made = study_index(study, accession="A1")
    series = made.series[0].series_instance_uid
    note = KeyImageNote(
        series, Uid(f"{study}.9"), "113000", "DCM", "Of Interest", "ici", (Uid(f"{study}.1.1"),)
    )
    return replace(made, key_images=(note,))


def told(study: str = STUDY) -> dict[str, Any]:
    """The answer to a question for its index."""
    return {"found": True, "index": codec.write(index(study))}


@dataclass
class Place:
    """The desks of one tenant, on the same memory."""

    tenant: Tenant = BEHIND
    clock: VirtualClock = field(default_factory=VirtualClock)
    questions: MemoryQuestions = field(default_factory=MemoryQuestions)
    bell: MemoryBell = field(default_factory=MemoryBell)
    answers: MemoryAnswers = field(default_factory=MemoryAnswers)
    states: MemoryAgentStates = field(default_factory=MemoryAgentStates)
    packs: MemoryStore = field(default_factory=MemoryStore)
    woken: list[tuple[str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.states.put(state(self.clock))

    @property
    def desk(self) -> QuestionDesk:
        return QuestionDesk(self.questions, self.bell, self.clock)

    @property
    def agent(self) -> SiteAgent:
        return SiteAgent(self.tenant, self.desk, self.answers, self.states)

    @property
    def criteria(self) -> SealedCriteria:
        seal = Seal(SECRET, self.tenant.tenant, PURPOSE)
        return SealedCriteria(SECRET, seal, lambda: bytes(NONCE_BYTES))

    @property
    def answering(self) -> AnswerDesk:
        def wake(message_id: str, job: str) -> None:
            self.woken.append((message_id, job))

        return AnswerDesk(
            self.tenant.tenant, self.desk, self.answers, self.criteria, self.packs, wake
        )

    def pacs(self, attempt: int = 0, awaited: str = "") -> AgentPacs:
        asker = {"message": "m1", "replay": "0", "attempt": str(attempt)}
        return AgentPacs(self.agent, "m1", asker, awaited)

    def answer(self, answer: Any, attempt: int = 1) -> None:
        """An agent answers the job that it was rung for last."""
        self.answering.take(self.bell.rung[-1], Envelope(attempt, "answered", answer=answer))

    def fail(self, reason: str, attempt: int = 1) -> None:
        """It gives that job up."""
        self.answering.take(self.bell.rung[-1], Envelope(attempt, "failed", reason=reason))


def posted(**changes: Any) -> Mapping[str, Any]:
    """The JSON of an answer, as an agent posts it."""
    return {"protocol": 1, "attempt": 1, "outcome": "answered", "answer": told(), **changes}
