"""The consumer of the messages that no agent of a site could treat: five deliveries were in vain.

The job has failed, and its askers hear so.
"""

from __future__ import annotations

from typing import Any

from functions.aws import entry, logging
from functions.aws.stores import for_tenant
from functions.drimbox.agents import wire
from functions.drimbox.errors import Absent
from functions.drimbox.jobs.job import Kind
from functions.fail_jobs.settings import Settings


@entry.task
def handler(event: entry.Event) -> dict[str, Any]:
    """End the job of each record; one whose state could not be written comes back."""
    return entry.each_record(
        event, _fail, "job not ended", Settings.current().agent_letters_queue_url
    )


def _fail(facts: entry.Event) -> None:
    tenant = facts["tenant"]
    try:
        stores = for_tenant(Settings.current(), tenant)
    except Absent:  # no such tenant any more
        return
    key = wire.key_of(facts["job"])
    failing = stores.failing
    ended = failing.fills if wire.kind_of(key) is Kind.FILL else failing.questions
    logging.warning("job failed", tenant=tenant, outcome=str(ended.give_up(key)))
