"""The publication that is in the way of a study of another one: it holds the study, or brings a
later version of the same report.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from functions.drimbox.publication.message_entry import Outcome
from functions.drimbox.publication.messages import ReportMessage
from functions.drimbox.publication.standing import later_version

if TYPE_CHECKING:
    from collections.abc import Iterator

    from functions.drimbox.publication.message_entry import MessageEntry
    from functions.drimbox.publication.messages import Message, SiteAcceptedMessage
    from functions.drimbox.publication.ports import Site
    from functions.drimbox.publication.record import StudyRecord

# The reasons for which a study is held because another publication has it.
REASONS: Final = frozenset(
    {"already_published", "chosen_study_taken", "later_version", "study_left_out"}
)


def in_the_way(
    site: Site, entry: MessageEntry, record: StudyRecord, message: Message | SiteAcceptedMessage
) -> str:
    """The identifier of that publication, "" where none is in the way or nobody can tell."""
    outcome = entry.studies[record.study_instance_uid]
    if outcome.outcome is not Outcome.SUPERSEDED and outcome.reason not in REASONS:
        return ""
    return next((one for one in _found(site, entry, record, message) if one), "")


def _found(
    site: Site, entry: MessageEntry, record: StudyRecord, message: Message | SiteAcceptedMessage
) -> Iterator[str]:
    holders = (record.current, record.withdrawn, record.pending)
    for holder in holders:
        if holder is not None and holder.message_id != entry.message_id:
            yield holder.message_id
    if isinstance(message, ReportMessage):
        for study in entry.studies:
            one = site.records.get(study)
            yield later_version(site, one, entry.message_id, message.report)
