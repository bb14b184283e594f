"""The findings of the tenant's last reconciliation, for an operator."""

from __future__ import annotations

import re
from typing import Any, Final

from functions.drimbox.errors import Absent, BadRequest
from functions.drimbox.operations.permissions import Caller, demand
from functions.drimbox.publication.ports import Site
from functions.drimbox.reconciliation.differences import Cause
from functions.drimbox.reconciliation.findings import LastRun, last_run
from functions.drimbox.reconciliation.planning import Decision
from functions.drimbox.tenants.model import Permission

# A run's pages that are read for one answer; each has its twenty studies.
PAGES: Final = 40
_AFTER: Final = re.compile(r"[0-9]{1,5}")

WORDS: Final[dict[Cause, tuple[str, str]]] = {
    Cause.UNKNOWN_TO_DMP: (
        "Le DMP ne connaît pas le manifeste que nous avions publié.",
        "The DMP does not know the manifest that we published.",
    ),
    Cause.NOT_ACTIVE: (
        "Le manifeste publié n'est plus actif dans le DMP.",
        "The published manifest is no longer active in the DMP.",
    ),
    Cause.OTHER_CONTENT: (
        "Le DMP tient un autre contenu sous l'identifiant du manifeste.",
        "The DMP holds other content under the manifest's identifier.",
    ),
    Cause.OF_A_HELD_CHANGE: (
        "Le DMP tient le manifeste d'une publication mise en attente : la rejouer.",
        "The DMP holds the manifest of a publication that is held: replay it.",
    ),
    Cause.OF_NO_RECORD: (
        "Le DMP tient un manifeste de cet examen qu'aucun dossier ne connaît.",
        "The DMP holds a manifest of this study that no record knows.",
    ),
    Cause.STUDY_GONE: (
        "L'examen publié n'est plus dans le PACS.",
        "The published study is no longer in the PACS.",
    ),
    Cause.OBJECTS_GONE: (
        "Le manifeste cite des images qui ne sont plus dans le PACS.",
        "The manifest names images that are no longer in the PACS.",
    ),
    Cause.OBJECTS_ADDED: (
        "Le PACS contient des images que le manifeste ne cite pas.",
        "The PACS holds images that the manifest does not name.",
    ),
}


def view_last_run(site: Site, caller: Caller, after: str | None) -> dict[str, Any]:
    """The last run that has ended, and a page of its differences; no patient data.

    ``after`` is a former answer's ``next``. Forbidden without the permission ``view``, Absent
    before the first run has ended, BadRequest for what is no position.
    """
    operator = demand(site.audit, caller, Permission.VIEW)
    if after is not None and not _AFTER.fullmatch(after):
        raise BadRequest("after")
    last = last_run(site.archive)
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
    french, english = WORDS[difference.cause]
    return {
        "study_instance_uid": str(difference.study_instance_uid),
        "kind": difference.kind,
        "cause": difference.cause,
        "words": {"fr": french, "en": english},
        "manifest_uid": difference.manifest_uid,
        "objects": difference.objects,
        "repair": decision.repair,
        "reason": decision.reason,
    }
