"""The studies that a site imported from others, remembered without end.

Another site has published them: no report on one of them is ever published by this gateway
(decision 0071).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from functions.drimbox.errors import Held
from functions.drimbox.publication.message_entry import Outcome
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from functions.drimbox.oid import Uid
    from functions.drimbox.publication.message_entry import StudyOutcome
    from functions.drimbox.publication.ports import StudyRecords

REASON = "imported_study"


@frozen
class Imported:
    """One study: ``site`` is the structure that published it, ``at`` the first import's time.
    ``whole``: an import of it has ended with every object in the PACS."""

    study_instance_uid: Uid
    site: str
    at: datetime
    whole: bool = False


class ImportedStudies(Protocol):
    """The imported studies of one tenant. Raises StorageUnavailable."""

    def get(self, study_instance_uid: Uid) -> Imported | None:
        """The study, read consistently; None for one that was never imported."""
        ...

    def several(self, studies: Iterable[Uid]) -> Mapping[Uid, Imported]:
        """Those of these studies (at most 100) that were imported."""
        ...

    def add(self, imported: Imported) -> bool:
        """Remember it; False where it is known: the first one stays."""
        ...

    def end(self, study_instance_uid: Uid) -> None:
        """An import of the study has ended whole; nothing where it is not remembered."""
        ...

    def forget(self, study_instance_uid: Uid) -> None:
        """Forget a study of which nothing was sent."""
        ...

    def release(self, imported: Imported) -> bool:
        """Forget the study as it was read; False where it is not remembered so any more: another
        import may have begun."""
        ...


def require_own(imported: ImportedStudies, study_instance_uid: Uid) -> None:
    """Raises Held ``imported_study`` for a study that another site has published."""
    if imported.get(study_instance_uid) is not None:
        raise Held(REASON)


def is_own(records: StudyRecords, study_instance_uid: Uid) -> bool:
    """True for a study of which this site has or had a manifest, or a report on its way."""
    record = records.get(study_instance_uid)
    return record.version > 0 or record.pending is not None


def is_held_for(outcome: StudyOutcome | None) -> bool:
    """True for the outcome of a study that is held since it was imported."""
    return outcome is not None and outcome.outcome is Outcome.HELD and outcome.reason == REASON
