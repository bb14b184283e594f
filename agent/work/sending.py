"""A body of several parts on its way to the cloud: begun, interrupted, gone on with."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from agent.work.ports import Incoming, Part

_STATE: Final = "upload.json"


def send(incoming: Incoming, key: str, parts: Sequence[Part], folder: Path) -> None:
    """Put the body that ``parts`` are under ``key``; ``folder`` keeps the name of its upload.

    Called again after an interruption, it lists the parts that are there and sends the others. A
    part that is there and differs is sent again. Raises CloudAway, and OSError.
    """
    if len(parts) == 1:
        incoming.put(key, parts[0])
        return
    state = folder / _STATE
    upload = _begun(state, key)
    there = incoming.listed(key, upload) if upload else None
    if upload is None or there is None:
        upload, there = incoming.begin(key), {}
        _note(state, key, upload)
    for number, part in enumerate(parts, 1):
        if there.get(number) != (part.size, part.sha256):
            incoming.add(key, upload, number, part)
    incoming.complete(key, upload, parts)
    state.unlink(missing_ok=True)


def _begun(state: Path, key: str) -> str | None:
    """The upload that was begun for this key, None where there is none."""
    try:
        facts = json.loads(state.read_text())
        return str(facts["upload"]) if facts["key"] == key else None
    except (OSError, ValueError, LookupError, TypeError):
        return None


def _note(state: Path, key: str, upload: str) -> None:
    fresh = state.with_suffix(".new")
    with fresh.open("w") as file:
        json.dump({"key": key, "upload": upload}, file)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(state)
