"""The loan: an agent tells how it is, and is lent the credentials of its site's queue and place.

It comes every four minutes; credentials last for an hour. An agent that neither the tenant's file
nor the register of agents names any more is a stranger to the authorizer, and gets no others.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, Protocol

from functions.drimbox.agents.presence import AgentState, AgentStates, PacsSeen, is_served
from functions.drimbox.agents.wire import LOWEST, PROTOCOL
from functions.drimbox.errors import AgentOutdated, BadRequest, TooManyTries
from functions.drimbox.identity.distinguished_name import canonical_name
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from functions.drimbox.ports import Audit, Clock, Tries
    from functions.drimbox.tenants.model import Tenant

_VERSION: Final = re.compile(r"[!-~]{1,64}")
_MOST_PROTOCOLS: Final = 16
_MOST: Final = 2**53
# Seconds, bytes: S3 takes parts of 5 MiB or more, and 10,000 of them.
VISIBILITY_SECONDS: Final = 120
PART_BYTES: Final = 8 * 1024 * 1024
# Loans of one agent within the time that Tries counts: one that starts anew each half minute gets
# them all. The account has one quota of such calls for all sites, and each leaves a record.
MOST_LOANS: Final = 20


@frozen
class Beat:
    """An agent's word, read: ``wants``: it asks for credentials. ``at`` is its own clock's."""

    version: str
    protocols: tuple[int, ...]
    wants: bool
    at: datetime
    pacs: PacsSeen
    spooled: int
    spooled_since: datetime | None
    disk_free: int


@frozen
class Credentials:
    """The agent shows them to queue and bucket until ``expires_at``."""

    access_key_id: str
    secret_access_key: str
    session_token: str
    expires_at: datetime

    def __repr__(self) -> str:
        return "Credentials(…)"


class Lender(Protocol):
    """Lends the credentials of one tenant's queue and place."""

    def lend(self, agent: str) -> Credentials:
        """For that agent, for an hour. Raises StorageUnavailable."""
        ...


@frozen
class Places:
    """Where the agents of one tenant work. URLs and names of the account; ``prefix`` begins each
    key under which they may put, ``kms_key`` encrypts it. Imports come from ``outgoing_url``.
    """

    region: str
    sqs_url: str
    s3_url: str
    queue_url: str
    bucket: str
    prefix: str
    kms_key: str
    outgoing_url: str


@frozen
class LoanDesk:
    """The ports of one tenant that lend. ``back`` rings for the publications that wait for an
    agent, ``tries`` counts the loans.

    Every method raises StorageUnavailable.
    """

    tenant: Tenant
    states: AgentStates
    lender: Lender
    places: Places
    audit: Audit
    tries: Tries
    clock: Clock
    back: Callable[[], None]

    def lend(self, agent: str, subject: str, beat: Beat, request_id: str) -> dict[str, Any]:
        """The answer to an agent's word, which is kept: JSON. AgentOutdated where no protocol of
        its is served any more; TooManyTries for credentials that it has just got again and again,
        but its word is kept.

        ``subject`` is that of its certificate (RFC 4514). Credentials leave an audit record.
        """
        now = self.clock.now()
        spoken = [one for one in beat.protocols if LOWEST <= one <= PROTOCOL]
        if not spoken:
            raise AgentOutdated("no protocol of the agent is served")
        before = is_served(self.states, self.tenant, now)
        state = AgentState(
            name=agent,
            seen_at=now,
            version=beat.version,
            protocol=max(spoken),
            pacs=beat.pacs,
            ahead=beat.at - now,
            spooled=beat.spooled,
            spooled_since=beat.spooled_since,
            disk_free=beat.disk_free,
            enrolled=all(one.name != agent for one in self.tenant.agents),
        )
        self.states.put(state)
        if state.serves(now) and not before:
            self.back()
        credentials = self._credentials(agent, subject, request_id) if beat.wants else None
        return self._answer(state, subject, credentials, now)

    def _credentials(self, agent: str, subject: str, request_id: str) -> Credentials:
        if self.tries.count(f"loan {agent}") > MOST_LOANS:
            raise TooManyTries("loan")
        lent = self.lender.lend(agent)
        self.audit.record(
            "agent.lent",
            key=request_id,
            result="lent",
            who=subject,
            facts={"agent": agent, "expires_at": _written(lent.expires_at)},
        )
        return lent

    def _answer(
        self, state: AgentState, subject: str, lent: Credentials | None, now: datetime
    ) -> dict[str, Any]:
        places, tenant = self.places, self.tenant
        caller = canonical_name(subject)
        senders = [
            {"application": s.application, "facility": s.facility, "policy": str(s.policy)}
            for s in tenant.senders
            if canonical_name(s.certificate_subject) == caller
        ]
        return {
            "protocol": state.protocol,
            "lowest_protocol": LOWEST,
            "time": _written(now),
            "region": places.region,
            "endpoints": {"sqs": places.sqs_url, "s3": places.s3_url},
            "queue": {"url": places.queue_url, "visibility_seconds": VISIBILITY_SECONDS},
            "incoming": {
                "bucket": places.bucket,
                "prefix": places.prefix,
                "kms_key": places.kms_key,
                "part_bytes": PART_BYTES,
            },
            "outgoing": {"url": places.outgoing_url} if tenant.imports else None,
            "credentials": None if lent is None else _shown(lent),
            "site": {
                "tenant": tenant.tenant,
                "senders": senders,
                "time_zone": tenant.time_zone.key,
                "structures": [one.id for one in tenant.structures],
            },
        }


