"""The state of a study of a message, recorded for the operator."""

from __future__ import annotations

from typing import TYPE_CHECKING

from functions.drimbox.publication.message_entry import MessageEntry, Outcome, StudyOutcome
from functions.drimbox.publication.news import ring

if TYPE_CHECKING:
    from functions.drimbox.publication.change import Change
    from functions.drimbox.publication.ports import Site


def set_outcome(site: Site, change: Change, outcome: Outcome) -> None:
    """Record the state of this study of this message, other than held. A study that was held and
    has now reached a final outcome is removed from its open cause; an attempt still in progress is
    not.
    """
    entry = record_outcome(site, change, outcome)
    study = change.study_instance_uid
    if outcome is not Outcome.IN_PROGRESS and entry.was_held(study):
        site.causes.follow(change.message_id, study, "")


def record_outcome(site: Site, change: Change, outcome: Outcome, reason: str = "") -> MessageEntry:
    """Record it, held or not; the entry. An end or a hold is news for the site's own address."""
    entry = site.messages.set_outcome(
        change.message_id,
        change.study_instance_uid,
        StudyOutcome(outcome, reason, site.clock.now()),
    )
    if outcome is not Outcome.IN_PROGRESS:
        ring(site, change.message_id)
    return entry
