"""Whether the thing of one study that a change waits for is there, asked outside the workflow.

A look decides nothing: the step that is woken asks again, and is the one that judges the answer.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from functions.drimbox.errors import (
    Held,
    PacsAnswerUnusable,
    PacsUnavailable,
    StorageUnavailable,
)
from functions.drimbox.publication.asking_pacs import PACS, asking_pacs
from functions.drimbox.publication.record import State
from functions.drimbox.publication.waiting.wait import STUDY, TURN
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from collections.abc import Callable

    from functions.drimbox.oid import Uid
    from functions.drimbox.publication.ports import Site
    from functions.drimbox.publication.waiting.wait import Wait


class Look(StrEnum):
    """The result of a look."""

    THERE = "there"
    ABSENT = "absent"
    UNKNOWN = "unknown"


class Archive(Protocol):
    """The site's PACS, as a look asks it."""

    def has_study(self, study_instance_uid: Uid) -> bool:
        """Whether it says that it has an object of the study: one request, since the tick has other
        changes to look at. Raises as ``ports.Pacs.find_study`` does.
        """
        ...


@frozen
class Looker:
    """``pacs`` opens the tenant's PACS: few ticks need it."""

    site: Site
    pacs: Callable[[], Archive]

    def look(self, wait: Wait) -> Look:
        """``unknown`` when the one who was asked, or our own storage, gives no answer.

        A thing that only its step can look for is taken as there; so is one whose look meets a
        fault of ours, since the step holds its change with the reason. No look stops a tick, which
        works for every change of the tenant.
        """
        try:
            return self._look(wait)
        except StorageUnavailable:
            return Look.UNKNOWN
        except Exception:  # noqa: BLE001  # one wait must not stop the others
            return Look.THERE

    def probe(self, wait: Wait) -> None:
        """Ask the PACS for the study: its circuit hears whether it answers."""
        self.look(wait)

    def is_under_notes(self, wait: Wait) -> bool:
        """Whether the PACS's notes reject images of the wait's study: they may have ended what its
        change looks for. Raises StorageUnavailable.
        """
        return bool(self.site.records.get(wait.change.study_instance_uid).rejections)

    def _look(self, wait: Wait) -> Look:
        if wait.kind in {STUDY, PACS}:
            return self._in_pacs(wait)
        return self._turn(wait) if wait.kind == TURN else Look.THERE

    def _in_pacs(self, wait: Wait) -> Look:
        study = wait.change.study_instance_uid
        try:
            with asking_pacs(self.site.breaker, study):
                found = self.pacs().has_study(study)
        except (Held, PacsAnswerUnusable):
            return Look.THERE  # another answer than that it does not know the study
        except PacsUnavailable:
            return Look.UNKNOWN
        return Look.THERE if found else Look.ABSENT

    def _turn(self, wait: Wait) -> Look:
        pending = self.site.records.get(wait.change.study_instance_uid).pending
        if pending is None or pending.state is State.HELD:
            return Look.THERE
        return Look.THERE if pending.message_id == wait.change.message_id else Look.ABSENT
