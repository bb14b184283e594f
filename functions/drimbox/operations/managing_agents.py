"""An operator lets agents of the site in, sees how they are, and puts them out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from functions.drimbox.agents.presence import known
from functions.drimbox.enrolment.code import fresh_code
from functions.drimbox.enrolment.register import CODE_VALID, AgentRecord, Invitation, change
from functions.drimbox.errors import Absent, BadRequest, Conflict
from functions.drimbox.identity.agent_names import AGENT_NAME, AUTHORITY, subject_of
from functions.drimbox.identity.distinguished_name import canonical_name
from functions.drimbox.operations.permissions import Caller, demand
from functions.drimbox.tenants.model import Permission
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from collections.abc import Callable

    from functions.drimbox.agents.presence import AgentState, AgentStates
    from functions.drimbox.enrolment.code import Code
    from functions.drimbox.enrolment.register import Register
    from functions.drimbox.identity.distinguished_name import CanonicalName
    from functions.drimbox.ports import Audit, Clock
    from functions.drimbox.tenants.model import Tenant

# Agents of one site, declared or enrolled: two are usual.
MOST_AGENTS: Final = 20


@frozen
class SeenAgent:
    """An agent. ``record`` is None where the tenant's file declares its certificate; ``state``:
    its last word, None before any. ``senders``: the pairs of MSH-3 and MSH-4 that it may forward.
    """

    name: str
    record: AgentRecord | None
    state: AgentState | None
    senders: tuple[tuple[str, str], ...] = ()


def _names(subject: str, issuer: str) -> tuple[CanonicalName, CanonicalName]:
    return canonical_name(subject), canonical_name(issuer)


@frozen
class AgentsDesk:
    """The ports of one tenant. Every method raises StorageUnavailable."""

    tenant: Tenant
    register: Register
    states: AgentStates
    audit: Audit
    clock: Clock
    random: Callable[[int], bytes]

    def see(self, caller: Caller) -> tuple[SeenAgent, ...]:
        """The agents of the site, by name. Forbidden without the permission ``view``."""
        operator = demand(self.audit, caller, Permission.VIEW)
        records = {one.name: one for one in self.register.all() if one.is_there}
        told = {one.name: one for one in known(self.states, self.tenant)}
        declared = {one.name for one in self.tenant.agents}
        self.audit.record(
            "agents.viewed",
            key=caller.request_id,
            result="shown",
            who=operator.subject,
            facts={"count": str(len({*records, *declared}))},
        )
        return tuple(
            SeenAgent(name, records.get(name), told.get(name), self.senders_of(name))
            for name in sorted({*records, *declared})
        )

    def invite(self, caller: Caller, name: str) -> Code:
        """A one-time code for an agent of that name, which is new, or enrols again; the former code
        of the agent ends.

        Forbidden without the permission ``agents``; BadRequest ``name``; Conflict for a name that
        the tenant's file declares, or for one agent more than MOST_AGENTS.
        """
        operator = demand(self.audit, caller, Permission.AGENTS)
        if not AGENT_NAME.fullmatch(name):
            raise BadRequest("name")
        declared = {one.name for one in self.tenant.agents}
        if name in declared:
            raise Conflict("name", code="agent_declared")
        there = {one.name for one in self.register.all() if one.is_there}
        if len(there | declared | {name}) > MOST_AGENTS:
            raise Conflict("name", code="too_many_agents")
        code, at = fresh_code(self.random), self.clock.now()
        digest = code.digest(self.tenant.tenant)
        invitation = Invitation(code.place, digest, at + CODE_VALID)
        change(self.register, name, lambda record: record.invited(invitation, at))
        self._record("agent.invited", caller, operator.subject, name)
        return code

    def senders_of(self, name: str) -> tuple[tuple[str, str], ...]:
        """The pairs of MSH-3 and MSH-4 that the tenant's file declares for the agent of that name:
        by the certificate of our authority, or by the one that the file declares for the agent.
        """
        tenant = self.tenant
        shown = {_names(subject_of(tenant.tenant, name), AUTHORITY)} | {
            _names(one.certificate_subject, one.certificate_issuer)
            for one in tenant.agents
            if one.name == name
        }
        return tuple(
            (one.application, one.facility)
            for one in tenant.senders
            if _names(one.certificate_subject, one.certificate_issuer) in shown
        )

    def remove(self, caller: Caller, name: str) -> None:
        """Put the agent out: its certificate opens nothing from now on, and its last loan ends
        within the hour.

        Forbidden without the permission ``agents``; Absent for an agent that is not there.
        """
        operator = demand(self.audit, caller, Permission.AGENTS)

        def removed(record: AgentRecord) -> AgentRecord:
            if not record.is_there:
                raise Absent("agent")
            return record.removed(self.clock.now())

        change(self.register, name, removed)
        self._record("agent.removed", caller, operator.subject, name)
        self.states.forget(name)

    def _record(self, event: str, caller: Caller, who: str, name: str) -> None:
        self.audit.record(
            event, key=caller.request_id, result="done", who=who, facts={"agent": name}
        )
