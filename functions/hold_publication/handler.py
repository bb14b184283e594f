"""The last step of a publication that cannot go on: record the reason for a human."""

from __future__ import annotations

import json
from typing import Any

from functions.aws import entry, metrics
from functions.aws.stores import for_tenant
from functions.drimbox.publication.change import Change
from functions.drimbox.publication.steps.hold import hold_publication
from functions.drimbox.wording.held import IDENTITY_REASONS
from functions.hold_publication.settings import Settings


@entry.task
def handler(event: entry.Event) -> dict[str, Any]:
    """``event`` is the workflow's state with the caught error under ``error``."""
    change = Change.read(event)
    caught = event["error"]
    code = hold_publication(
        for_tenant(Settings.current(), change.tenant).site,
        change,
        str(caught.get("Error", "")),
        _message(caught.get("Cause", "")),
    )
    metrics.count("HeldPublications", change.tenant)
    if code in IDENTITY_REASONS:
        metrics.count("IdentityContradictions", change.tenant)
    return change.state(outcome="held", reason=code)


def _message(cause: str) -> str:
    """The message of the error that a function raised; "" when the cause is not of that form."""
    try:
        return str(json.loads(cause)["errorMessage"])
    except (ValueError, KeyError, TypeError):
        return ""
