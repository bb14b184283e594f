"""Last step of a publication: archive and count the outcome, delete cached images of former
manifests, ask for those of this one.
"""

from __future__ import annotations

from typing import Any, Final

from functions.aws import entry, metrics
from functions.aws.stores import for_tenant
from functions.drimbox.publication.change import Change
from functions.drimbox.publication.steps.settle import settle_publication
from functions.settle_publication.settings import Settings


@entry.task
def handler(event: entry.Event) -> dict[str, Any]:
    """Settle."""
    change = Change.read(event)
    stores = for_tenant(Settings.current(), change.tenant)
    state = settle_publication(stores.site, change, stores.cache, stores.fills)
    if state["settled"] in _COUNTED:
        metrics.count(_COUNTED[state["settled"]], change.tenant)
    return state


_COUNTED: Final = {"published": "PublishedManifests", "withdrawn": "WithdrawnManifests"}
