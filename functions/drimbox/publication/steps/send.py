"""One effect on the DMP, exactly once, whatever is lost on the way. Once a request may have left,
only a query or the same bytes under the same identifiers may follow: the registry refuses a
submission set that it already has, so a late commit cannot become a second one.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from functions.drimbox.errors import DmpOutcomeUnknown, DmpRefused, DmpUnavailable
from functions.drimbox.publication.asking_dmp import held_for, held_when_refused
from functions.drimbox.publication.record import (
    State,
    StudyRecord,
    enter,
    not_taken,
    pending_in,
    refused,
)
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from collections.abc import Callable

    from functions.drimbox.publication.steps.submission import Submission

# A registry that answers may still be committing an earlier request: two queries this far apart
# must both find nothing before the same bytes are sent again.
COMMIT_DELAY: Final = timedelta(seconds=5)


@frozen
class Effect:
    """``submit`` asks for it; ``look`` gives the entryUUID where it is there, "" where not."""

    submit: Callable[[], None]
    look: Callable[[], str]


def send(submission: Submission, record: StudyRecord, effect: Effect) -> tuple[str, StudyRecord]:
    """The entryUUID if the effect was there already, "" after a Success; and the record."""
    site, in_doubt = submission.site, pending_in(record).in_doubt
    if in_doubt:
        entry_uuid = _look(submission, record, effect)
        if entry_uuid:
            return entry_uuid, record
    record = site.records.put(enter(record, State.SENDING, site.clock.now()))
    try:
        effect.submit()
    except DmpUnavailable:
        site.records.put(not_taken(record, site.clock.now(), in_doubt=in_doubt))
        raise
    except DmpOutcomeUnknown:
        site.records.put(enter(record, State.UNKNOWN, site.clock.now()))
        raise
    except DmpRefused as error:
        codes = ", ".join(error.registry_codes)
        site.records.put(refused(record, site.clock.now(), codes, in_doubt=in_doubt))
        raise held_for(error) from None
    return "", record


def _look(submission: Submission, record: StudyRecord, effect: Effect) -> str:
    """Ask before sending again: the entryUUID of the effect, "" when it may be sent again.

    Raises DmpOutcomeUnknown until two queries, COMMIT_DELAY apart, have found nothing.
    """
    with held_when_refused():
        entry_uuid = effect.look()
    if entry_uuid:
        return entry_uuid
    site, pending, at = submission.site, pending_in(record), submission.site.clock.now()
    if pending.state is not State.RECONCILING:
        site.records.put(enter(record, State.RECONCILING, at))
        raise DmpOutcomeUnknown("not in the registry yet")
    if at - pending.changed_at < COMMIT_DELAY:
        raise DmpOutcomeUnknown("not in the registry yet")
    return ""
