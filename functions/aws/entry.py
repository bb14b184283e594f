"""The border of every function: an event enters, a reply or a named error leaves. The event finds
the function's disk empty (:mod:`functions.aws.scratch`).

Nothing else leaves: an error that we did not raise ourselves may quote a value in its message, so
it is logged by its type and place only and replaced by InternalFailure.
"""

from __future__ import annotations

import gc
import json
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from functions.aws import logging, metrics, replies, scratch
from functions.aws.clock import SystemClock
from functions.aws.policies import Unauthorized
from functions.drimbox.errors import (
    ConfigurationError,
    DrimboxError,
    NotReady,
    RequestError,
    Transient,
)
from functions.drimbox.retry_after import whole_seconds
from functions.drimbox.tenants.model import SLUG

Event = Mapping[str, Any]
Answer = Callable[[Event], replies.Reply]
# (method, the API's resource path) -> the function that answers.
Routes = Mapping[tuple[str, str], Answer]


# Two events load the rest of the modules and open the clients: all that stays in the process.
_SETTLING = 2
# Objects that may be new at once before the collector looks for cycles among them. A long list has
# eighty thousand, and none of them is garbage before its page is shown.
_YOUNG = 50_000
_begun = 0


def _begin() -> None:
    """Empty the disk; the collector leaves aside the objects that stay in the process.

    It would pass over all of them, some hundred thousand, several times while a long list is read.
    """
    global _begun  # noqa: PLW0603
    scratch.empty()
    if _begun < _SETTLING:
        gc.freeze()
        gc.set_threshold(_YOUNG)
    _begun += 1


class InternalFailure(Exception):
    """An unexpected error, without its message."""


class InternalError(RequestError):
    """A fault of ours, as a caller sees it."""

    code, status = "internal_error", 500


def answering(
    refuse: Callable[[Event, RequestError], replies.Reply],
) -> Callable[[Answer], Callable[[Event, Any], replies.Reply]]:
    """Wrap the handler of an API route: ``refuse`` makes the answer to an error."""

    def wrap(function: Answer) -> Callable[[Event, Any], replies.Reply]:
        def handler(event: Event, context: Any) -> replies.Reply:
            try:
                _begin()
                return function(event)
            except RequestError as error:
                logging.event(
                    "refused", status=error.status, code=error.code, **_where(event, context)
                )
                return refuse(event, error)
            except Transient as error:
                logging.warning(
                    "unavailable", code=error.code, detail=error.detail, **_where(event, context)
                )
                seconds = whole_seconds(error.retry_after, SystemClock().now(), least=5)
                return refuse(event, NotReady(retry_after=seconds, code=error.code))
            except ConfigurationError as error:
                logging.error("misconfigured", detail=error.detail, **_where(event, context))
                return refuse(event, InternalError(code=error.code))
            except Exception as error:  # noqa: BLE001  # the border: see the module's docstring
                logging.error("failed", error=place(error), **_where(event, context))
                metrics.count("InternalFailures", tenant(event))
                return refuse(event, InternalError())

        return handler

    return wrap


@contextmanager
def strangers_counted(event: Event) -> Iterator[None]:
    """Count a refusal within this block, where nobody has proved yet who calls.

    It leaves no audit record: those are locked for years, and a stranger could write any number of
    them. The tenant of the path must be known to exist.
    """
    try:
        yield
    except (RequestError, Transient) as error:
        metrics.refused_caller(tenant(event), str(event.get("resource") or "?"), error.code)
        raise


# Errors become problem documents.
http = answering(lambda _, error: replies.refusal(error))


def routes(table: Routes) -> Answer:
    """Each route's own function answers; a route that is not in ``table`` is a fault of ours."""

    def answer(event: Event) -> replies.Reply:
        method, path = str(event["httpMethod"]), str(event["resource"])
        function = table.get((method, path))
        if function is None:
            raise ConfigurationError(f"no function for {method} {path}")
        return function(event)

    return answer


def task(
    function: Callable[[Event], dict[str, Any]],
) -> Callable[[Event, Any], dict[str, Any]]:
    """Wrap the handler of a workflow step or queue: our errors leave under their own names."""

    def handler(event: Event, context: Any) -> dict[str, Any]:
        correlation = {"correlation_id": str(event.get("correlation_id", ""))}
        try:
            _begin()
            answer = function(event)
        except DrimboxError as error:
            logging.event(
                "step stopped",
                code=error.code,
                detail=error.detail,
                error=place(error),
                step=context.function_name,
                **correlation,
            )
            # Lambda writes a traceback into the log and into the execution's history, at each try.
            raise error.with_traceback(None)  # noqa: B904  # it is the same one
        except Exception as error:  # noqa: BLE001
            logging.error(
                "step failed", error=place(error), step=context.function_name, **correlation
            )
            metrics.count("InternalFailures", str(event.get("tenant", "")))
            raise InternalFailure(type(error).__name__) from None
        logging.event(
            "step done",
            step=context.function_name,
            outcome=str(answer.get("outcome", "")),
            **correlation,
        )
        return answer

    return handler


def each_record(
    event: Event, treat: Callable[[Event], None], failed: str, queue_url: str
) -> dict[str, Any]:
    """``treat`` the body of each record of a queue; the answer names those that come back.

    One that fails does not stop its neighbours, and comes back after a pause that grows with its
    deliveries; ``failed`` is the name of its line in the log.
    """
    back: list[Event] = []
    for record in event["Records"]:
        try:
            treat(json.loads(record["body"]))
        except Exception as error:  # noqa: BLE001  # one message must not stop its neighbours
            logging.error(failed, error=place(error), request_id=record["messageId"])
            if not isinstance(error, DrimboxError):
                metrics.count("InternalFailures", "")
            back.append(record)
    if back:
        from functions.aws import redelivery  # noqa: PLC0415  # few functions read a queue

        redelivery.put_off(queue_url, back)
    return {"batchItemFailures": [{"itemIdentifier": one["messageId"]} for one in back]}


def authorizer(
    function: Callable[[Event], dict[str, Any]],
) -> Callable[[Event, Any], dict[str, Any]]:
    """Wrap an authorizer: it answers a policy or raises Unauthorized; a fault of ours is a 500."""

    def handler(event: Event, context: Any) -> dict[str, Any]:
        try:
            _begin()
            return function(event)
        except Unauthorized:
            raise
        except Exception as error:  # noqa: BLE001  # the border: see the module's docstring
            logging.error("authorizer failed", error=place(error), **_where(event, context))
            metrics.count("InternalFailures", tenant(event))
            raise InternalFailure(type(error).__name__) from None

    return handler


def _where(event: Event, context: Any) -> dict[str, str]:
    """The request's id and tenant, never its path, which may hold a caller's text."""
    return {
        "request_id": str(getattr(context, "aws_request_id", "")),
        "tenant": tenant(event),
    }


def tenant(event: Event) -> str:
    """The tenant of the path if it has the form of one, "" otherwise: it is a caller's text."""
    named = str((event.get("pathParameters") or {}).get("tenant", ""))
    return named if SLUG.fullmatch(named) else ""


def place(error: BaseException) -> str:
    """Type and innermost line of ours, without the message."""
    frames = traceback.extract_tb(error.__traceback__)
    last = next((f for f in reversed(frames) if "functions" in f.filename), None)
    place = f" at {last.filename.rsplit('/functions/', 1)[-1]}:{last.lineno}" if last else ""
    return f"{type(error).__name__}{place}"
