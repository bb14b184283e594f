"""Step 1 of a publication: read the report again and take the study for it."""

from __future__ import annotations

from typing import Any

from functions.aws import entry
from functions.aws.stores import for_tenant
from functions.drimbox.publication.change import Change
from functions.drimbox.publication.steps.admit import admit_report
from functions.read_report.settings import Settings


@entry.task
def handler(event: entry.Event) -> dict[str, Any]:
    """Admit the change."""
    change = Change.read(event)
    return admit_report(for_tenant(Settings.current(), change.tenant).site, change)
