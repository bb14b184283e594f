"""Last resort of every step: record the reason why a study of a message stops."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from functions.drimbox.publication import patience
from functions.drimbox.publication.message_entry import Outcome
from functions.drimbox.publication.record import State, hold, pending_of
from functions.drimbox.publication.steps.outcome import record_outcome
from functions.drimbox.wording.held import HELD_REASONS

if TYPE_CHECKING:
    from functions.drimbox.publication.change import Change
    from functions.drimbox.publication.ports import Site

# The ends by which somebody else has the study.
_OVER: Final = frozenset({Outcome.SUPERSEDED, Outcome.SET_ASIDE})


def hold_publication(site: Site, change: Change, error: str, reason: str) -> str:
    """Hold this study of this message; the reason that was recorded.

    ``error`` is the error's class name and ``reason`` its message, as the state machine caught
    them.
    """
    known = error == "Held" and reason in HELD_REASONS
    code = (reason if known else patience.reason_after(error)) or "internal_error"
    at = site.clock.now()
    record = site.records.get(change.study_instance_uid)
    pending = pending_of(record, change)
    if pending is not None and pending.state is State.HELD:
        code = pending.reason
    if pending is None and _is_over(site, change):
        return (
            code  # another message, or an override, has taken it over: its entry is the last word
        )
    # The outcome first: once the record says held, another message may take over from this one,
    # and that message must have the last word.
    record_outcome(site, change, Outcome.HELD, code)
    if pending is not None and pending.state is not State.HELD:
        site.records.put(hold(record, code, at))
    site.audit.record(
        "publication.held",
        key=f"{change.message_id}/{change.study_instance_uid}/{change.replay}/{code}",
        result=code,
        who="drimbox",
        facts={
            "message_id": change.message_id,
            "study_instance_uid": str(change.study_instance_uid),
        },
    )
    site.causes.follow(change.message_id, change.study_instance_uid, code)
    return code


def _is_over(site: Site, change: Change) -> bool:
    entry = site.messages.get(change.message_id)
    known = entry.studies.get(change.study_instance_uid) if entry is not None else None
    return known is not None and known.outcome in _OVER
