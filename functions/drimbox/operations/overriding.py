"""Overrides: an operator chooses the study of a report, or its sender. The override is written
beside the message, which stays as it came, and the next replay reads it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from functions.drimbox.errors import BadRequest, Conflict
from functions.drimbox.oid import Uid
from functions.drimbox.operations.choosing import Choosing
from functions.drimbox.operations.entries import entry_of
from functions.drimbox.operations.permissions import Caller, demand
from functions.drimbox.publication.message_entry import MessageEntry, MessageKind
from functions.drimbox.publication.messages import ReportMessage, load, load_override
from functions.drimbox.publication.overrides import Override, override_key
from functions.drimbox.tenants.model import Permission, SenderPolicy, Tenant
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from functions.drimbox.publication.messages import Message
    from functions.drimbox.publication.ports import Site

# The most overrides of one message; nobody needs more, and each is kept for good.
MOST_OVERRIDES: Final = 20


@frozen
class Choice:
    """The requested override: ``studies`` by the study that the report names, ``sender`` as MSH-3,
    MSH-4.
    """

    studies: Mapping[Uid, Uid]
    sender: tuple[str, str] | None

    @classmethod
    def read(cls, facts: Mapping[str, Any]) -> Choice:
        """From JSON: ``{"studies": {named: chosen}, "sender": "APPLICATION|FACILITY"}``, either of
        them or both. BadRequest names the ill-formed field.
        """
        if not facts or set(facts) - {"studies", "sender"}:
            raise BadRequest("body")
        return cls(_studies(facts.get("studies", {})), _sender(facts.get("sender")))


def _studies(given: Any) -> Mapping[Uid, Uid]:
    try:
        studies = {Uid(named): Uid(chosen) for named, chosen in given.items()}
    except (AttributeError, TypeError, ValueError):
        raise BadRequest("/studies") from None
    # No study is chosen twice, no choice is a named study, none stands for itself.
    if len({*studies, *studies.values()}) != 2 * len(studies):
        raise BadRequest("/studies")
    return studies


def _sender(given: Any) -> tuple[str, str] | None:
    if given is None:
        return None
    application, bar, facility = given.partition("|") if isinstance(given, str) else ("", "", "")
    if not bar:
        raise BadRequest("/sender")
    return application, facility


def override(
    site: Site, caller: Caller, *, message_id: str, choice: Choice, keeps: bool = False
) -> int:
    """Keep the override; its number. It counts from the next replay on, and replaces a former one
    as a whole; with ``keeps`` the studies and the sender stay that were chosen before and are not
    chosen anew, and no identity is confirmed any more. A choice that is published stays: a manifest
    is withdrawn, never forgotten.

    Forbidden without the permission ``edit``; Absent when the publication is unknown; BadRequest
    for a study that the message does not name or that is not held, a study that it names already, a
    sender that the tenant does not publish, an override without a sender where the message's own is
    left aside, and for a message that is no report, or is held as a
    whole: no report was taken from it. Conflict while the
    DMP may hold, or accept, the documents sent for such a study: nothing of it may change then;
    while a chosen study is in progress (``study_in_progress``), and where the only choice is
    published (``override_published``).
    """
    operator = demand(site.audit, caller, Permission.EDIT)
    entry = entry_of(site, message_id)
    if entry.kind is not MessageKind.REPORT or entry.held:
        raise BadRequest("publication")
    if choice.sender is not None and not publishes(site.tenant, choice.sender):
        raise BadRequest("/sender")
    require_not_in_doubt(site, entry)
    message = load(site, message_id)
    studies = Choosing.of(site, entry, message).chosen(choice.studies, keeps=keeps)
    sender = choice.sender or (sender_in_force(site, entry) if keeps else None)
    if sender is None and not entry.ignored and _is_left_aside(site.tenant, message):
        # Its replays would do nothing, and nobody would be told: it came back by a chosen sender.
        raise BadRequest("/sender")
    made = Override(0, operator.subject, site.clock.now(), studies, sender)
    number = keep(site, entry, made)
    site.audit.record(
        "publication.overridden",
        key=f"{message_id}/{number}",
        result="kept",
        who=operator.subject,
        facts={
            "message_id": message_id,
            "studies": ",".join(f"{named}={chosen}" for named, chosen in studies.items()),
            "sender": "|".join(sender or ()),
        },
    )
    site.messages.set_override(message_id, number)
    return number


def sender_in_force(site: Site, entry: MessageEntry) -> tuple[str, str] | None:
    """The sender that an operator has chosen for the message, None without such a choice."""
    number = entry.override
    return load_override(site, entry.message_id, number).sender if number else None


def keep(site: Site, entry: MessageEntry, override: Override) -> int:
    """Write ``override`` under the next free number, which it returns. Conflict where there is
    none; nothing is in force before ``set_override``."""
    for number in range(entry.override + 1, MOST_OVERRIDES + 1):
        key, kept = override_key(entry.message_id, number), replace(override, number=number)
        # A number that is taken is another operator's, or of one that never came into force.
        if site.inbox.put_once(key, kept.encode(), "application/json"):
            return number
    raise Conflict(code="too_many_overrides")


def next_override(site: Site, entry: MessageEntry, who: str, at: datetime) -> Override:
    """A new override that leaves everything as the one in force says it."""
    if not entry.override:
        return Override(0, who, at)
    former = load_override(site, entry.message_id, entry.override)
    return replace(former, number=0, who=who, at=at, decision=None, released={})


def require_not_in_doubt(site: Site, entry: MessageEntry) -> None:
    """Conflict while the DMP may hold, or accept, documents of the message."""
    for study in entry.studies:
        pending = site.records.get(study).pending
        if pending is not None and pending.message_id == entry.message_id and pending.in_doubt:
            raise Conflict(code="may_be_in_dmp")


def _is_left_aside(tenant: Tenant, message: Message) -> bool:
    """Whether the site publishes nothing of the report's own sender."""
    header = message.header if isinstance(message, ReportMessage) else None
    own = tenant.sender(header.sending_application, header.sending_facility) if header else None
    return own is not None and own.policy is SenderPolicy.IGNORE


def publishes(tenant: Tenant, sender: tuple[str, str]) -> bool:
    """Whether that sender (MSH-3, MSH-4) is declared, and its messages are published."""
    declared = tenant.sender(*sender)
    return declared is not None and declared.policy is SenderPolicy.PUBLISH
