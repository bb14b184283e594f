"""Step 2 of a publication: find the study in the PACS and check that it is the report's."""

from __future__ import annotations

from typing import Any

from functions.aws import entry
from functions.aws.stores import for_tenant
from functions.drimbox.publication.change import Change, Step
from functions.drimbox.publication.steps.index import index_study
from functions.index_study.settings import Settings


@entry.task
def handler(event: entry.Event) -> dict[str, Any]:
    """Index the study."""
    change = Change.read(event)
    stores = for_tenant(Settings.current(), change.tenant)
    return stores.parking.attempt(
        change,
        Step.INDEX_STUDY,
        int(event["tries"]),
        lambda: index_study(stores.site, change, stores.pacs_of(change), stores.known_traits),
    )
