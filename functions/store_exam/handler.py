"""A step of the execution that imports one exam."""

from __future__ import annotations

from typing import Any

from functions.aws import entry
from functions.aws.stores import for_tenant
from functions.store_exam.settings import Settings
from functions.store_exam.steps import stored


@entry.task
def handler(event: entry.Event) -> dict[str, Any]:
    """``{tenant, page, exam}``: the answer, with the ``outcome``, is the next state."""
    stores = for_tenant(Settings.current(), str(event["tenant"]))
    return stored(stores, str(event["page"]), str(event["exam"]))
