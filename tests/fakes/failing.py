"""Calls to AWS that fail, beneath the client."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any, Final

CANARY: Final = "ZZ279035121518989ZZ"


@contextmanager
def failing(
    client: Any, operation: str, code: str, times: int = 99, after: Callable[[], object] = int
) -> Iterator[list[dict[str, Any]]]:
    """``operation`` answers ``code`` for its next ``times`` calls, ``after`` having happened.

    Gives the parameters of every call. The error's message quotes a value, as AWS does.
    """
    name = f"{client.meta.service_model.service_id.hyphenize()}.{operation}"
    asked: list[dict[str, Any]] = []

    def note(params: dict[str, Any], **_: object) -> None:
        asked.append(dict(params))

    def answer(**_: object) -> tuple[SimpleNamespace, dict[str, Any]] | None:
        if len(asked) > times:
            return None
        after()
        return SimpleNamespace(status_code=400), {"Error": {"Code": code, "Message": CANARY}}

    client.meta.events.register(f"provide-client-params.{name}", note)
    client.meta.events.register_first(f"before-call.{name}", answer)
    try:
        yield asked
    finally:
        client.meta.events.unregister(f"provide-client-params.{name}", note)
        client.meta.events.unregister(f"before-call.{name}", answer)
