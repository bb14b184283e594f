"""A step of the execution that fetches an exam: its plan or, with a ``place``, one series."""

from __future__ import annotations

from typing import Any

from functions.aws import entry
from functions.aws.stores import for_tenant
from functions.fetch_exam.settings import Settings
from functions.fetch_exam.steps import Counted, fetched, planned


@entry.task
def handler(event: entry.Event) -> dict[str, Any]:
    """``{tenant, page, exam}``: the answer, with the missing series, is the next state.

    ``{tenant, page, exam, place}`` fetches the series at that place of the manifest.
    """
    stores = for_tenant(Settings.current(), str(event["tenant"]))
    page, exam = str(event["page"]), str(event["exam"])
    if "place" in event:
        return fetched(stores, page, exam, int(event["place"]))
    return planned(stores, page, exam, Counted(int(event.get("round", 0)), event.get("run")))
