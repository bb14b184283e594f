"""The findings of a run: one object per page, written once, and one that names the last run.

In a store of their own, which forgets them after some weeks: ``<run>/<page>.json``, then
``last.json``. Every run writes its own, and the audit has each repair. They name studies and
manifests, and nothing of a patient.
"""

from __future__ import annotations

import json
from dataclasses import asdict, field, replace
from typing import TYPE_CHECKING, Any, Final

from functions.drimbox.oid import Uid
from functions.drimbox.publication.archive import keep
from functions.drimbox.reconciliation.differences import Difference, DifferenceCause
from functions.drimbox.reconciliation.planning import Decision, NotRepairedBecause, Repair
from functions.drimbox.tenants.reconciliation_policy import DifferenceKind
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from functions.drimbox.ports import Blobs

_LAST: Final = "last.json"
_JSON: Final = "application/json"


@frozen
class Totals:
    """The counts of a run so far. ``skipped``: studies that could not be compared, by error code;
    ``found``: differences by kind; ``left``: those left to a human, by kind.
    """

    compared: int = 0
    skipped: Mapping[str, int] = field(default_factory=dict)
    found: Mapping[str, int] = field(default_factory=dict)
    left: Mapping[str, int] = field(default_factory=dict)

    @property
    def studies(self) -> int:
        """The number of studies of the run."""
        return self.compared + sum(self.skipped.values())

    @property
    def repaired(self) -> int:
        """The number of differences under repair."""
        return sum(self.found.values()) - sum(self.left.values())

    def plus(self, other: Totals) -> Totals:
        """Both together."""
        return Totals(
            self.compared + other.compared,
            _sum(self.skipped, other.skipped),
            _sum(self.found, other.found),
            _sum(self.left, other.left),
        )


def _sum(one: Mapping[str, int], other: Mapping[str, int]) -> dict[str, int]:
    return {name: one.get(name, 0) + other.get(name, 0) for name in sorted({*one, *other})}


@frozen
class Position:
    """The position of a run: the state whose studies it goes through, and the progress within
    it.
    """

    state: str
    after: str | None = None


@frozen
class Page:
    """One page of a run, and the run so far. ``next`` is where the rest begins, None at the end;
    ``stopped`` is the error code of the side that does not answer, "" when both do.
    """

    run: str
    number: int
    started_at: str
    at: str
    next: Position | None
    stopped: str
    totals: Totals
    decisions: tuple[Decision, ...] = ()

    def encode(self) -> bytes:
        """JSON."""
        facts = asdict(self)
        facts["decisions"] = [
            {**asdict(one.difference), "repair": one.repair, "reason": one.reason}
            for one in self.decisions
        ]
        return json.dumps(facts).encode()

    @classmethod
    def decode(cls, data: bytes) -> Page:
        """The page that :meth:`encode` wrote."""
        facts = json.loads(data)
        place = facts.pop("next")
        return cls(
            **{
                **facts,
                "totals": Totals(**facts["totals"]),
                "decisions": tuple(_decision(one) for one in facts["decisions"]),
            },
            next=Position(**place) if place else None,
        )


def _decision(facts: dict[str, Any]) -> Decision:
    repair, reason = Repair(facts.pop("repair")), NotRepairedBecause(facts.pop("reason"))
    kinds = {
        "study_instance_uid": Uid(facts["study_instance_uid"]),
        "kind": DifferenceKind(facts["kind"]),
        "cause": DifferenceCause(facts["cause"]),
    }
    return Decision(Difference(**{**facts, **kinds}), repair, reason)


def _key(run: str, number: int) -> str:
    return f"{run}/{number:05}.json"


def read_page(blobs: Blobs, run: str, number: int) -> Page | None:
    """The page, None when nobody has written it."""
    data = blobs.get(_key(run, number))
    return Page.decode(data) if data else None


def keep_page(blobs: Blobs, page: Page) -> Page:
    """Write the page, and give the one that stands: the first writer's."""
    return Page.decode(keep(blobs, _key(page.run, page.number), page.encode(), _JSON))


def close(blobs: Blobs, page: Page) -> None:
    """The run has ended with ``page``: it is the last one from now on."""
    blobs.put(_LAST, replace(page, decisions=()).encode(), _JSON)


@frozen
class LastRun:
    """The tenant's last run that has ended."""

    blobs: Blobs
    summary: Page

    def decisions(self, start: int = 0, end: int | None = None) -> Iterator[Decision]:
        """Every difference that it found, with its decision, in its order: those of all of its
        pages, or of the pages from ``start`` up to, not including, ``end``.
        """
        pages = self.summary.number + 1
        for number in range(start, pages if end is None else min(end, pages)):
            page = read_page(self.blobs, self.summary.run, number)
            yield from page.decisions if page else ()


def last_run(blobs: Blobs) -> LastRun | None:
    """The last run of the tenant whose store this is, None before the first has ended."""
    data = blobs.get(_LAST)
    return LastRun(blobs, Page.decode(data)) if data else None
