"""The meaning of codes in words, in French and in English."""

from __future__ import annotations

from typing import Any

from functions.drimbox.errors import HELD_REASONS
from functions.drimbox.feed_check.rules import UNPUBLISHED


def reason(code: str) -> dict[str, Any]:
    """A held study's reason: its code, its words, its remedy; nothing for no reason."""
    if not code:
        return {}
    wording = HELD_REASONS[code]
    return {
        "reason": code,
        "words": {"fr": wording.fr, "en": wording.en},
        "todo": {"fr": wording.todo_fr, "en": wording.todo_en},
    }


def ignored(code: str) -> dict[str, Any]:
    """Why a message is left aside; nothing when it is not."""
    if not code:
        return {}
    rule = UNPUBLISHED[code]
    return {"ignored_words": {"fr": rule.fr, "en": rule.en}}
