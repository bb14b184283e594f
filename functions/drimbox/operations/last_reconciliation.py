"""The findings of the tenant's last reconciliation, for an operator."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from functions.drimbox.errors import Absent, BadRequest
from functions.drimbox.operations.permissions import Caller, demand
from functions.drimbox.reconciliation.findings import LastRun, last_run
from functions.drimbox.tenants.model import Permission
from functions.drimbox.wording.differences import DIFFERENCES

if TYPE_CHECKING:
    from functions.drimbox.publication.ports import Site
    from functions.drimbox.reconciliation.planning import Decision

# A run's pages that are read for one answer; each has its twenty studies.
PAGES: Final = 40
_AFTER: Final = re.compile(r"[0-9]{1,5}")


def view_last_run(site: Site, caller: Caller, after: str | None) -> dict[str, Any]:
    """The last run that has ended, and a page of its differences; no patient data.

    ``after`` is a former answer's ``next``. Forbidden without the permission ``view``, Absent
    before the first run has ended, BadRequest for a text that is no position.
    """
    operator = demand(site.audit, caller, Permission.VIEW)
    if after is not None and not _AFTER.fullmatch(after):
        raise BadRequest("after")
    last = last_run(site.reconciliations)
    if last is None:
        raise Absent("reconciliation")
    site.audit.record(
        "reconciliation.viewed",
        key=caller.request_id,
        result=last.summary.run,
        who=operator.subject,
        facts={"run": last.summary.run},
    )
    return describe(last, int(after or 0))


def describe(last: LastRun, start: int) -> dict[str, Any]:
    """The run, and the differences of its pages from ``start`` on."""
    summary, totals, end = last.summary, last.summary.totals, start + PAGES
    return {
        "run": summary.run,
        "started_at": summary.started_at,
        "ended_at": summary.at,
        "stopped": summary.stopped,
        "reached_the_end": summary.next is None,
        "compared": totals.compared,
        "not_compared": dict(totals.skipped),
        "found": dict(totals.found),
        "left": {kind: number for kind, number in totals.left.items() if number},
        "differences": [_difference(one) for one in last.decisions(start, end)],
        "next": str(end) if end <= summary.number else None,
    }


def _difference(decision: Decision) -> dict[str, Any]:
    difference = decision.difference
    return {
        "study_instance_uid": str(difference.study_instance_uid),
        "kind": difference.kind,
        "cause": difference.cause,
        "words": DIFFERENCES[difference.cause].by_language(),
        "manifest_uid": difference.manifest_uid,
        "objects": difference.objects,
        "repair": decision.repair,
        "reason": decision.reason,
    }
