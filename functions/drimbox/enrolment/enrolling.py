"""An agent enrols with its code, and renews its certificate with the one that it shows.

The certificate is issued first, and opens nothing: the write that spends the code, under the
condition that nobody else spent it, is the one that names it in the register.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final, Protocol

from functions.drimbox.enrolment.code import read_code
from functions.drimbox.enrolment.profile import VALID
from functions.drimbox.enrolment.register import Issued, change
from functions.drimbox.enrolment.request import encoded, read_request
from functions.drimbox.errors import (
    BadRequest,
    ConfigurationError,
    Conflict,
    Forbidden,
    NotAuthenticated,
    TooManyTries,
)
from functions.drimbox.identity.agent_names import AUTHORITY, subject_of
from functions.drimbox.identity.client_certificate import read_certificate
from functions.drimbox.identity.distinguished_name import canonical_name
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from collections.abc import Mapping

    from functions.drimbox.enrolment.code import Code
    from functions.drimbox.enrolment.register import AgentRecord, Register
    from functions.drimbox.enrolment.request import RequestedKey
    from functions.drimbox.ports import Audit, Clock, Tries

# Requests of one address at one tenant, and of one agent, within the time that Tries counts.
MOST_REQUESTS: Final = 20
# An agent renews when a third of its certificate's time is left; one that asks long before is ill.
RENEWED_BEFORE: Final = VALID / 3
_EARLIEST: Final = VALID / 2
# The clock of the machine that issues.
_CLOCKS: Final = timedelta(minutes=5)


class Issuer(Protocol):
    """Our authority. Raises StorageUnavailable."""

    def issue(self, agent: str, request: str) -> str:
        """The certificate (PEM) of that agent of its tenant, for the key of the request."""
        ...


@frozen
class Asked:
    """A request to enrol or to renew. ``who`` is counted."""

    request: str
    who: str
    request_id: str


@frozen
class EnrolmentDesk:
    """The ports of one tenant. ``authority`` (PEM) is our own: the end of the answered chain."""

    tenant: str
    register: Register
    issuer: Issuer
    tries: Tries
    audit: Audit
    clock: Clock
    authority: str

    def enrol(self, typed: object, asked: Asked) -> dict[str, Any]:
        """The certificate for a code, which is spent: JSON.

        BadRequest for an ill-formed code or request; TooManyTries; Forbidden for a code that is
        unknown, wrong, spent or ended: the answer is the same for all.
        """
        self._count(asked)
        code = read_code(typed)
        key = read_request(asked.request)
        record = self._invited(code)
        pem, issued = self._issued(record.name, asked.request, key)
        if not self.register.put(record.enrolled(issued, self.clock.now())):
            raise Forbidden("code", code="enrolment_code_refused")
        self._record("agent.enrolled", record.name, issued, asked)
        return self._answer(record.name, pem, issued)

    def renew(self, agent: str, shown: str, asked: Asked) -> dict[str, Any]:
        """A new certificate for the agent that shows the one of the serial number ``shown``: JSON.

        BadRequest for an ill-formed request; TooManyTries; Conflict long before it is due;
        Forbidden where the register does not name the shown certificate (any more).
        """
        self._count(asked)
        key = read_request(asked.request)
        own = self._shown(self.register.get(agent), shown)
        if own.not_after - self.clock.now() > _EARLIEST:
            raise Conflict("renewal", code="renewal_not_due")
        pem, issued = self._issued(agent, asked.request, key)

        def renewed(record: AgentRecord) -> AgentRecord:
            self._shown(record, shown)
            return record.renewed(shown, issued)

        change(self.register, agent, renewed)
        self._record("agent.renewed", agent, issued, asked)
        return self._answer(agent, pem, issued)

    def _count(self, asked: Asked) -> None:
        if self.tries.count(asked.who) > MOST_REQUESTS:
            raise TooManyTries("enrolment")

    def _invited(self, code: Code) -> AgentRecord:
        """The record whose open invitation the code is; a wrong one for its place counts."""
        for record in self.register.all():
            invitation = record.invitation
            if invitation is None or invitation.place != code.place:
                continue
            if invitation.is_open(self.clock.now()):
                if code.is_kept_as(invitation.digest, self.tenant):
                    return record
                # Where another request counted meanwhile, the next one reads that.
                self.register.put(record.tried_in_vain())
        raise Forbidden("code", code="enrolment_code_refused")

    @staticmethod
    def _shown(record: AgentRecord, shown: str) -> Issued:
        for one in record.issued:
            if one.serial_number == shown:
                return one
        raise Forbidden("certificate")

    def _issued(self, agent: str, request: str, key: RequestedKey) -> tuple[str, Issued]:
        """The authority's answer, believed for that agent and that key alone."""
        pem = self.issuer.issue(agent, request)
        try:
            found = read_certificate(pem, self.clock)
        except NotAuthenticated as error:
            raise ConfigurationError(f"our authority issued: {error.detail}") from None
        ours = found.issuer_among(AUTHORITY, self.authority, self.clock)
        if ours is None:
            raise ConfigurationError("another authority than the one in force issued")
        if found.subject != canonical_name(subject_of(self.tenant, agent)):
            raise ConfigurationError("our authority issued another name")
        if encoded(found.certificate.public_key()) != encoded(key):
            raise ConfigurationError("our authority issued for another key")
        if found.not_after - self.clock.now() > VALID + _CLOCKS:
            raise ConfigurationError("our authority issued for longer than it may")
        return pem, Issued(found.serial_number, found.not_before, found.not_after)

    def _record(self, event: str, agent: str, issued: Issued, asked: Asked) -> None:
        self.audit.record(
            event,
            key=asked.request_id,
            result="issued",
            who=subject_of(self.tenant, agent),
            facts={
                "agent": agent,
                "serial_number": issued.serial_number,
                "ends_at": issued.not_after.isoformat(),
            },
        )

    def _answer(self, agent: str, pem: str, issued: Issued) -> dict[str, Any]:
        return {
            "tenant": self.tenant,
            "agent": agent,
            "certificate": pem,
            "chain": self.authority,
            "not_after": issued.not_after.isoformat(timespec="seconds").replace("+00:00", "Z"),
        }


def read_asked(facts: Mapping[str, Any], names: set[str]) -> str:
    """The certificate request of a body with exactly these fields; BadRequest for another body."""
    if facts.keys() != names:
        raise BadRequest("body")
    request = facts["request"]
    if not isinstance(request, str):
        raise BadRequest("/request")
    return request
