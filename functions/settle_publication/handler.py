"""Step 5 of a publication: archive, audit and count what was published."""

from __future__ import annotations

from typing import Any

from functions.aws import entry, metrics
from functions.aws.sites import open_site
from functions.drimbox.publication.ports import Change
from functions.drimbox.publication.settling import settle_publication
from functions.settle_publication.settings import Settings


@entry.task
def handler(event: entry.Event) -> dict[str, Any]:
    """Settle."""
    change = Change.read(event)
    state = settle_publication(open_site(Settings.current(), change.tenant), change)
    metrics.count("PublishedManifests", change.tenant)
    return state
