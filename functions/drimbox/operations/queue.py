"""What waits for a human, and what became of the rest, as an operator lists it."""

from __future__ import annotations

from typing import Any, Final

from functions.drimbox.errors import HELD_REASONS, BadRequest
from functions.drimbox.identity.tenant import Permission
from functions.drimbox.operations.permissions import Caller, demand
from functions.drimbox.publication.ports import MessageEntry, MessagePage, Outcome, Site

STATES: Final = frozenset({*(str(outcome) for outcome in Outcome), "ignored"})
PAGE: Final = 50


def list_publications(site: Site, caller: Caller, *, state: str, after: str | None) -> MessagePage:
    """One page of the publications in ``state``, latest change first; no patient data.

    Raises Forbidden without the permission ``view``, BadRequest for what is no state or no
    position of a former page.
    """
    operator = demand(site.audit, caller, Permission.VIEW)
    if state not in STATES:
        raise BadRequest("state")
    page = site.messages.find(state, limit=PAGE, after=after)
    site.audit.record(
        "publications.listed",
        key=caller.request_id,
        result=state,
        who=operator.subject,
        facts={"count": str(len(page.entries))},
    )
    return page


def describe(page: MessagePage) -> dict[str, Any]:
    """A page of publications as the operations API shows it: no patient data, reasons in words."""
    return {"publications": [_entry(entry) for entry in page.entries], "next": page.next}


def _entry(entry: MessageEntry) -> dict[str, Any]:
    return {
        "id": entry.message_id,
        "state": entry.state,
        "received_at": entry.received_at.isoformat(),
        "replays": entry.replays,
        "ignored": entry.ignored,
        "studies": [
            {
                "study_instance_uid": str(uid),
                "outcome": str(study.outcome),
                "changed_at": study.changed_at.isoformat(),
                **_reason(study.reason),
            }
            for uid, study in entry.studies.items()
        ],
    }


def _reason(code: str) -> dict[str, Any]:
    if not code:
        return {}
    wording = HELD_REASONS[code]
    return {
        "reason": code,
        "words": {"fr": wording.fr, "en": wording.en},
        "todo": {"fr": wording.todo_fr, "en": wording.todo_en},
    }
