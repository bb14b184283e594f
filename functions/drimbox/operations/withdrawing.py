"""An operator withdraws the manifest of a publication from the DMP.

The order takes its turn as a message does, under its own identifier, through the same queue and
workflow (ITI-57): it can be listed, held, replayed and audited like any other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from functions.drimbox.errors import Absent, BadRequest
from functions.drimbox.oid import Uid
from functions.drimbox.operations.confirming_identity import one_line
from functions.drimbox.operations.permissions import Caller, demand
from functions.drimbox.publication.withdrawal_order import WithdrawalOrder, withdrawal_key
from functions.drimbox.tenants.model import Permission

if TYPE_CHECKING:
    from collections.abc import Mapping

    from functions.drimbox.publication.inbox import Queue
    from functions.drimbox.publication.ports import Site


def withdrawal_of(facts: Mapping[str, Any]) -> tuple[Uid, str]:
    """The study and the reason that a request names: ``{"study_instance_uid": …, "reason": …}``,
    "" without a reason; BadRequest otherwise.
    """
    if set(facts) - {"reason"} != {"study_instance_uid"}:
        raise BadRequest("body")
    reason = one_line(facts["reason"]) if "reason" in facts else ""
    try:
        return Uid(facts["study_instance_uid"]), reason
    except (TypeError, ValueError):
        raise BadRequest("/study_instance_uid") from None


def withdraw(
    site: Site, queue: Queue, caller: Caller, *, message_id: str, study: Uid, reason: str = ""
) -> str:
    """Order the withdrawal of the study's manifest; returns the order's own publication, the same
    one at each call.

    Forbidden without the permission ``withdraw``. Absent unless the manifest in force is of that
    publication: a later publication's manifest is withdrawn by its own.
    """
    operator = demand(site.audit, caller, Permission.WITHDRAW)
    current = site.records.get(study).current
    if current is None or current.message_id != message_id:
        raise Absent("publication")
    at = site.clock.now()
    order = WithdrawalOrder(study, current.intent_id, operator.subject, at, reason)
    order_id = order.message_id(site.tenant.tenant)
    # Before the order is there: a sweep of the inbox queues whatever it finds.
    site.audit.record(
        "withdrawal.ordered",
        key=order_id,
        result="queued",
        who=operator.subject,
        facts={
            "message_id": message_id,
            "study_instance_uid": str(study),
            "manifest_uid": str(current.manifest_uid),
            "order": order_id,
            **({"reason": reason} if reason else {}),
        },
    )
    # The first one stands; queued again all the same, in case it never was.
    site.inbox.put_once(withdrawal_key(order_id), order.encode(), "application/json")
    queue.send(order_id, replay=0, received_at=at)
    return order_id
