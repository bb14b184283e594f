"""The action that a message asks for: a value that records keep without their report."""

from __future__ import annotations

from enum import StrEnum


class Action(StrEnum):
    """The action that the message asks for, by ORC-1, OBX-11 and the MDM event (NW/F/T02…)."""

    PUBLISH = "publish"
    REPLACE = "replace"
    WITHDRAW = "withdraw"
