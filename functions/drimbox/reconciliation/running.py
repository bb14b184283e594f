"""One step of a run: it compares a page of studies, decides, writes the page, repairs.

The page is written before the first repair, and the repairs are read from it: a step that runs
again, at whatever point it stopped, makes the same repairs and counts nothing twice.
"""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Final

from functions.drimbox.errors import (
    AgentAway,
    AnswerAwaited,
    DmpUnavailable,
    DrimboxError,
    PacsUnavailable,
    Transient,
)
from functions.drimbox.publication.record import SETTLED, WITHDRAWN, State, StudyRecord, state_of
from functions.drimbox.reconciliation.differences import Difference, compare
from functions.drimbox.reconciliation.findings import (
    Page,
    Position,
    Totals,
    close,
    keep_page,
    last_run,
    read_page,
)
from functions.drimbox.reconciliation.observing import observe
from functions.drimbox.reconciliation.planning import Decision, plan, too_many
from functions.drimbox.reconciliation.repairing import blocked, repair
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from functions.drimbox.oid import Uid
    from functions.drimbox.publication.inbox import Queue
    from functions.drimbox.publication.ports import Site
    from functions.drimbox.reconciliation.observing import Sides

# The states whose studies are compared: in the others a change is at work that asks for itself. A
# settled study may be held by its repair, and is not to be met again as such in the same run.
STATES: Final = (str(State.HELD), WITHDRAWN, SETTLED)
PAGE: Final = 20
WORKERS: Final = 4
# The tries of a page that follow its first one while a circuit gives no permission: one fault opens
# it, since several workers ask at once. infra/workflows/reconcile.py spreads them over some six
# probes, which outlasts the one that closes the circuit and the first slots of the recovery.
TRIES: Final = 15
# Those while the circuit is closed: the side fails for these studies alone.
_QUICK_TRIES: Final = 5
# If a side did not answer for so many studies of one page, it does not answer at all: the run ends.
# If they are fewer, the side cannot answer for these studies, and the others go on.
_DEAD_AFTER: Final = 5
CHANGING: Final = "changing"


@frozen
class Tools:
    """``sides`` opens both sides for the studies of a page that are published, under the page's
    name. ``pace`` returns when one more study may be asked about; called by several threads."""

    sides: Callable[[str, Sequence[Uid]], Sides]
    queue: Queue
    pace: Callable[[], None]
    workers: int = WORKERS


@frozen
class _Seen:
    """One study, compared or not: ``error`` is the obstacle, "" when it was compared.
    ``refused``: a circuit gave no permission to ask, or an agent's answer is on its way."""

    study: Uid
    record: StudyRecord | None = None
    differences: tuple[Difference, ...] = ()
    error: str = ""
    refused: bool = False


def run_page(site: Site, tools: Tools, run: str, number: int, tries: int) -> Page:
    """Page ``number`` (from 0) of ``run``; the run has ended when the page says that it is over.

    ``tries``: how often the execution has called this page before. A side that does not answer is
    asked again (PacsUnavailable, DmpUnavailable) until the last one of TRIES, or sooner where no
    circuit is open; nobody waits for it longer, since the next run begins here. Raises
    StorageUnavailable.
    """
    page = read_page(site.reconciliations, run, number)
    if page is None:
        page = keep_page(site.reconciliations, _compared(site, tools, run, number, tries))
    # One look repairs all differences that it sees of a study.
    repaired = {(d.difference.study_instance_uid, d.repair): d for d in page.decisions if d.repair}
    for decision in repaired.values():
        at = datetime.fromisoformat(page.at)
        repair(site, tools.queue, run, decision, decided_at=at)
    if is_over(site, page):
        _end(site, page)
    return page


def is_over(site: Site, page: Page) -> bool:
    """Whether the run ends with this page: all studies are seen, the run's limit is reached, or a
    side does not answer.
    """
    enough = page.totals.studies >= site.tenant.reconciliation.studies_per_run
    return page.next is None or bool(page.stopped) or enough


def _end(site: Site, page: Page) -> None:
    totals = page.totals
    site.audit.record(
        "reconciliation.ended",
        key=page.run,
        result=page.stopped or ("differences" if totals.found else "no_difference"),
        who="drimbox",
        facts={
            "run": page.run,
            "compared": str(totals.compared),
            "differences": str(sum(totals.found.values())),
            "left": str(sum(totals.left.values())),
        },
    )
    close(site.reconciliations, page)


