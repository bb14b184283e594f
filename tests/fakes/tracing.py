"""The calls of AWS that the functions make, counted beneath the clients."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from functions.aws import clients

OPENED = (clients.s3, clients.dynamodb, clients.sqs, clients.stepfunctions, clients.secretsmanager)


@contextmanager
def traced() -> Iterator[Counter[str]]:
    """``service.Operation`` -> how often, for the time of the block. For DynamoDB the table stands
    behind: ``dynamodb.PutItem studies``. ``s3.bytes`` counts what was stored."""
    found: Counter[str] = Counter()

    def note(params: dict[str, Any], model: Any, **_: object) -> None:
        service = model.service_model.service_name
        table = f" {params['TableName']}" if "TableName" in params else ""
        found[f"{service}.{model.name}{table}"] += 1
        body = params.get("Body")
        if isinstance(body, bytes):
            found["s3.bytes"] += len(body)

    events = [client().meta.events for client in OPENED]
    for one in events:
        one.register("provide-client-params", note)
    try:
        yield found
    finally:
        for one in events:
            one.unregister("provide-client-params", note)
