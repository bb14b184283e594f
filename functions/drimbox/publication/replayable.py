"""The studies of a message that a replay would start again now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from functions.drimbox.publication.message_entry import Outcome
from functions.drimbox.publication.messages import ReportMessage, load
from functions.drimbox.publication.standing import named_in
from functions.drimbox.publication.waiting.parked import parked_studies

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime

    from functions.drimbox.oid import Uid
    from functions.drimbox.publication.message_entry import MessageEntry
    from functions.drimbox.publication.overrides import Override
    from functions.drimbox.publication.ports import Site


def replayable_studies(site: Site, entry: MessageEntry, at: datetime) -> frozenset[Uid]:
    """The studies of the entry that a replay moves: those that it starts, and those in whose place
    it starts another one."""
    moved = (study for one in starts(site, entry, at).values() for study in one)
    return frozenset(moved) & entry.studies.keys()


def starts(
    site: Site, entry: MessageEntry, at: datetime, replay: int = 0
) -> Mapping[Uid, tuple[Uid, ...]]:
    """The studies to start, each with those for which it is started. These are the studies that are
    held or stalled, and those that wait, whose thing an operator knows to be there.

    An override in force puts its studies in the place of those that it names. A study that it names
    no more has its own place again, and one that stands in no place any more is started to be set
    aside. ``replay`` is the number of the replay whose redelivery starts the same again.
    """
    parked = parked_studies(site, entry)
    waiting = tuple(
        study for study, one in entry.studies.items() if one.is_replayable(at) or study in parked
    )
    message = load(site, entry.message_id, entry.override) if entry.override else None
    if not isinstance(message, ReportMessage) or message.override is None:
        return {study: (study,) for study in waiting}
    override, named = message.override, named_in(message.report)
    begun = _begun(entry, replay)
    found = {
        study: (study, *override.left_by(study))
        for study in named
        if study in waiting or study in begun or _has_a_place(entry, override, study, waiting)
    }
    leaving = (one for one in waiting if one not in named and one not in override.studies)
    return {**found, **{study: (study,) for study in leaving}}


def _has_a_place(
    entry: MessageEntry, override: Override, study: Uid, waiting: Collection[Uid]
) -> bool:
    """Whether a study that waits for nobody is to be started all the same."""
    is_free = _outcome(entry, study) in {None, Outcome.SET_ASIDE}
    places = override.left_by(study)
    if not places:
        return is_free  # the override takes it away no more
    return any(
        one in waiting or (is_free and _outcome(entry, one) is Outcome.SET_ASIDE) for one in places
    )


def _outcome(entry: MessageEntry, study: Uid) -> Outcome | None:
    known = entry.studies.get(study)
    return known.outcome if known is not None else None


def _begun(entry: MessageEntry, replay: int) -> frozenset[Uid]:
    """The studies in progress that this very replay has begun."""
    return frozenset(
        event.study
        for event in entry.history
        if replay and event.replay == replay and _outcome(entry, event.study) is Outcome.IN_PROGRESS
    )
