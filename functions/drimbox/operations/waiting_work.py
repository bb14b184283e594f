"""The work that waits outside the workflow, by the thing that it waits for, and its next try."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from functions.drimbox.publication.waiting.wait import is_circuit
from functions.drimbox.values import frozen
from functions.drimbox.wording.waits import waiting_for

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from functions.drimbox.publication.ports import Site
    from functions.drimbox.publication.waiting.ticker import Ticker
    from functions.drimbox.publication.waiting.wait import Wait


@frozen
class WaitingWork:
    """``studies`` wait for things of one ``kind`` (as ``Wait.kind``), the first one ``since``.

    ``next_at``: when the gateway tries or looks again; None where no tick is under way, which the
    sweep of the hour begins.
    """

    kind: str
    studies: int
    since: datetime
    next_at: datetime | None


def waiting_work(site: Site) -> tuple[WaitingWork, ...]:
    """The work of each kind, the longest wait first. Raises StorageUnavailable."""
    by_kind: dict[str, list[Wait]] = {}
    for wait in site.waits.all():
        by_kind.setdefault(wait.kind, []).append(wait)
    if not by_kind:
        return ()
    ticker, now = site.waits.ticker(), site.clock.now()
    found = (
        WaitingWork(kind, len(waits), _first(waits), _next_at(kind, waits, ticker, now))
        for kind, waits in by_kind.items()
    )
    return tuple(sorted(found, key=lambda one: one.since))


def describe(work: Iterable[WaitingWork]) -> list[dict[str, Any]]:
    """The same as JSON, each with its reason in words; times are ISO 8601."""
    return [
        {
            "kind": one.kind,
            "words": waiting_for(one.kind).by_language(),
            "studies": one.studies,
            "since": one.since.isoformat(),
            "next_at": one.next_at.isoformat() if one.next_at else None,
        }
        for one in work
    ]


def _first(waits: Iterable[Wait]) -> datetime:
    return min(one.since for one in waits)


def _next_at(kind: str, waits: Iterable[Wait], ticker: Ticker, now: datetime) -> datetime | None:
    """No try leaves before the tick that makes it, nor before the time that the thing has: of a
    circuit its next probe, of a study its next look.
    """
    if ticker.due_at is None:
        return None
    if not is_circuit(kind):
        return max(now, ticker.due_at, min(one.due_at for one in waits))
    probe = ticker.probes.get(kind)
    return max(now, ticker.due_at, probe.not_before if probe else now)
