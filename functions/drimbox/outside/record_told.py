"""The last words of the DMP on a record: whether a file may be opened, and which manifests may not.

A file never opens more than the DMP would: a manifest that the DMP called replaced, no longer
lists, or hides is not opened from a file in the same session. Identifiers are kept as hashes.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from functions.drimbox.dmp.documents import Kind, Restriction, State, restriction_of
from functions.drimbox.errors import DocumentUnusable, Forbidden
from functions.drimbox.outside.faults import Reason
from functions.drimbox.tenants.model import OfflineFiles
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from functions.drimbox.dmp.registry import DocumentEntry
    from functions.drimbox.identity.parties import Code

# Manifests, and studies, that one session remembers; with more, no file opens there.
MOST: Final = 8000
# Restrictions of which a professional may know the document.
_SHOWN: Final = frozenset(
    {None, Restriction.INVISIBLE_PATIENT, Restriction.INVISIBLE_REPRESENTATIVES}
)
# A silence that is older says nothing of now.
AWAY_LIFE: Final = timedelta(minutes=10)
# Errors by which the DMP, or our way to it, gives no answer (``code``).
AWAY_CODES: Final = frozenset({"dmp_unavailable", "dmp_outcome_unknown", "unavailable", "timeout"})


class Heard(StrEnum):
    """The end of the last question: LISTED, ANSWERED (the record is open, and no list came since),
    AWAY (no answer), CLOSED (the DMP said no, or we could not ask properly), NOTHING (nobody asked
    yet)."""

    LISTED = "listed"
    ANSWERED = "answered"
    AWAY = "away"
    CLOSED = "closed"
    NOTHING = ""


def hides(codes: Iterable[Code]) -> bool:
    """Whether a document with these confidentiality codes is kept from professionals, or may be:
    masked, restricted, of an unknown code, or without any."""
    told = {restriction_of(one) for one in codes}
    return not told or not told <= _SHOWN


@frozen
class RecordTold:
    """``manifests`` tells, by the hash of each manifest that the DMP has listed here, whether it
    may be opened; ``studies`` the hashes of all studies that it has listed. ``at``: the time of
    the last question (ISO 8601); ``listed_at`` that of the last list, "" without one.
    """

    heard: Heard = Heard.NOTHING
    at: str = ""
    listed_at: str = ""
    manifests: Mapping[str, bool] = field(default_factory=dict)
    studies: frozenset[str] = frozenset()

    def __repr__(self) -> str:
        return f"RecordTold({self.heard}, {len(self.manifests)} manifests)"

    def after_failure(self, code: str, at: datetime) -> RecordTold:
        """The same after a question that ended with that error. A silence takes back no refusal:
        the DMP's next answer alone does."""
        is_away = code in AWAY_CODES and self.heard is not Heard.CLOSED
        return replace(self, heard=Heard.AWAY if is_away else Heard.CLOSED, at=at.isoformat())

    def after_open(self, at: datetime) -> RecordTold:
        """The same after the DMP has said that the record is open."""
        return replace(self, heard=Heard.ANSWERED, at=at.isoformat())

    def after_list(self, entries: Iterable[DocumentEntry], at: datetime) -> RecordTold:
        """The same after a list: a manifest of a former list that is not in this one is gone."""
        listed = [one for one in entries if one.kind is Kind.MANIFEST]
        current = {_hashed(one.unique_id): _may_open(one) for one in listed}
        gone = dict.fromkeys(self.manifests, False)
        studies = {_hashed(one.study_instance_uid) for one in listed} | self.studies
        told = at.isoformat()
        return RecordTold(Heard.LISTED, told, told, {**gone, **current}, frozenset(studies))

    def offers(self, policy: OfflineFiles, at: datetime) -> bool:
        """Whether a file may be given at that time, under the tenant's ``policy``."""
        if not self._is_whole:
            return False
        if policy is OfflineFiles.DMP_AWAY:
            return self.heard is Heard.AWAY and at - datetime.fromisoformat(self.at) <= AWAY_LIFE
        heard = {Heard.AWAY, Heard.ANSWERED, Heard.LISTED}
        return policy is OfflineFiles.ALWAYS and self.heard in heard

    @property
    def may_show(self) -> bool:
        """Whether the exams of a file that was given may be shown still: somebody asked, and the
        DMP has not said no."""
        return self._is_whole and self.heard not in {Heard.NOTHING, Heard.CLOSED}

    @property
    def _is_whole(self) -> bool:
        return max(len(self.manifests), len(self.studies)) <= MOST

    def lacks(self, study: str) -> bool:
        """Whether the DMP has given a list, and none with that study."""
        return bool(self.listed_at) and _hashed(study) not in self.studies

    def against(self, unique_id: str, study: str, policy: OfflineFiles) -> Reason | None:
        """The reason why this manifest of a file is not opened, None for none."""
        known = self.manifests.get(_hashed(unique_id))
        if known is not None:
            return None if known else Reason.GONE
        if _hashed(study) in self.studies:
            return Reason.GONE
        if self.lacks(study) and policy is not OfflineFiles.ALWAYS:
            return Reason.NOT_IN_RECORD
        return None


