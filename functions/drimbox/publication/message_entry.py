"""One accepted message as an operator sees it: its studies, their outcomes and its history."""

from __future__ import annotations

from dataclasses import field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from functions.drimbox.oid import Uid


class MessageKind(StrEnum):
    """The kind of a message (:mod:`messages`)."""

    REPORT = "report"
    ORDER_CHANGE = "order_change"
    REPAIR = "repair"
    REJECTION_NOTE = "rejection_note"
    WITHDRAWAL = "withdrawal"


class Outcome(StrEnum):
    """The state of one study of one message, as an operator sees it.

    ``set_aside``: an operator's override has put another study in its place, or has taken it back.
    """

    IN_PROGRESS = "in_progress"
    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"
    UNCHANGED = "unchanged"
    SUPERSEDED = "superseded"
    SET_ASIDE = "set_aside"
    HELD = "held"


@frozen
class StudyOutcome:
    """``reason`` is a code of the catalogue for a held study, "" otherwise."""

    outcome: Outcome
    reason: str
    changed_at: datetime

    def is_replayable(self, at: datetime) -> bool:
        """Held, or stalled: its execution ended without a word (an alarm told so), or waits; two
        executions on one record do no harm.
        """
        stalled = self.outcome is Outcome.IN_PROGRESS and at - self.changed_at > STALLED
        return stalled or self.outcome is Outcome.HELD


# A study in progress for longer than this has lost its execution, or waits for a service.
STALLED: Final = timedelta(hours=1)


@frozen
class Event:
    """One change of the state of a study of a message, as its history keeps it."""

    study: Uid
    outcome: StudyOutcome
    replay: int


# Pages show this many characters of a publication's identifier; their links have it whole.
SHOWN: Final = 12
# A message's history keeps its latest events only: an operator may replay for ever.
HISTORY: Final = 60


@frozen
class MessageEntry:
    """One accepted message. ``ignored`` is the reason why nothing is sent, "" when it is. ``held``
    is the reason for which the message as a whole is held, before any of its studies, "" for none.

    ``sender`` is MSH-3 and MSH-4, as ``APPLICATION|FACILITY``, "" for an operator's withdrawal.
    ``validated_at`` is the time of the report's validation, None where it is not known.
    ``override`` is the number of the override in force, 0 for none. ``history`` holds at most the
    last HISTORY events, oldest first.
    """

    message_id: str
    received_at: datetime
    replays: int
    ignored: str
    studies: Mapping[Uid, StudyOutcome] = field(default_factory=dict)
    kind: MessageKind = MessageKind.REPORT
    sender: str = ""
    validated_at: datetime | None = None
    override: int = 0
    history: tuple[Event, ...] = ()
    held: str = ""

    @property
    def state(self) -> str:
        """``ignored``, or the outcome that most needs attention: its own, or among its studies."""
        if self.ignored:
            return "ignored"
        if self.held:
            return str(Outcome.HELD)
        present = {study.outcome for study in self.studies.values()}
        return next((str(o) for o in _BY_NEED if o in present), str(Outcome.IN_PROGRESS))

    def with_outcome(self, study: Uid, outcome: StudyOutcome) -> MessageEntry:
        """The entry with one study's outcome changed, and its history with it."""
        event = Event(study, outcome, self.replays)
        return replace(
            self,
            studies={**self.studies, study: outcome},
            history=(*self.history, event)[-HISTORY:],
        )

    def restored(self, studies: Iterable[Uid], at: datetime) -> MessageEntry:
        """The entry of an ignored or held message that takes its turn after all."""
        opened = {study: StudyOutcome(Outcome.IN_PROGRESS, "", at) for study in studies}
        return replace(self, ignored="", held="", studies={**opened, **self.studies})

    @property
    def changed_at(self) -> datetime:
        """When something last changed."""
        return max((s.changed_at for s in self.studies.values()), default=self.received_at)

    def was_held(self, study: Uid) -> bool:
        """True when that study has been held since it came."""
        return any(e.study == study and e.outcome.reason for e in self.history)


# No message as a whole is set aside: another of its studies has the place.
_BY_NEED: Final = (
    Outcome.HELD,
    Outcome.IN_PROGRESS,
    Outcome.PUBLISHED,
    Outcome.WITHDRAWN,
    Outcome.UNCHANGED,
    Outcome.SUPERSEDED,
)


def shown_id(message_id: str) -> str:
    """The beginning of a publication's identifier, as pages show it: without the prefix that all
    those of one kind share."""
    return message_id.rpartition("-")[2][:SHOWN]
