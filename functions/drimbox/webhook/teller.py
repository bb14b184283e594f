"""Tells the news of one message: at least once, numbered, the state as it is at that moment.

A ring names a message alone. The state is read when it is told, so that a receiver that was away
hears the last state of each message and none that is over. A state that the receiver has taken is
not told again, however often somebody rings.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from functions.drimbox.breaker import SERVICE
from functions.drimbox.errors import NotTold
from functions.drimbox.operations.following import (
    REFUSED,
    page_of,
    refusal_in_force,
    told_refused,
)
from functions.drimbox.publication.message_entry import Outcome
from functions.drimbox.publication.news import ring
from functions.drimbox.values import frozen
from functions.drimbox.webhook.event import body_of, control_id_of, digest_of, event_id, facts_of
from functions.drimbox.webhook.missed import Missed
from functions.drimbox.webhook.signature import sign
from functions.drimbox.webhook.telling import Told

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from functions.drimbox.publication.message_entry import MessageEntry
    from functions.drimbox.publication.ports import RecordOf, Site
    from functions.drimbox.publication.refused import LastRefusals
    from functions.drimbox.tenants.model import Tenant
    from functions.drimbox.webhook.missed import MissedNews
    from functions.drimbox.webhook.receiver import Receiver
    from functions.drimbox.webhook.telling import Telling, Tellings

# How long one state is tried; its sender can still ask for it (decision 0080).
PATIENCE: Final = timedelta(days=3)
# The circuit of the tenant's receiver.
CIRCUIT: Final = "webhook"


@frozen
class Teller:
    """The ports of one tenant. ``keys`` reads the keys that sign; ``in_url`` and ``vi_url`` are the
    bases of the two hosts that an event links to. ``missed`` lists the messages whose last state
    was given up; ``untold`` hears of each such state, twice where the process dies in between.
    """

    site: Site
    refused: LastRefusals
    tellings: Tellings
    receiver: Receiver
    keys: Callable[[], tuple[bytes, ...]]
    missed: MissedNews
    untold: Callable[[str], None]
    in_url: str
    vi_url: str

    def tell(self, message_id: str) -> Told:
        """Tell the message's state, if it is news.

        Raises NotTold, which says that it is to be tried again; StorageUnavailable; and
        ConfigurationError where the keys are wrong.
        """
        site, record_of = self.site, cache(self.site.records.get)
        # Before the facts: a teller whose facts are older than another one's telling is refused.
        known = self.tellings.get(message_id)
        if not site.tenant.webhook_url:
            return Told.NOTHING
        entry = site.messages.get(message_id)
        if entry is None:
            return self._tell_refusal(known)
        if not _is_declared(site.tenant, entry.sender):
            self._ring_for_others(entry, record_of)
            return Told.NOTHING
        self._join(entry)
        facts = facts_of(site, entry, record_of)
        if digest_of(facts) != known.digest:
            # Else it rang then: two messages never ring each other for ever.
            self._ring_for_others(entry, record_of)
        if not _has_come(entry):
            return Told.NOTHING
        return self._tell(known, facts, lambda: control_id_of(site, message_id))

    def _tell_refusal(self, known: Telling) -> Told:
        """A message that was refused when nobody waited for the acknowledgement."""
        site = self.site
        refusal = refusal_in_force(site, self.refused, known.message_id)
        if refusal is None or not _is_declared(site.tenant, refusal.sender):
            return Told.NOTHING
        return self._tell(known, told_refused(refusal), lambda: refusal.control_id)

    def _tell(
        self, known: Telling, facts: Mapping[str, Any], control_id: Callable[[], str]
    ) -> Told:
        """Tell the state that these facts are, unless it is the one that was told last."""
        site, telling = self.site, self._opened(known, digest_of(facts))
        if telling.ended:
            return Told.NOTHING
        if telling.since is not None and site.clock.now() - telling.since >= PATIENCE:
            # First: a state that is stored as ended is looked at by nobody any more.
            self.untold(known.message_id)
            at, is_refused = telling.since + PATIENCE, facts["state"] == REFUSED
            self._end(telling, Missed(known.message_id, at, is_refused))
            return Told.GIVEN_UP
        self._post(telling, body_of(telling, control_id(), facts, self._links(facts)))
        self._end(telling, None)
        return Told.TOLD

    def _end(self, telling: Telling, missed: Missed | None) -> None:
        """Store the telling as ended: given up, or taken (None). The list of missed news is first,
        so that a telling which says nothing of it has nothing in it."""
        at, former = missed.at if missed else None, telling.missed_at
        if former is not None and former != at:
            self.missed.remove(Missed(telling.message_id, former))
        if missed is not None:
            self.missed.add(missed)
        # Where another teller has begun with a newer state, that one has the last word.
        stored = self.tellings.put(replace(telling, ended=True, missed_at=at))
        if missed is not None and not stored:
            self.missed.remove(missed)

    def _join(self, entry: MessageEntry) -> None:
        """From now on, whoever ends what the message published rings for it. The facts are read
        after this, and tell an earlier end. Raises NotTold where another one was faster."""
        for study, state in entry.studies.items():
            if state.outcome is not Outcome.PUBLISHED:
                continue
            known = self.tellings.publishers(study)
            fresh = known.joined(entry.message_id)
            if fresh != known and not self.tellings.put_publishers(fresh):
                raise NotTold("another message was faster")

    def _ring_for_others(self, entry: MessageEntry, record_of: RecordOf) -> None:
        """A message that ends others' publications is news of them too: their own entries do not
        change, and nobody else would ring for them. A ring without news has no effect."""
        for study in entry.studies:
            if not record_of(study).is_of(entry.message_id):
                continue
            for one in self.tellings.publishers(study).messages:
                if one != entry.message_id:
                    ring(self.site, one)

    def _opened(self, known: Telling, digest: str) -> Telling:
        """The telling of that state, stored over ``known``: its number never changes."""
        if known.digest == digest:
            return known
        fresh = replace(
            known,
            sequence=known.sequence + 1,
            digest=digest,
            since=self.site.clock.now(),
            ended=False,
        )
        if not self.tellings.put(fresh):
            raise NotTold("another teller was faster")
        return replace(fresh, revision=fresh.revision + 1)

    def _post(self, telling: Telling, body: bytes) -> None:
        site, breaker = self.site, self.site.breaker
        name = event_id(site.tenant.tenant, telling)
        headers = sign(self.keys(), name, site.clock.now(), body)
        leave = breaker.admit(CIRCUIT, SERVICE)
        if leave is None:
            raise NotTold("the receiver is left alone for now")
        answer = self.receiver.post(site.tenant.webhook_url, headers, body)
        if answer.is_taken:
            breaker.answered(leave)
            return
        if answer.status is None:
            breaker.failed(leave)
        else:  # perhaps of this one event: the others are told
            breaker.failed_for(leave, telling.message_id, answer.retry_after)
        raise NotTold(answer.why)

    def _links(self, facts: Mapping[str, Any]) -> dict[str, str]:
        tenant = self.site.tenant.tenant
        return {
            "status_url": f"{self.in_url}/v1/tenants/{tenant}/hl7v2/messages/{facts['id']}",
            "page": f"{self.vi_url}/v1/tenants/{tenant}/operations/{page_of(facts)}",
        }


def _is_declared(tenant: Tenant, sender: str) -> bool:
    """Whether it is a declared sender's: nobody is told of another one's message."""
    return sender in {f"{one.application}|{one.facility}" for one in tenant.senders}


def _has_come(entry: MessageEntry) -> bool:
    """Whether one of its studies has come to an end or a hold, or it as a whole."""
    came = any(one.outcome is not Outcome.IN_PROGRESS for one in entry.studies.values())
    return came or bool(entry.ignored) or bool(entry.held)
