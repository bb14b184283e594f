"""The studies of a message that an operator may choose for, and the choice that an override makes
of them (decision 0105).

==========================  ======================================================================
state of the chosen study   the choice
==========================  ======================================================================
none yet                    may change: nothing has applied it
held, superseded,           may change, or be taken back: this message published nothing there
unchanged, set aside
in progress                 waits: another execution works with it
published, withdrawn        stays: only a withdrawal changes the DMP
==========================  ======================================================================
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final

from functions.drimbox.errors import BadRequest, Conflict
from functions.drimbox.publication.message_entry import Outcome
from functions.drimbox.publication.messages import ReportMessage, load_override
from functions.drimbox.publication.standing import named_in
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from functions.drimbox.errors import RequestError
    from functions.drimbox.oid import Uid
    from functions.drimbox.publication.message_entry import MessageEntry
    from functions.drimbox.publication.messages import Message, SiteAcceptedMessage
    from functions.drimbox.publication.ports import Site

# The outcomes of a chosen study whose choice stays.
_KEPT: Final = frozenset({Outcome.PUBLISHED, Outcome.WITHDRAWN})
# The outcomes of a study that the report names, in whose place an operator may choose another one.
_OPEN: Final = frozenset({Outcome.HELD, Outcome.SET_ASIDE})


class Undoing(StrEnum):
    """Whether the choice of studies in force may be taken back."""

    NOTHING = "nothing"
    POSSIBLE = "possible"
    IN_PROGRESS = "in_progress"
    PUBLISHED = "published"


class NextReplay(StrEnum):
    """The effect of the next replay on a study whose choice was taken back after it was applied."""

    TAKES = "takes"
    LEAVES = "leaves"


@frozen
class Choosing:
    """``former`` is the choice in force, ``named`` the studies that the report names."""

    entry: MessageEntry
    former: Mapping[Uid, Uid]
    named: Collection[Uid]

    @classmethod
    def of(
        cls, site: Site, entry: MessageEntry, message: Message | SiteAcceptedMessage
    ) -> Choosing:
        """The choice in force for ``message``, as it came."""
        number = entry.override
        former = load_override(site, entry.message_id, number).studies if number else {}
        named = named_in(message.report) if isinstance(message, ReportMessage) else ()
        return cls(entry, former, named)

    def chosen(self, wanted: Mapping[Uid, Uid], *, keeps: bool) -> Mapping[Uid, Uid]:
        """The choice with ``wanted`` in it. A study that stands in the place of another one counts
        for the one that the report names; that one itself takes the choice back.

        BadRequest and Conflict as ``overriding.override``.
        """
        anew: dict[Uid, Uid] = {}
        for study, chosen in wanted.items():
            named = self._stood_for(study)
            if named in anew or named not in self.named or chosen == study:
                raise BadRequest("/studies")
            if refusal := self._refusal(named):
                raise refusal
            if chosen in self.named and chosen != named:
                raise BadRequest("/studies")
            anew[named] = chosen
        dropped = [one for one in self.former if not keeps and one not in anew]
        stays = {one for one in dropped if self._of_chosen(one) in _KEPT}
        if any(self._of_chosen(one) is Outcome.IN_PROGRESS for one in dropped):
            raise Conflict(code="study_in_progress")
        if stays and not anew and len(stays) == len(self.former):
            raise Conflict(code="override_published")
        kept = {
            one: self.former[one]
            for one in self.former
            if one in stays or (keeps and one not in anew)
        }
        made = {**kept, **{named: chosen for named, chosen in anew.items() if chosen != named}}
        if len(set(made.values())) < len(made):
            raise BadRequest("/studies")
        return made

    def may_be_chosen_for(self, study: Uid) -> bool:
        """Whether an operator may choose another study in the place of this one, which stands for
        itself or for one that the report names."""
        if study in self.former and self._of_chosen(study) is not None:
            return False  # the chosen study stands there
        named = self._stood_for(study)
        return named in self.named and self._refusal(named) is None

    def is_taken(self, study: Uid, chosen: Uid) -> bool:
        """Whether ``chosen`` cannot stand in the place of ``study``: the report names it beside, or
        it stands somewhere already."""
        own = self._stood_for(study)
        return (chosen in self.named and chosen != own) or chosen in (study, *self.former.values())

    @property
    def undoing(self) -> Undoing:
        """Whether the choice in force may be taken back, or a part of it."""
        outcomes = {self._of_chosen(one) for one in self.former}
        if Outcome.IN_PROGRESS in outcomes:
            return Undoing.IN_PROGRESS
        if outcomes - _KEPT:
            return Undoing.POSSIBLE
        return Undoing.PUBLISHED if outcomes else Undoing.NOTHING

    def next_replay(self, study: Uid, before: Collection[Uid]) -> NextReplay | None:
        """The effect of a replay on this study, None where it changes no place. ``before`` are the
        studies that any override ever chose."""
        known = self.entry.studies.get(study)
        outcome = known.outcome if known is not None else None
        if study in self.named:
            is_back = outcome is Outcome.SET_ASIDE and study not in self.former
            return NextReplay.TAKES if is_back else None
        is_left = outcome is Outcome.HELD and study not in self.former.values()
        return NextReplay.LEAVES if is_left and study in before else None

    def _stood_for(self, study: Uid) -> Uid:
        return next((named for named, chosen in self.former.items() if chosen == study), study)

    def _of_chosen(self, named: Uid) -> Outcome | None:
        """The outcome of the study that is chosen for ``named``, None while nothing applied it."""
        known = self.entry.studies.get(self.former[named])
        return known.outcome if known is not None else None

    def _refusal(self, named: Uid) -> RequestError | None:
        """The error of a choice for this study, None where it is possible."""
        known = self.entry.studies.get(named)
        outcome = self._of_chosen(named) if named in self.former else None
        if outcome is Outcome.IN_PROGRESS:
            return Conflict(code="study_in_progress")
        if outcome in _KEPT:
            return Conflict(code="override_published")
        is_open = known is not None and known.outcome in _OPEN
        return None if is_open else BadRequest("/studies")
