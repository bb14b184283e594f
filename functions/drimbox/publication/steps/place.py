"""The place of a report at a study where an operator's choice plays a part (decision 0105).

A choice never takes the place of another report. And no report comes back where a later version of
it stands, wherever an operator has put that version.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from functions.drimbox.errors import Held
from functions.drimbox.publication.message_entry import Outcome
from functions.drimbox.publication.messages import ReportMessage, load, load_override
from functions.drimbox.publication.record import State, move, pending_of, release
from functions.drimbox.publication.standing import (
    later_version,
    left_out,
    named_in,
    other_report,
)
from functions.drimbox.publication.steps.hold import hold_publication
from functions.drimbox.publication.steps.outcome import set_outcome
from functions.drimbox.report.requested_action import Action
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from functions.drimbox.oid import Uid
    from functions.drimbox.publication.change import Change
    from functions.drimbox.publication.overrides import Override
    from functions.drimbox.publication.ports import Site
    from functions.drimbox.publication.record import Pending, StudyRecord
    from functions.drimbox.report.model import Report

# Nothing was sent: the change may give way. Another execution of it may have died between the two
# writes of a hold, and one that still works finds its record changed before it sends.
_UNSENT: Final = frozenset({State.RECEIVED, State.INTENT, State.HELD})


@frozen
class Place:
    """One study of one report. ``report`` is as it is taken, ``came`` as it came."""

    site: Site
    change: Change
    report: Report
    came: Report
    override: Override | None

    @classmethod
    def of(cls, site: Site, change: Change, message: ReportMessage) -> Place:
        """The place that this change is about."""
        came = load(site, change.message_id) if message.override is not None else message
        assert isinstance(came, ReportMessage)  # noqa: S101  # one message is of one kind
        return cls(site, change, message.report, came.report, message.override)

    @property
    def is_chosen(self) -> bool:
        """Whether an operator has put this study in the place of one that the report names."""
        return self.override is not None and bool(self.override.left_by(self._study))

    @property
    def is_named(self) -> bool:
        """Whether the report, as it is taken, is about this study."""
        return self._study in named_in(self.report)

    def follows(self, record: StudyRecord) -> bool:
        """Whether this is a withdrawal that does not name the study, and a former version of its
        report is there by an operator's choice."""
        if self.report.action is not Action.WITHDRAW:
            return False
        return record.is_of(self.change.message_id) or self._study in self._left_out()

    def is_free(self, record: StudyRecord) -> bool:
        """Whether no other report holds the study, or this one has it already."""
        message_id = self.change.message_id
        if record.is_of(message_id) or pending_of(record, self.change) is not None:
            return True
        return not other_report(self.site, record, message_id, self.came)

    def is_outdated(self, record: StudyRecord) -> bool:
        """Whether a later version of this very report stands at a study of the message, or was
        moved from one; nothing of this change was sent."""
        message_id, pending = self.change.message_id, pending_of(record, self.change)
        if record.is_of(message_id):
            return False
        if pending is not None and _was_sent(pending):
            return False
        return any(
            later_version(self.site, one, message_id, self.came) for one in self._records(record)
        )

    def take(self) -> None:
        """The studies in whose place an operator has put this one are set aside. Their records tell
        later messages that name them where the report is now."""
        override = self.override
        for study in override.left_by(self._study) if override is not None else ():
            former = replace(self.change, study_instance_uid=study)
            record = self.site.records.get(study)
            pending = pending_of(record, former)
            if pending is not None and _was_sent(pending):
                continue  # a document may be in the DMP: the change stays
            moved = move(record, self.change.message_id)
            if pending is not None:
                moved = release(moved)
            if moved is not record:
                self.site.records.put(moved)
            set_outcome(self.site, former, Outcome.SET_ASIDE)

    def leave(self, record: StudyRecord) -> None:
        """The report is not about this study: it is set aside where an operator's choice had led
        here. Of a study that a correction leaves out, nothing is changed.

        Held ``study_left_out`` where a former version is still published there; ``change_pending``
        where a document of this message may be in the DMP.
        """
        pending = pending_of(record, self.change)
        if pending is not None and _was_sent(pending):
            raise Held("change_pending")
        if pending is not None:
            self.site.records.put(release(record))
        was_chosen = self._was_chosen()
        is_published = record.current is not None and not was_chosen
        if is_published or self._study in self._left_out():
            raise Held("study_left_out")
        set_outcome(self.site, self.change, Outcome.SET_ASIDE if was_chosen else Outcome.UNCHANGED)

    def give_way(self) -> None:
        """A later version of the report stands: this one ends."""
        record = self.site.records.get(self._study)
        if pending_of(record, self.change) is not None:
            self.site.records.put(release(record))
        set_outcome(self.site, self.change, Outcome.SUPERSEDED)

    def tell_left_out(self, record: StudyRecord) -> None:
        """A former version that was moved from this study since the message began: an operator must
        look at it."""
        if not record.moved:
            return
        entry = self.site.messages.get(self.change.message_id)
        known = entry.studies if entry is not None else {}
        for study in self._left_out():
            if study not in known:
                left = replace(self.change, study_instance_uid=study)
                hold_publication(self.site, left, Held.__name__, "study_left_out")

    @property
    def _study(self) -> Uid:
        return self.change.study_instance_uid

    def _was_chosen(self) -> bool:
        """Whether an override of this message has put the study in the place of another one."""
        message_id, last = self.change.message_id, self.change.override
        return any(
            load_override(self.site, message_id, number).left_by(self._study)
            for number in range(1, last + 1)
        )

    def _left_out(self) -> tuple[Uid, ...]:
        named = dict.fromkeys((*named_in(self.came), *named_in(self.report)))
        return left_out(self.site, self.report, tuple(named))

    def _records(self, record: StudyRecord) -> list[StudyRecord]:
        """The records at which a later version may stand. Without an override that is the study's
        own, and the order of editions judges what holds it."""
        if self.override is None:
            return [record] if record.moved else []
        entry = self.site.messages.get(self.change.message_id)
        others = dict.fromkeys(
            (*(entry.studies if entry is not None else ()), *named_in(self.came))
        )
        others.pop(self._study, None)
        return [record, *(self.site.records.get(study) for study in others)]


def _was_sent(pending: Pending) -> bool:
    """Whether the DMP may have a document of this change."""
    return pending.in_doubt or pending.state not in _UNSENT