def _compared(site: Site, tools: Tools, run: str, number: int, tries: int) -> Page:
    before = read_page(site.reconciliations, run, number - 1) if number else None
    at = site.clock.now()
    start = before.next if before else _resumed(site)
    place = start or Position(STATES[0])
    found = site.records.find(place.state, limit=PAGE, after=place.after, oldest_first=True)
    studies = [record.study_instance_uid for record in found.records]
    published = [one.study_instance_uid for one in found.records if one.current is not None]
    sides = tools.sides(f"{run}/{number}", published)
    seen = list(_all(site, tools, sides, studies))
    silent = next((one.error for one in seen if one.error in _SILENT), "")
    if silent and tries < (TRIES if any(one.refused for one in seen) else _QUICK_TRIES):
        raise _SILENT[silent]("asked again later")
    stopped = _stopped(seen)
    totals = _totals(before, seen)
    decisions = tuple(_decided(site, seen, totals))
    left = Counter(str(one.difference.kind) for one in decisions if not one.repair)
    return Page(
        run=run,
        number=number,
        started_at=before.started_at if before else at.isoformat(),
        at=site.clock.now().isoformat(),
        # The next run begins at a page of which too many studies could not be compared.
        next=place if stopped else _after(place, found.next),
        stopped=stopped,
        totals=totals.plus(Totals(left=left)),
        decisions=decisions,
    )


def _resumed(site: Site) -> Position | None:
    """Where the last run stopped, so that all studies are seen in turn."""
    last = last_run(site.reconciliations)
    return last.summary.next if last else None


def _after(place: Position, token: str | None) -> Position | None:
    if token is not None:
        return Position(place.state, token)
    following = STATES[STATES.index(place.state) + 1 :]
    return Position(following[0]) if following else None


def _all(site: Site, tools: Tools, sides: Sides, studies: Iterable[Uid]) -> Iterator[_Seen]:
    silent = Counter[str]()

    def one(study: Uid) -> _Seen:
        dead = next((code for code, times in silent.items() if times >= _DEAD_AFTER), "")
        if dead:
            return _Seen(study, error=dead)
        tools.pace()
        seen = _one(site, sides, study)
        silent[seen.error] += seen.error in _SILENT
        return seen

    with ThreadPoolExecutor(max_workers=tools.workers) as pool:
        yield from pool.map(one, studies)


_SILENT: Final = {one.code: one for one in (PacsUnavailable, DmpUnavailable)}


def _one(site: Site, sides: Sides, study: Uid) -> _Seen:
    record = site.records.get(study)
    if state_of(record) not in STATES:
        return _Seen(study, error=CHANGING)
    try:
        seen = observe(site, record, sides)
    except (AgentAway, AnswerAwaited) as error:
        # An answer is on its way, as a probe is.
        awaited = isinstance(error, AnswerAwaited)
        return _Seen(study, error=PacsUnavailable.code, refused=awaited)
    except DrimboxError as error:
        refused = isinstance(error, Transient) and bool(error.circuit)
        return _Seen(study, error=error.code, refused=refused)
    except Exception:  # noqa: BLE001  # one study that we cannot read must not stop the others
        return _Seen(study, error=DrimboxError.code)
    differences = compare(seen) if seen else ()
    # The record changed while the two sides were asked: their answers prove nothing.
    if differences and site.records.get(study) != record:
        return _Seen(study, error=CHANGING)
    return _Seen(study, record, differences)


def _stopped(seen: Iterable[_Seen]) -> str:
    silent = Counter(one.error for one in seen if one.error in _SILENT)
    return next((code for code, times in silent.items() if times >= _DEAD_AFTER), "")


def _totals(before: Page | None, seen: Iterable[_Seen]) -> Totals:
    ours = list(seen)
    page = Totals(
        compared=sum(not one.error for one in ours),
        skipped=Counter(one.error for one in ours if one.error),
        found=Counter(str(d.kind) for one in ours for d in one.differences),
    )
    return before.totals.plus(page) if before else Totals().plus(page)


def _decided(site: Site, seen: Iterable[_Seen], totals: Totals) -> Iterator[Decision]:
    policy = site.tenant.reconciliation.repair
    crowd = too_many(totals.found, totals.compared)
    for one in seen:
        if one.record is not None:
            yield from plan(one.differences, policy, crowd, partial(blocked, site, one.record))