def require_not_gone(told: RecordTold, entry: DocumentEntry, policy: OfflineFiles) -> None:
    """Of an exam that a file gave: Forbidden where the tenant allows none any more,
    DocumentUnusable ``document_gone`` where the DMP called it replaced, withdrawn or masked, or
    closed the record, since the file was given."""
    if policy is OfflineFiles.NO:
        raise Forbidden("no file", code="files_not_allowed")
    if not told.may_show or told.against(entry.unique_id, entry.study_instance_uid, policy):
        raise DocumentUnusable(code="document_gone")


def is_gone(told: RecordTold, entry: DocumentEntry, policy: OfflineFiles) -> bool:
    """Whether :func:`require_not_gone` raises."""
    try:
        require_not_gone(told, entry, policy)
    except (DocumentUnusable, Forbidden):
        return True
    return False


def judge(told: RecordTold, policy: OfflineFiles) -> Callable[[str, str], Reason | None]:
    """The judgement of a manifest and its study by ``told``, under that policy."""
    return lambda unique_id, study: told.against(unique_id, study, policy)


def _in_force(entry: DocumentEntry) -> bool:
    return entry.state in {State.ACTIVE, State.ARCHIVED}


def _may_open(entry: DocumentEntry) -> bool:
    return _in_force(entry) and not hides(entry.confidentiality_codes)


def _hashed(identifier: str) -> str:
    return hashlib.sha256(identifier.encode()).hexdigest()[:16]


def write(told: RecordTold) -> str:
    """The note's text. With more than MOST manifests it says no more than that."""
    manifests = dict(list(told.manifests.items())[: MOST + 1])
    return json.dumps(
        {
            "heard": told.heard,
            "at": told.at,
            "listed_at": told.listed_at,
            "manifests": [
                "".join(one for one, is_so in manifests.items() if is_so is way)
                for way in (True, False)
            ],
            "studies": "".join(sorted(told.studies)[: MOST + 1]),
        },
        separators=(",", ":"),
    )


def read(text: str) -> RecordTold:
    """The kept words; nothing heard where none are."""
    if not text:
        return RecordTold()
    facts: dict[str, Any] = json.loads(text)
    may, may_not = map(_pieces, facts["manifests"])
    return RecordTold(
        Heard(facts["heard"]),
        facts["at"],
        facts["listed_at"],
        {**dict.fromkeys(may, True), **dict.fromkeys(may_not, False)},
        frozenset(_pieces(facts["studies"])),
    )


def _pieces(text: str) -> list[str]:
    return [text[at : at + 16] for at in range(0, len(text), 16)]
