"""functions.drimbox.operations.managing_agents: an operator lets agents in and puts them out."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest

from functions.drimbox.agents.presence import AgentState, PacsSeen
from functions.drimbox.enrolment.code import LENGTH
from functions.drimbox.enrolment.register import Issued, change
from functions.drimbox.errors import Absent, BadRequest, Conflict, Forbidden
from functions.drimbox.identity.agent_names import AUTHORITY, subject_of
from functions.drimbox.operations.managing_agents import MOST_AGENTS, AgentsDesk
from functions.drimbox.operations.permissions import Caller
from functions.drimbox.tenants.model import Agent, Operator, Permission, Sender, Tenant
from tests.fakes.memory import (
    MemoryAgentRegister,
    MemoryAgentStates,
    MemoryAudit,
    VirtualClock,
)
from tests.fakes.world import ISSUER, TENANT

DECLARED = Agent("salle-9", "CN=salle-9.example,C=FR", ISSUER)
SITE: Tenant = replace(TENANT, agents=(DECLARED,))


def operator(*permissions: Permission) -> Caller:
    return Caller(Operator("O", frozenset(permissions), oidc_subject="operator-1"), "o", "r")


MANAGER = operator(Permission.VIEW, Permission.AGENTS)
WATCHER = operator(Permission.VIEW)


@dataclass
class Scene:
    register: MemoryAgentRegister = field(default_factory=MemoryAgentRegister)
    states: MemoryAgentStates = field(default_factory=MemoryAgentStates)
    audit: MemoryAudit = field(default_factory=MemoryAudit)
    clock: VirtualClock = field(default_factory=VirtualClock)
    seed: int = 0
    tenant: Tenant = SITE

    def random(self, count: int) -> bytes:
        self.seed += 1
        return bytes([self.seed] * count)

    @property
    def desk(self) -> AgentsDesk:
        return AgentsDesk(
            self.tenant, self.register, self.states, self.audit, self.clock, self.random
        )

    def state(self, name: str, *, enrolled: bool) -> AgentState:
        return AgentState(
            name, self.clock.now(), "1", 1, PacsSeen.REACHABLE, timedelta(0), 0, None, 1, enrolled
        )


def test_a_code_is_given_for_a_new_agent() -> None:
    scene = Scene()
    code = scene.desk.invite(MANAGER, "salle-1")
    assert len(code.whole) == LENGTH
    record = scene.register.get("salle-1")
    assert record.invitation is not None
    assert code.is_kept_as(record.invitation.digest, SITE.tenant)
    assert code.whole not in repr(record)
    assert record.invited_at == scene.clock.now()
    assert scene.audit.events() == [("agent.invited", "done")]


def test_another_code_ends_the_former_one_and_no_certificate() -> None:
    scene = Scene()
    former = scene.desk.invite(MANAGER, "salle-1")
    now = scene.clock.now()
    issued = Issued("a", now, now + timedelta(days=90))
    change(scene.register, "salle-1", lambda record: record.enrolled(issued, now))
    scene.desk.invite(MANAGER, "salle-1")
    record = scene.register.get("salle-1")
    assert record.opens("a")
    assert record.invitation is not None
    assert not former.is_kept_as(record.invitation.digest, SITE.tenant)


@pytest.mark.parametrize("name", ["", "Salle 1", "a,O=DRIMbox"])
def test_a_name_is_that_of_a_host(name: str) -> None:
    with pytest.raises(BadRequest, match="name"):
        Scene().desk.invite(MANAGER, name)


def test_a_declared_name_is_taken() -> None:
    with pytest.raises(Conflict) as refused:
        Scene().desk.invite(MANAGER, DECLARED.name)
    assert refused.value.code == "agent_declared"


def test_a_site_has_so_many_agents_and_no_more() -> None:
    scene = Scene()
    for number in range(MOST_AGENTS - 1):
        scene.desk.invite(MANAGER, f"salle-1{number}")
    with pytest.raises(Conflict) as refused:
        scene.desk.invite(MANAGER, "one-more")
    assert refused.value.code == "too_many_agents"
    scene.desk.invite(MANAGER, "salle-10")
    scene.desk.remove(MANAGER, "salle-10")
    scene.desk.invite(MANAGER, "one-more")


def test_a_removed_agent_opens_nothing_and_is_not_there() -> None:
    scene = Scene()
    scene.desk.invite(MANAGER, "salle-1")
    scene.states.put(scene.state("salle-1", enrolled=True))
    scene.desk.remove(MANAGER, "salle-1")
    assert not scene.register.get("salle-1").is_there
    assert scene.states.all() == ()
    assert scene.audit.events()[-1] == ("agent.removed", "done")
    for name in ("salle-1", "never", DECLARED.name):
        with pytest.raises(Absent):
            scene.desk.remove(MANAGER, name)


def test_agents_are_seen_by_name_with_their_last_words() -> None:
    scene = Scene()
    scene.desk.invite(MANAGER, "salle-2")
    scene.desk.invite(MANAGER, "salle-1")
    scene.desk.invite(MANAGER, "gone")
    scene.desk.remove(MANAGER, "gone")
    scene.states.put(scene.state("salle-2", enrolled=True))
    scene.states.put(scene.state("salle-9", enrolled=False))
    scene.states.put(scene.state("stranger", enrolled=False))
    seen = scene.desk.see(WATCHER)
    assert [(one.name, one.record is not None, one.state is not None) for one in seen] == [
        ("salle-1", True, False),
        ("salle-2", True, True),
        ("salle-9", False, True),
    ]
    assert scene.audit.events()[-1] == ("agents.viewed", "shown")


def test_the_senders_of_an_agent_are_those_of_its_certificates() -> None:
    def sender(number: int, subject: str, issuer: str) -> Sender:
        return Sender(f"RIS{number}", "SITE", subject, issuer)

    own = subject_of(TENANT.tenant, "salle-1")
    senders = (
        sender(1, own, AUTHORITY),
        # The same name, as another program writes it.
        sender(2, own.replace(",", ", "), AUTHORITY),
        sender(3, own, ISSUER),
        sender(4, subject_of(TENANT.tenant, "salle-2"), AUTHORITY),
        sender(5, DECLARED.certificate_subject, DECLARED.certificate_issuer),
    )
    scene = Scene()
    scene.tenant = replace(scene.tenant, senders=senders)
    assert scene.desk.senders_of("salle-1") == (("RIS1", "SITE"), ("RIS2", "SITE"))
    assert scene.desk.senders_of(DECLARED.name) == (("RIS5", "SITE"),)
    scene.desk.invite(MANAGER, "salle-2")
    seen = {one.name: one.senders for one in scene.desk.see(WATCHER)}
    assert seen == {"salle-2": (("RIS4", "SITE"),), DECLARED.name: (("RIS5", "SITE"),)}


def test_each_act_needs_its_permission() -> None:
    scene = Scene()
    every = frozenset(Permission)
    without = operator(*every - {Permission.AGENTS})
    with pytest.raises(Forbidden):
        scene.desk.invite(without, "salle-1")
    scene.desk.invite(MANAGER, "salle-1")
    with pytest.raises(Forbidden):
        scene.desk.remove(without, "salle-1")
    with pytest.raises(Forbidden):
        scene.desk.see(operator(Permission.AGENTS))
    assert scene.register.get("salle-1").is_there
