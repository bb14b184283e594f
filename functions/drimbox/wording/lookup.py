"""The words of a code as JSON values: how an answer of the API holds them."""

from __future__ import annotations

from typing import Any

from functions.drimbox.wording.held import HELD_REASONS
from functions.drimbox.wording.message_faults import UNPUBLISHED
from functions.drimbox.wording.waits import waiting_for


def reason(code: str) -> dict[str, Any]:
    """A held study's reason: its code, its words, its remedy; nothing for no reason."""
    if not code:
        return {}
    held = HELD_REASONS[code]
    return {"reason": code, "words": held.by_language(), "todo": held.todo.by_language()}


def held(code: str) -> dict[str, Any]:
    """Why a message is held as a whole; nothing when it is not."""
    if not code:
        return {}
    why = HELD_REASONS[code]
    return {"held": code, "held_words": why.by_language(), "held_todo": why.todo.by_language()}


def wait(kind: str) -> dict[str, Any]:
    """The thing that a publication waits for outside its workflow, by its kind: its words."""
    return {"thing": kind, "words": waiting_for(kind).by_language()}


def ignored(code: str) -> dict[str, Any]:
    """Why the gateway leaves a message aside; nothing when it does not."""
    return {"ignored_words": UNPUBLISHED[code].by_language()} if code else {}
