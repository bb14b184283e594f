"""functions.drimbox.agents.loan: an agent tells how it is, and is lent its site's places."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from functions.drimbox.agents.loan import (
    MOST_LOANS,
    Beat,
    Credentials,
    LoanDesk,
    Places,
    read_beat,
)
from functions.drimbox.agents.presence import SEEN, PacsSeen
from functions.drimbox.errors import AgentOutdated, BadRequest, TooManyTries
from functions.drimbox.tenants.model import Sender
from tests.drimbox.agents.scenes import AGENT, BEHIND
from tests.fakes.memory import MemoryAgentStates, MemoryAudit, MemoryTries, VirtualClock
from tests.fakes.world import ISSUER

PLACES = Places(
    *("eu-west-3", "https://sqs", "https://s3", "https://sqs/1/q", "cache", "demo/incoming/"),
    *("key", "https://readings"),
)
SAID: dict[str, Any] = {
    "version": "1.0.0",
    "protocols": [1, 2],
    "credentials": True,
    "health": {
        "at": "2026-11-24T09:00:30Z",
        "pacs": "reachable",
        "spool": {"messages": 2, "oldest_at": "2026-11-24T08:00:00+00:00"},
        "disk_free_bytes": 10**12,
    },
}


@dataclass
class Bank:
    """The desk of one tenant."""

    clock: VirtualClock = field(default_factory=VirtualClock)
    states: MemoryAgentStates = field(default_factory=MemoryAgentStates)
    audit: MemoryAudit = field(default_factory=MemoryAudit)
    tries: MemoryTries = field(default_factory=MemoryTries)
    lent: list[str] = field(default_factory=list)
    back: int = 0

    def lend(self, agent: str) -> Credentials:
        """Implements ``Lender``."""
        self.lent.append(agent)
        return Credentials("id", "secret", "token", self.clock.now() + timedelta(hours=1))

    def _back(self) -> None:
        self.back += 1

    def ask(self, tenant: Any = BEHIND, **changes: Any) -> dict[str, Any]:
        desk = LoanDesk(
            tenant, self.states, self, PLACES, self.audit, self.tries, self.clock, self._back
        )
        beat = replace(read_beat(SAID), **changes)
        return desk.lend(AGENT.name, AGENT.certificate_subject, beat, "request")


def test_an_agent_is_lent_credentials_and_told_its_places() -> None:
    bank = Bank()
    answer = bank.ask()
    assert answer == {
        "protocol": 1,
        "lowest_protocol": 1,
        "time": "2026-11-24T09:00:00Z",
        "region": "eu-west-3",
        "endpoints": {"sqs": "https://sqs", "s3": "https://s3"},
        "queue": {"url": "https://sqs/1/q", "visibility_seconds": 120},
        "incoming": {
            "bucket": "cache",
            "prefix": "demo/incoming/",
            "kms_key": "key",
            "part_bytes": 8388608,
        },
        "outgoing": None,
        "credentials": {
            "access_key_id": "id",
            "secret_access_key": "secret",
            "session_token": "token",
            "expires_at": "2026-11-24T10:00:00Z",
        },
        "site": {
            "tenant": "demo",
            "senders": [],
            "time_zone": "Europe/Paris",
            "structures": ["1750803447"],
        },
    }
    (state,) = bank.states.all()
    assert not state.enrolled, "the tenant's file declares it"
    ((event, facts),) = recorded(bank.audit)
    assert event == "agent.lent"
    assert facts == {
        "who": AGENT.certificate_subject,
        "agent": "salle-1",
        "expires_at": "2026-11-24T10:00:00Z",
    }
    assert "secret" not in repr(Credentials("id", "secret", "token", bank.clock.now()))


def recorded(audit: MemoryAudit) -> list[tuple[str, dict[str, str]]]:
    """The event and the facts of each record."""
    return [(event, dict(facts)) for (event, _, _), facts in audit.records.items()]


def test_a_beat_without_a_wish_leaves_no_record() -> None:
    bank = Bank()
    assert bank.ask(wants=False)["credentials"] is None
    assert (bank.lent, recorded(bank.audit)) == ([], [])


def test_the_last_word_is_kept() -> None:
    bank = Bank()
    bank.ask()
    (state,) = bank.states.all()
    assert (state.version, state.protocol, state.pacs) == ("1.0.0", 1, PacsSeen.REACHABLE)
    assert (state.seen_at, state.ahead) == (bank.clock.now(), timedelta(seconds=30))
    assert (state.spooled, state.disk_free) == (2, 10**12)
    assert state.spooled_since == datetime(2026, 11, 24, 8, tzinfo=UTC)


def test_the_waiting_publications_hear_that_an_agent_is_back() -> None:
    bank = Bank()
    bank.ask()
    assert bank.back == 1
    bank.clock.advance(SEEN / 2)
    bank.ask()
    assert bank.back == 1
    bank.ask(pacs=PacsSeen.UNREACHABLE)
    assert bank.back == 1
    bank.ask(pacs=PacsSeen.UNKNOWN)
    assert bank.back == 2
    bank.clock.advance(SEEN)
    bank.ask()
    assert bank.back == 3


def test_the_senders_that_the_agent_forwards_are_those_of_its_certificate() -> None:
    own = Sender("RIS", "SITE", "cn=salle-1.ambroise.example, C=FR", ISSUER)
    tenant = replace(BEHIND, senders=(*BEHIND.senders, own))
    assert Bank().ask(tenant)["site"]["senders"] == [
        {"application": "RIS", "facility": "SITE", "policy": "publish"}
    ]


@pytest.mark.parametrize("protocols", [(0,), (2, 3)])
def test_an_agent_without_a_served_protocol_is_told_so(protocols: tuple[int, ...]) -> None:
    bank = Bank()
    with pytest.raises(AgentOutdated):
        bank.ask(protocols=protocols)
    assert bank.states.all() == ()


def test_a_spool_may_be_empty() -> None:
    health = {**SAID["health"], "spool": {"messages": 0, "oldest_at": None}}
    beat = read_beat({**SAID, "health": health})
    assert isinstance(beat, Beat)
    assert (beat.spooled, beat.spooled_since) == (0, None)


def _health(**changes: Any) -> dict[str, Any]:
    return {"health": {**SAID["health"], **changes}}


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"more": 1}, "body"),
        ({"version": ""}, "/version"),
        ({"version": "1 0"}, "/version"),
        ({"version": 1}, "/version"),
        ({"protocols": []}, "/protocols"),
        ({"protocols": [1] * 17}, "/protocols"),
        ({"protocols": ["1"]}, "/protocols"),
        ({"protocols": [True]}, "/protocols"),
        ({"protocols": 1}, "/protocols"),
        ({"credentials": 1}, "/credentials"),
        ({"health": None}, "/health"),
        (_health(more=1), "/health"),
        (_health(at="2026-11-24T09:00:00"), "/health/at"),
        (_health(at="yesterday"), "/health/at"),
        (_health(at=7), "/health/at"),
        (_health(pacs="maybe"), "/health/pacs"),
        (_health(pacs=["reachable"]), "/health/pacs"),
        (_health(spool=[]), "/health/spool"),
        (_health(spool={"messages": -1, "oldest_at": None}), "/health/spool/messages"),
        (_health(spool={"messages": 1, "oldest_at": "x"}), "/health/spool/oldest_at"),
        (_health(disk_free_bytes=1.5), "/health/disk_free_bytes"),
        (_health(disk_free_bytes=2**54), "/health/disk_free_bytes"),
    ],
)
def test_an_ill_formed_word_is_refused(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(BadRequest) as raised:
        read_beat({**SAID, **changes})
    assert raised.value.field == field


def test_a_missing_part_is_refused() -> None:
    for name in SAID:
        with pytest.raises(BadRequest):
            read_beat({key: value for key, value in SAID.items() if key != name})


def test_an_agent_that_no_file_declares_is_enrolled() -> None:
    """The authorizer let it in: the register names it."""
    bank = Bank()
    bank.ask(replace(BEHIND, agents=()))
    (state,) = bank.states.all()
    assert state.enrolled
    assert bank.back == 1


def test_an_agent_that_asks_again_and_again_is_lent_nothing_more_but_is_heard() -> None:
    bank = Bank()
    for _ in range(MOST_LOANS):
        bank.ask()
    bank.clock.advance(timedelta(seconds=1))
    with pytest.raises(TooManyTries):
        bank.ask()
    assert len(bank.lent) == MOST_LOANS
    (state,) = bank.states.all()
    assert state.seen_at == bank.clock.now()
    # A beat alone counts for nothing.
    assert bank.ask(wants=False)["credentials"] is None


def test_a_site_that_imports_is_told_where_they_come_from() -> None:
    assert Bank().ask(replace(BEHIND, imports=True))["outgoing"] == {"url": "https://readings"}
