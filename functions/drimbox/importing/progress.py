"""The state of one exam's import: kept beside its images, and written over after each part.

It stands in the session's own folder and goes with it. It is ours alone, but stands outside: a form
that is not ours reads as nothing, and the import begins again, which stores nothing twice.
"""

from __future__ import annotations

import json
from dataclasses import field, replace
from datetime import datetime
from enum import StrEnum
from io import BytesIO
from typing import TYPE_CHECKING, Any, Final

from functions.drimbox.errors import StorageUnavailable
from functions.drimbox.oid import Uid
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import timedelta

    from functions.drimbox.importing.outgoing import Stored
    from functions.drimbox.ports import CacheStore

FORMAT: Final = 1
MAX_BYTES: Final = 16 * 1024 * 1024


class Stage(StrEnum):
    """``WAITING`` for the images, ``SENDING``; ``DONE``, ``PARTIAL`` (some objects failed),
    ``REFUSED`` (nothing more is sent; the code says why)."""

    WAITING = "waiting"
    SENDING = "sending"
    DONE = "done"
    PARTIAL = "partial"
    REFUSED = "refused"


# The code of an import that waits for the site's agent.
AGENT_AWAY: Final = "agent_away"
RUNNING: Final = frozenset({Stage.WAITING, Stage.SENDING})


@frozen
class Progress:
    """One import. ``run`` counts its starts, ``total`` the objects of the exam; ``at`` is the time
    of the last word.

    ``stored`` are the objects that the PACS holds, with their warning (0 for none); ``failed``
    those that it refused in this run, with the reason. ``before``: how many it held beforehand.
    ``code`` says why nothing more is sent, or why it is waited for (AGENT_AWAY), "" otherwise.
    ``awaited`` is the job of an agent whose answer is waited for. ``looked`` names the objects at
    all of whose patients this run has looked.
    """

    run: int
    stage: Stage
    at: datetime
    total: int = 0
    before: int = 0
    stored: Mapping[Uid, int] = field(default_factory=dict)
    failed: Mapping[Uid, int] = field(default_factory=dict)
    code: str = ""
    awaited: str = ""
    looked: str = ""

    @property
    def warned(self) -> dict[int, int]:
        """How many objects were stored with each warning."""
        found: dict[int, int] = {}
        for one in self.stored.values():
            if one:
                found[one] = found.get(one, 0) + 1
        return found

    def is_interrupted(self, at: datetime, patience: timedelta) -> bool:
        """Whether an execution that should be at work has been silent for longer."""
        return self.stage in RUNNING and at - self.at > patience

    def noted(self, outcomes: Mapping[Uid, Stored], at: datetime) -> Progress:
        """With the outcomes of one more part."""
        stored, failed = dict(self.stored), dict(self.failed)
        for name, one in outcomes.items():
            if one.failure is None:
                stored[name] = one.warning or 0
                failed.pop(name, None)
            else:
                failed[name] = one.failure
        return replace(self, stage=Stage.SENDING, at=at, stored=stored, failed=failed)


def read(store: CacheStore, key: str) -> Progress | None:
    """The state, None before the first start. StorageUnavailable."""
    data = store.get(key, max_bytes=MAX_BYTES)
    if data is None:
        return None
    try:
        facts: dict[str, Any] = json.loads(data)
        if facts.pop("format") != FORMAT:
            return None
        return Progress(
            **{
                **facts,
                "stage": Stage(facts["stage"]),
                "at": datetime.fromisoformat(facts["at"]),
                "stored": _counted(facts["stored"]),
                "failed": _counted(facts["failed"]),
            }
        )
    except (ValueError, LookupError, TypeError, AttributeError):
        raise StorageUnavailable("the state of an import cannot be read") from None


def write(store: CacheStore, key: str, progress: Progress) -> None:
    """Write it over the former one. StorageUnavailable."""
    facts = {
        "format": FORMAT,
        "run": progress.run,
        "stage": progress.stage,
        "at": progress.at.isoformat(),
        "total": progress.total,
        "before": progress.before,
        "stored": dict(progress.stored),
        "failed": dict(progress.failed),
        "code": progress.code,
        "awaited": progress.awaited,
        "looked": progress.looked,
    }
    store.put(key, BytesIO(json.dumps(facts).encode()), "application/json")


def _counted(facts: Mapping[str, Any]) -> dict[Uid, int]:
    return {Uid(name): int(number) for name, number in facts.items()}
