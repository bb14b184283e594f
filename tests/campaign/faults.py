"""The faults of one external call."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Fault(StrEnum):
    """A way for one call to fail, as the caller sees it and as the outside does."""

    KILLED_BEFORE = "killed before"
    KILLED_AFTER = "killed after its effect"
    LOST = "effect, then an exception"
    FAILED = "an exception, no effect"
    TWICE = "done twice, the second answer counts"
    ABANDONED = "effect, then the execution is gone for good"
    STALE = "an answer of some time ago"
    DROPPED = "no effect, outcome unknown"
    LATE_SOON = "outcome unknown, effect 7 seconds later"
    LATE = "outcome unknown, effect 10 minutes later"
    GARBLED = "effect, then an unreadable answer"
    BUSY = "the registry says that it is busy"
    REFUSED = "the registry refuses it"
    LESS_OBJECTS = "the PACS leaves out an object"
    LESS_SERIES = "the PACS leaves out a series"
    NO_STUDY = "404 for the study"
    NO_SERIES = "404 for its series"
    NO_OBJECTS = "404 for the objects of a series"
    NO_METADATA = "404 for the metadata of a series"
    A_PAGE = "a page, and not the next"
    LYING_COUNT = "a count that lies"
    NO_NOTE = "404 for a note"
    BAD_NOTE = "a note that cannot be read"
    FAILS_ALONE = "500 for the study, and the PACS answers otherwise"
    LESS_FILES = "the PACS does not give an object of the series"
    HALF_WAY = "some objects of the series, then no answer"
    CUT = "an object of the series is cut"
    OF_ANOTHER = "an object of the series says that it is another study's"
    NAMELESS = "a file instead of an object of the series"
    SWALLOWED = "it seems to be done, and nothing comes of it"
    BODY_LACKS = "the agent's body lacks an object"
    BODY_MORE = "the agent's body holds an object that is rejected, or that nobody named"
    BODY_FOREIGN = "an object of the agent's body says that it is another study's"
    BODY_CUT = "an object of the agent's body is cut"
    OTHER_BODY = "the agent puts another body than it tells of"
    NO_BODY = "the agent puts no body, and tells of one"
    HALF_STORED = "the PACS stores some objects, then no answer"
    UNTOLD = "the PACS leaves out an object, and does not say so"
    NO_ROOM = "the PACS has no room for an object"
    ANOTHER_ANSWER = "the agent answers something else"


_ANY: Final = (Fault.KILLED_BEFORE, Fault.KILLED_AFTER, Fault.LOST, Fault.FAILED)
_OURS: Final = (*_ANY, Fault.ABANDONED, Fault.TWICE)
_QUERY: Final = (*_ANY, Fault.ABANDONED, Fault.STALE, Fault.GARBLED, Fault.BUSY, Fault.REFUSED)
_EFFECT: Final = (
    *_ANY,
    Fault.ABANDONED,
    Fault.DROPPED,
    Fault.LATE_SOON,
    Fault.LATE,
    Fault.GARBLED,
    Fault.BUSY,
    Fault.REFUSED,
)
# Answers of the PACS that are not whole.
PARTIAL: Final = (
    Fault.LESS_OBJECTS,
    Fault.LESS_SERIES,
    Fault.NO_STUDY,
    Fault.NO_SERIES,
    Fault.NO_OBJECTS,
    Fault.NO_METADATA,
    Fault.A_PAGE,
    Fault.LYING_COUNT,
    Fault.NO_NOTE,
    Fault.BAD_NOTE,
    Fault.FAILS_ALONE,
)
# Series that the PACS does not give whole.
SPOILT: Final = (
    Fault.LESS_FILES,
    Fault.HALF_WAY,
    Fault.CUT,
    Fault.OF_ANOTHER,
    Fault.NAMELESS,
)
# Bodies that are none of their series.
LIES: Final = (
    Fault.BODY_LACKS,
    Fault.BODY_MORE,
    Fault.BODY_FOREIGN,
    Fault.BODY_CUT,
    Fault.OTHER_BODY,
    Fault.NO_BODY,
)
_BY_CALL: Final[Mapping[str, tuple[Fault, ...]]] = {
    "dmp.submit": _EFFECT,
    "dmp.update": _EFFECT,
    "dmp.entries": _QUERY,
    "dmp.of_study": _QUERY,
    "pacs.find_study": (*_ANY, Fault.ABANDONED, Fault.STALE, *PARTIAL),
    "pacs.has_study": (*_ANY, Fault.ABANDONED),
    "ticks.send": (*_OURS, Fault.SWALLOWED),
    "ticks.answered": (*_OURS, Fault.SWALLOWED),
    "ticks.back": (*_OURS, Fault.SWALLOWED),
    "bell.ring": (*_OURS, Fault.SWALLOWED),
    "agent.put": (*_OURS, *LIES),
    "agent.answer": (*_OURS, Fault.ANOTHER_ANSWER),
    "pacs.retrieve_series": (*_ANY, Fault.ABANDONED, *SPOILT),
    "pacs.stow": (
        *_OURS,
        *(Fault.GARBLED, Fault.BUSY, Fault.REFUSED),
        *(Fault.HALF_STORED, Fault.UNTOLD, Fault.NO_ROOM),
    ),
    "pacs.c_store": (*_OURS, Fault.NO_ROOM),
}


def faults_of(call: str) -> tuple[Fault, ...]:
    """Every fault that makes sense for a call of that name (``port.method``)."""
    return _BY_CALL.get(call, _OURS)


# The calls that change what the DMP holds.
SENDS: Final = frozenset({"dmp.submit", "dmp.update"})


@dataclass(frozen=True, slots=True)
class Strike:
    """The call numbered ``at`` (from 1; among the sends only, with ``send``) fails in way ``kind``,
    an index into its own faults."""

    at: int
    kind: int
    send: bool = False

    def fault(self, call: str) -> Fault:
        """The fault that it becomes when the call turns out to be ``call``."""
        possible = faults_of(call)
        return possible[self.kind % len(possible)]
