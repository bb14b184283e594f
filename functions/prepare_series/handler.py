"""Step of a publication: wait until every series is in the cache, or hold the publication."""

from __future__ import annotations

from typing import Any, Final

from functions.aws import entry
from functions.aws.stores import for_tenant
from functions.drimbox.publication.change import Change, Step
from functions.drimbox.publication.steps.prepare import Wishes, prepare_series
from functions.prepare_series.settings import Settings

# Of the changes that this process looks at: the workflow calls it again for each.
_WISHES: Final = Wishes()


@entry.task
def handler(event: entry.Event) -> dict[str, Any]:
    """``event`` is the workflow's state; while a series is on its way, the workflow asks again."""
    change = Change.read(event)
    stores = for_tenant(Settings.current(), change.tenant)
    return stores.parking.attempt(
        change,
        Step.PREPARE_SERIES,
        int(event["tries"]),
        lambda: prepare_series(stores.site, stores.fills, _WISHES, change),
    )
