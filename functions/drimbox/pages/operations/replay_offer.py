"""The replay of one publication, as its page offers it: first where the cause may have gone away by
itself, behind the corrections and with the remedy where somebody changes something first.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from functions.drimbox.pages.kit.html import Html, join, tag
from functions.drimbox.pages.operations import texts
from functions.drimbox.wording.held import HELD_REASONS, Replay

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from functions.drimbox.pages.kit.layout import Layout

_TOLD: Final = {
    Replay.AFTER_A_CHANGE: "replay_after",
    Replay.IN_VAIN: "replay_vain",
    Replay.CONFIRMED: "replay_vain",
}


def may_replay(facts: Mapping[str, Any]) -> bool:
    """Whether a replay of the publication (``operations.view.view``) would try anything."""
    overridden = facts["ignored"] and facts["override"]
    return bool(overridden or "held" in facts or any(map(_replayable, facts["studies"])))


def comes_first(facts: Mapping[str, Any]) -> bool:
    """Whether a replay is the first act to offer: no held study of it needs a change before."""
    return not list(_demanding(facts))


def replay_box(layout: Layout, facts: Mapping[str, Any]) -> Html:
    """The words and the button."""

    def say(name: str) -> str:
        return layout.say(texts.PUBLICATION, name)

    tried = [study for study in facts["studies"] if _replayable(study)]
    whole = "held" in facts or not tried
    if not whole and all("parked" in study for study in tried):
        return join(tag("p", say("replay_waiting")), tag("button", say("replay")))
    demanding = dict(_demanding(facts))
    if not demanding:
        return tag("button", say("replay"), class_="main")
    notes = (
        tag("p", say(_TOLD[HELD_REASONS[reason].replay]), " ", tag("strong", layout.words(todo)))
        for reason, todo in demanding.items()
    )
    return join(*notes, tag("p", tag("button", say("replay"))))


def _replayable(study: Mapping[str, Any]) -> bool:
    return bool(study["replayable"])


def _demanding(facts: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, str]]]:
    """The reasons that another try alone does not end, each with its remedy. An override that was
    saved after a hold is the change that it needed."""
    if "held" in facts:
        yield facts["held"], facts["held_todo"]
    changed = [datetime.fromisoformat(one["at"]) for one in facts["overrides"]]
    for study in facts["studies"]:
        reason = study.get("reason", "")
        if not (reason and _replayable(study)) or HELD_REASONS[reason].replay is Replay.AT_ONCE:
            continue
        if not any(at > datetime.fromisoformat(study["changed_at"]) for at in changed):
            yield reason, study["todo"]