def _shown(lent: Credentials) -> dict[str, str]:
    return {
        "access_key_id": lent.access_key_id,
        "secret_access_key": lent.secret_access_key,
        "session_token": lent.session_token,
        "expires_at": _written(lent.expires_at),
    }


def read_beat(facts: Mapping[str, Any]) -> Beat:
    """An agent's word from the JSON of its request; BadRequest names the wrong part."""
    _require("body", facts, {"version", "protocols", "credentials", "health"})
    health = facts["health"]
    _require("/health", health, {"at", "pacs", "spool", "disk_free_bytes"})
    spool = health["spool"]
    _require("/health/spool", spool, {"messages", "oldest_at"})
    protocols = facts["protocols"]
    if not isinstance(protocols, list) or not 0 < len(protocols) <= _MOST_PROTOCOLS:
        raise BadRequest("/protocols")
    oldest = spool["oldest_at"]
    return Beat(
        version=_version(facts["version"]),
        protocols=tuple(_count("/protocols", one) for one in protocols),
        wants=_flag("/credentials", facts["credentials"]),
        at=_time("/health/at", health["at"]),
        pacs=_pacs(health["pacs"]),
        spooled=_count("/health/spool/messages", spool["messages"]),
        spooled_since=None if oldest is None else _time("/health/spool/oldest_at", oldest),
        disk_free=_count("/health/disk_free_bytes", health["disk_free_bytes"]),
    )


def _require(place: str, facts: Any, names: set[str]) -> None:
    if not isinstance(facts, dict) or facts.keys() != names:
        raise BadRequest(place)


def _version(value: Any) -> str:
    if not isinstance(value, str) or not _VERSION.fullmatch(value):
        raise BadRequest("/version")
    return value


def _pacs(value: Any) -> PacsSeen:
    try:
        return PacsSeen(value)
    except ValueError:
        raise BadRequest("/health/pacs") from None


def _flag(place: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise BadRequest(place)
    return value


def _count(place: str, value: Any) -> int:
    if type(value) is not int or not 0 <= value <= _MOST:
        raise BadRequest(place)
    return value


def _time(place: str, value: Any) -> datetime:
    """An aware time of ISO 8601."""
    try:
        found = datetime.fromisoformat(value)
        if found.tzinfo is not None:
            return found.astimezone(UTC)
    except (ValueError, TypeError, OverflowError):
        pass
    raise BadRequest(place)


def _written(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
