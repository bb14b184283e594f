"""The site's queue in SQS, by its JSON protocol."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from agent.cloud.signing import content_of
from agent.work.ports import CloudAway, Ring
from agent.work.wire import NotUnderstood, read_pointer
from functions.drimbox import strict_json

if TYPE_CHECKING:
    from agent.cloud.lending import Lent
    from agent.cloud.signing import Rented

# Seconds.
_LONG_POLL: Final = 20
_VISIBLE_AGAIN: Final = 120
_TYPE: Final = "application/x-amz-json-1.0"


class SqsBell:
    """Implements ``work.ports.Bell``."""

    def __init__(self, rented: Rented) -> None:
        self._rented = rented
        # The rights that brought the last message: AWS takes them until their own end.
        self._last: Lent | None = None

    def ring(self) -> Ring | None:
        """Long polling."""
        self._last = lent = self._rented.lent()
        answer = self._call(
            "ReceiveMessage",
            lent,
            MaxNumberOfMessages=1,
            WaitTimeSeconds=_LONG_POLL,
            VisibilityTimeout=_VISIBLE_AGAIN,
        )
        try:
            messages = strict_json.read(answer).get("Messages") or ()
            found = [(str(one["ReceiptHandle"]), str(one["Body"])) for one in messages]
        except (ValueError, LookupError, TypeError, AttributeError):
            raise CloudAway("the queue's answer is not understood") from None
        for handle, body in found:
            try:
                return Ring(read_pointer(body), handle)
            except NotUnderstood:
                return Ring(None, handle)
        return None

    def hold(self, ring: Ring) -> None:
        """Prolong its visibility."""
        self._show(ring, _VISIBLE_AGAIN, self._rented.lent())

    def done(self, ring: Ring) -> None:
        """Delete it."""
        self._call("DeleteMessage", self._rented.lent(), ReceiptHandle=ring.handle)

    def give_back(self, ring: Ring) -> None:
        """End its visibility timeout."""
        self._show(ring, 0, self._last or self._rented.lent())

    def _show(self, ring: Ring, seconds: int, lent: Lent) -> None:
        """Have the message delivered again after so many seconds."""
        self._call(
            "ChangeMessageVisibility", lent, ReceiptHandle=ring.handle, VisibilityTimeout=seconds
        )

    def _call(self, action: str, lent: Lent, **facts: Any) -> bytes:
        headers = {"Content-Type": _TYPE, "X-Amz-Target": f"AmazonSQS.{action}"}
        body = content_of(json.dumps({"QueueUrl": lent.queue_url, **facts}).encode())
        url = f"{lent.sqs_url.rstrip('/')}/"
        reply = self._rented.send("sqs", "POST", url, headers=headers, content=body, lent=lent)
        if reply.status != 200:
            raise CloudAway(f"{action}: status {reply.status}")
        return reply.body
