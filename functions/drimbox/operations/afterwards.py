"""The fate of a publication after its own end: a later message replaced its manifest, or withdrew
it. A message's own entry does not change then; the study's record says it.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any

from functions.drimbox.publication.message_entry import Outcome
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from functions.drimbox.oid import Uid
    from functions.drimbox.publication.message_entry import MessageEntry
    from functions.drimbox.publication.ports import RecordOf
    from functions.drimbox.publication.record import StudyRecord


class Fate(StrEnum):
    """The state of a study, or of a whole publication, that was published and is no more."""

    REPLACED = "published_then_replaced"
    WITHDRAWN = "published_then_withdrawn"


@frozen
class Afterwards:
    """``by`` is the publication that replaced or withdrew the manifest, ``version`` the study's
    version since then."""

    fate: Fate
    at: datetime
    by: str
    version: int

    def describe(self) -> dict[str, Any]:
        """As JSON; the time in ISO 8601."""
        return {"at": self.at.isoformat(), "by": self.by, "version": self.version}


def afterwards(record_of: RecordOf, entry: MessageEntry) -> dict[Uid, Afterwards]:
    """The studies that this message published and whose manifest in force is another's, or none."""
    found = {
        study: _of(record_of(study), entry.message_id)
        for study, outcome in entry.studies.items()
        if outcome.outcome is Outcome.PUBLISHED
    }
    return {study: one for study, one in found.items() if one is not None}


def state_of(entry: MessageEntry, later: Iterable[Afterwards]) -> str:
    """The entry's state; a Fate where nothing that it published is in force any more."""
    fates = [one.fate for one in later]
    published = [one for one in entry.studies.values() if one.outcome is Outcome.PUBLISHED]
    if entry.state != Outcome.PUBLISHED or len(fates) < len(published):
        return entry.state
    return str(Fate.REPLACED if Fate.REPLACED in fates else Fate.WITHDRAWN)


def _of(record: StudyRecord, message_id: str) -> Afterwards | None:
    current, withdrawn = record.current, record.withdrawn
    if current is not None and current.message_id != message_id:
        return Afterwards(Fate.REPLACED, current.published_at, current.message_id, current.version)
    if withdrawn is not None:
        at, by = withdrawn.withdrawn_at, withdrawn.message_id
        return Afterwards(Fate.WITHDRAWN, at, by, withdrawn.version)
    return None
