"""Redelivery: a message whose work failed comes back to its consumer after a pause that grows.

A service of AWS that is away for hours fails every delivery. The pauses grow up to a quarter of an
hour, so that a thousand deliveries take five days at least.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, Final

from functions.aws import clients, logging
from functions.aws.faults import storage
from functions.drimbox.errors import StorageUnavailable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_FIRST: Final = 5
LONGEST: Final = 900
_DOUBLINGS: Final = 8


def put_off(queue_url: str, records: Sequence[Mapping[str, Any]]) -> None:
    """Set when each of these records (of one batch, at most ten) is delivered again.

    Where the queue does not take it, the visibility timeout is the pause.
    """
    entries: list[Any] = [
        {
            "Id": str(number),
            "ReceiptHandle": record["receiptHandle"],
            "VisibilityTimeout": _pause_of(record),
        }
        for number, record in enumerate(records)
    ]
    try:
        with storage("queue put off"):
            clients.sqs().change_message_visibility_batch(QueueUrl=queue_url, Entries=entries)
    except StorageUnavailable as error:
        logging.warning("not put off", code=error.code, detail=error.detail)


def _pause_of(record: Mapping[str, Any]) -> int:
    received = int(record["attributes"]["ApproximateReceiveCount"])
    drawn = hashlib.sha256(f"{record['messageId']}/{received}".encode()).digest()[0] / 255
    return pause(received, drawn)


def pause(received: int, drawn: float) -> int:
    """Seconds until the next delivery after ``received`` ones (from 1): 5, doubled up to 900, from
    half of it to all of it as ``drawn`` (0 to 1) says, so that neighbours do not come together.
    """
    longest = min(_FIRST * (1 << min(received - 1, _DOUBLINGS)), LONGEST)
    return round(longest * (1 + drawn) / 2)
