"""The answers of serve_agents, one function for each route."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, Protocol

from functions.aws import callers, entry, logging, replies, requests
from functions.aws.stores import TenantStores, for_tenant
from functions.drimbox.agents import wire
from functions.drimbox.agents.answering import Envelope, read_envelope
from functions.drimbox.agents.loan import read_beat
from functions.drimbox.errors import AgentOutdated, BadRequest, TooManyTries
from functions.drimbox.jobs.job import Kind
from functions.serve_agents.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

# A Lambda request stops at 6 MB, with the additions of the gateway.
MAX_ANSWER: Final = 4 * 1024 * 1024
# Refusals of one agent within ten minutes that leave a record each: records are kept for years.
MOST_RECORDS: Final = 20


class Taking(Protocol):
    """A desk that takes the answers to jobs of some kinds."""

    def take(self, key: str, envelope: Envelope, /) -> object:
        """The state of the job then."""
        ...


def lend(event: entry.Event) -> replies.Reply:
    """The places where the agent works, and credentials where it asks for some."""
    agent, stores = _caller(event)
    with _refusals_audited(event, agent, stores):
        beat = read_beat(requests.json_body(event))
        facts = stores.loans.lend(agent.name, agent.subject, beat, requests.request_id(event))
    return replies.document(200, facts)


def show_job(event: entry.Event) -> replies.Reply:
    """The thing that a job asks."""
    _, stores = _caller(event)
    key = wire.key_of(requests.path(event, "job"))
    is_fill = wire.kind_of(key) is Kind.FILL
    facts = stores.site_fills.show(key) if is_fill else stores.agent_answers.show(key)
    return replies.document(200, facts)


def take_answer(event: entry.Event) -> replies.Reply:
    """Take the answer to a job."""
    agent, stores = _caller(event)
    key = wire.key_of(requests.path(event, "job"))
    kind = wire.kind_of(key)
    with _refusals_audited(event, agent, stores):
        envelope = read_envelope(requests.json_body(event, max_bytes=MAX_ANSWER), kind)
        is_fill = kind is Kind.FILL
        desk: Taking = stores.site_fills if is_fill else stores.agent_answers
        state = str(desk.take(key, envelope))
    logging.event("job answered", tenant=agent.tenant, state=state, code=envelope.reason)
    return replies.document(200, {"job": wire.name_of(key), "state": state})


def _caller(event: entry.Event) -> tuple[callers.CallingAgent, TenantStores[Settings]]:
    agent = callers.agent(event)
    return agent, for_tenant(Settings.current(), agent.tenant)


@contextmanager
def _refusals_audited(
    event: entry.Event, agent: callers.CallingAgent, stores: TenantStores[Settings]
) -> Iterator[None]:
    """Leave a record of a word of an agent that cannot be taken; of one that is refused again and
    again, one record a day. A job that has ended meanwhile is no refusal: of two agents, one is the
    first."""
    try:
        yield
    except (BadRequest, AgentOutdated, TooManyTries) as error:
        again = isinstance(error, TooManyTries) or (
            stores.agent_tries.count(f"refused {agent.name}") > MOST_RECORDS
        )
        stores.audit.record(
            "agent.refused",
            key=agent.name if again else requests.request_id(event),
            result=TooManyTries.code if again else error.code,
            who=agent.subject,
            facts={"agent": agent.name},
        )
        raise
