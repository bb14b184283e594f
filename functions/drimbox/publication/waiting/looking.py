"""Whether the thing of one study that a change waits for is there, asked outside the workflow.

A look decides nothing: the step that is woken asks again, and is the one that judges the answer.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from functions.drimbox.errors import (
    AnswerAwaited,
    Held,
    PacsAnswerUnusable,
    PacsUnavailable,
    StorageUnavailable,
)
from functions.drimbox.publication.asking_pacs import PACS, asking_site
from functions.drimbox.publication.record import State
from functions.drimbox.publication.waiting.wait import JOB, STUDY, TURN
from functions.drimbox.tenants.model import Link
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from collections.abc import Callable

    from functions.drimbox.oid import Uid
    from functions.drimbox.publication.ports import Site
    from functions.drimbox.publication.waiting.wait import Wait


class Look(StrEnum):
    """The result of a look. ``ASKED``: the site's agent was asked, and answers later."""

    THERE = "there"
    ABSENT = "absent"
    ASKED = "asked"
    UNKNOWN = "unknown"


class Archive(Protocol):
    """The site's PACS, as a look asks it."""

    def has_study(self, study_instance_uid: Uid) -> bool:
        """Whether it says that it has an object of the study: one request, since the tick has other
        changes to look at. Raises as ``ports.Pacs.find_study`` does.
        """
        ...


class Agent(Protocol):
    """The site's agents, as a look sees them. Every method raises StorageUnavailable."""

    def is_there(self) -> bool:
        """Whether one of them may be asked now."""
        ...

    def has_answered(self, key: str) -> bool:
        """Whether nobody needs to wait for that job any more."""
        ...


@frozen
class Looker:
    """``pacs`` opens the tenant's PACS for the look of one wait: few ticks need it. ``agent`` is
    asked by a tenant behind an agent alone.
    """

    site: Site
    pacs: Callable[[Wait], Archive]
    agent: Agent

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

    @property
    def has_other_link(self) -> bool:
        """Whether the site is behind no agent (any more): nobody answers a job that an agent was
        asked for, and none comes back."""
        return self.site.tenant.link is not Link.AGENT

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
        if wait.kind == JOB:
            if self.has_other_link:
                return Look.THERE
            return _found(self.agent.has_answered(wait.thing.removeprefix(f"{JOB}/")))
        return self._turn(wait) if wait.kind == TURN else Look.THERE

    def _in_pacs(self, wait: Wait) -> Look:
        study = wait.change.study_instance_uid
        try:
            with asking_site(self.site, study):
                found = self.pacs(wait).has_study(study)
        except (Held, PacsAnswerUnusable):
            return Look.THERE  # another answer than that it does not know the study
        except AnswerAwaited:
            return Look.ASKED
        except PacsUnavailable:
            return Look.UNKNOWN
        return _found(found)

    def _turn(self, wait: Wait) -> Look:
        pending = self.site.records.get(wait.change.study_instance_uid).pending
        if pending is None or pending.state is State.HELD:
            return Look.THERE
        return _found(pending.message_id == wait.change.message_id)


def _found(is_there: bool) -> Look:
    return Look.THERE if is_there else Look.ABSENT
