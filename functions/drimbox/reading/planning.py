"""The plan of an execution that fetches one exam: which series are missing now.

A step between all others: it reads what is there, asks the DMP once more when the site does not
know the manifest, and comes to an end however the functions before it ended.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from functions.drimbox.manifest.read import read
from functions.drimbox.reading.ended import Ended
from functions.drimbox.reading.shelf import Reading
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from functions.drimbox.manifest.read import Manifest
    from functions.drimbox.reading.shelf import Shelf

# Rounds of one execution: each has a quarter of an hour, and a session eight hours.
MOST_ROUNDS: Final = 40

Renew = Callable[[Reading], bytes | None]
"""Asks the DMP once more for the manifest of the exam's study; None where it has no other one."""


class Outcome(StrEnum):
    """The next step: ``FETCH`` the missing series; ``WATCH`` the session and look again later;
    ``DONE`` once it has ended and nothing is kept."""

    FETCH = "fetch"
    WATCH = "watch"
    DONE = "done"


@frozen
class Plan:
    """``series`` are the places of the missing ones in the manifest."""

    outcome: Outcome
    series: tuple[int, ...] = ()


def plan(shelf: Shelf, reading: Reading, number: int, renew: Renew) -> Plan:
    """The plan in the round of that ``number``, from 1. Raises StorageUnavailable, and the errors
    of ``renew``."""
    manifest = shelf.manifest(reading)
    if manifest is None:
        return Plan(Outcome.WATCH)
    if any(one.ended is Ended.STALE for one in shelf.haves(reading, manifest)):
        manifest = _renewed(shelf, reading, renew) or manifest
        shelf.end(reading, manifest, frozenset({Ended.STALE}), Ended.LOST)
    if number > MOST_ROUNDS:
        shelf.end(reading, manifest, frozenset({None}), Ended.AWAY)
    haves = shelf.haves(reading, manifest)
    missing = tuple(place for place, one in enumerate(haves) if one.ended is None)
    return Plan(Outcome.FETCH, missing) if missing else Plan(Outcome.WATCH)


def _renewed(shelf: Shelf, reading: Reading, renew: Renew) -> Manifest | None:
    """The newer manifest, which is kept; None without one, or when the DMP was asked before."""
    if reading.opened.renewed:
        return None
    newer = renew(reading)
    if newer is not None:
        shelf.keep_manifest(reading, newer)
    # After the manifest: an execution that dies in between asks once more, and keeps the same.
    shelf.readings.keep(reading.page, reading.exam, replace(reading.opened, renewed=True))
    return None if newer is None else read(newer)
