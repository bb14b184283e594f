"""The state of a message, for the program that sent it (decision 0080)."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote

from functions.drimbox.errors import Absent, BadRequest
from functions.drimbox.identity.distinguished_name import canonical_name
from functions.drimbox.oid import Uid
from functions.drimbox.operations.queue import describe_entry
from functions.drimbox.operations.viewing_refused import describe_refused
from functions.drimbox.publication.inbox import ack_key, message_id
from functions.drimbox.publication.refused import KEPT
from functions.drimbox.report.reading import read_header

if TYPE_CHECKING:
    from collections.abc import Mapping

    from functions.drimbox.publication.message_entry import MessageEntry
    from functions.drimbox.publication.ports import RecordOf, Site
    from functions.drimbox.publication.refused import LastRefusals, RefusedMessage
    from functions.drimbox.tenants.model import Sender

# As ``inbox.message_id`` makes them.
_ID: Final = re.compile(r"[0-9a-f]{32}")
# Acknowledged and durable; its publication begins in a moment.
ACCEPTED: Final = "accepted"
# It was refused (AE), and nothing of it is kept but the fault.
REFUSED: Final = "refused"
_REFUSAL: Final = ("at", "code", "location", "words", "todo", "clause")
# The facts that a sender may know of its own message; the rest is the operators'.
_TOLD: Final = (
    "state",
    "received_at",
    "changed_at",
    "sender",
    "ignored",
    "ignored_words",
    "held",
    "held_words",
    "held_todo",
)


def follow(
    site: Site,
    refused: LastRefusals,
    certificate_subject: str,
    name: str,
    *,
    sender: str = "",
) -> dict[str, Any]:
    """The state of the message ``name``: its MSH-10, or the identifier that its acknowledgement
    came with. ``sender`` (``APPLICATION|FACILITY``) chooses between the declared senders of one
    certificate; "" takes any. Nothing of the patient is told but the study's own UID.

    Raises Absent for a message that none of the caller's senders sent; BadRequest where two of
    them have used that MSH-10.
    """
    own = _own(site, certificate_subject, sender)
    found = [
        facts
        for one in dict.fromkeys((name, *_candidates(site, own, name)))
        if (facts := _state(site, refused, own, one)) is not None
    ]
    if len(found) > 1:
        raise BadRequest("sender")
    for facts in found:
        return facts
    raise Absent("message")


def _state(
    site: Site, refused: LastRefusals, own: tuple[str, ...], message_id: str
) -> dict[str, Any] | None:
    """The facts of the message of that identifier, None where none of these senders sent it."""
    entry = site.messages.get(message_id)
    if entry is not None:
        return told(site, entry) if entry.sender in own else None
    if not _ID.fullmatch(message_id):
        return None
    if _is_accepted(site, own, message_id):
        return {"id": message_id, "state": ACCEPTED, "studies": []}
    refusal = refusal_in_force(site, refused, message_id)
    return told_refused(refusal) if refusal is not None and refusal.sender in own else None


def refusal_in_force(site: Site, refused: LastRefusals, message_id: str) -> RefusedMessage | None:
    """The last refusal of the message, None where there is none of late, or where the same MSH-10
    was accepted since."""
    refusal = refused.last(message_id)
    if refusal is None or refusal.at < site.clock.now() - KEPT:
        return None
    return None if site.inbox.get(ack_key(message_id)) is not None else refusal


def told_refused(refusal: RefusedMessage) -> dict[str, Any]:
    """The facts of a refused message as its sender may know them."""
    facts = describe_refused(refusal)
    return {
        "id": refusal.message_id,
        "state": REFUSED,
        "sender": facts["sender"],
        "refusal": {name: facts[name] for name in _REFUSAL},
        "studies": [],
    }


def page_of(facts: Mapping[str, Any]) -> str:
    """The page of the site's operators that shows the message of these facts, below the address of
    their pages. A refused message has none of its own."""
    return "refused" if facts["state"] == REFUSED else f"publications/{facts['id']}"


def _is_accepted(site: Site, own: tuple[str, ...], message_id: str) -> bool:
    """Whether one of these senders has the acknowledgement AA of that message."""
    ack = site.inbox.get(ack_key(message_id))
    if ack is None:
        return False
    header = read_header(ack)  # which goes back to the sender: MSH-5 and MSH-6
    return f"{header.receiving_application}|{header.receiving_facility}" in own


def _own(site: Site, certificate_subject: str, sender: str) -> tuple[str, ...]:
    caller = canonical_name(certificate_subject)
    declared = (
        _name(one)
        for one in site.tenant.senders
        if canonical_name(one.certificate_subject) == caller
    )
    return tuple(one for one in declared if sender in ("", one))


def _name(sender: Sender) -> str:
    return f"{sender.application}|{sender.facility}"


def _candidates(site: Site, own: tuple[str, ...], name: str) -> tuple[str, ...]:
    """The identifiers that a message of these senders with that MSH-10 would have.

    A gateway on the way may leave the escapes of a path as they are.
    """
    texts = dict.fromkeys((name, unquote(name)))
    return tuple(
        message_id(site.tenant.tenant, tuple(one.split("|", 1)), text)  # type: ignore[arg-type]
        for one in own
        for text in texts
    )


def told(site: Site, entry: MessageEntry, record_of: RecordOf | None = None) -> dict[str, Any]:
    """The facts of one message as its sender may know them. ``record_of``: the site's records as
    the caller reads them; without it each is read once."""
    record_of = record_of or cache(site.records.get)
    facts = describe_entry(site, entry, record_of)
    return {
        "id": entry.message_id,
        **{name: facts[name] for name in _TOLD if name in facts},
        "studies": [_study(record_of, entry, study) for study in facts["studies"]],
    }


def _study(record_of: RecordOf, entry: MessageEntry, study: Mapping[str, Any]) -> dict[str, Any]:
    """The study, with the manifest that this message put in force, None where there is none."""
    current = record_of(Uid(study["study_instance_uid"])).current
    own = current is not None and current.message_id == entry.message_id
    manifest = (
        {
            "manifest_uid": str(current.manifest_uid),
            "version": current.version,
            "published_at": current.published_at.isoformat(),
        }
        if own and current is not None
        else None
    )
    return {**study, "manifest": manifest}
