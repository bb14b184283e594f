"""Broken copies of the code: each forgets one thing that an invariant rests on.

The campaign is only worth something if it notices. A mutant replaces one function where it is
used; a name that no longer exists is an error, so the list cannot rot in silence.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final
from unittest import mock

from functions.drimbox import breaker
from functions.drimbox.errors import DmpOutcomeUnknown, DmpUnavailable, Held
from functions.drimbox.publication import asking_dmp, receive, record, registry_entries
from functions.drimbox.publication.steps import hold, publish, send, settle, withdraw
from tests.fakes.memory import MemoryRecords

Patch = tuple[Any, str, Any]


def _forgetting(function: Callable[..., Any]) -> Callable[..., Any]:
    return lambda *args, in_doubt, **more: function(*args, in_doubt=False, **more)


def _send_believing(turn: Any, standing: Any, effect: Any) -> tuple[str, Any]:
    try:
        return send.send(turn, standing, effect)
    except DmpOutcomeUnknown:
        return "", turn.site.records.get(standing.study_instance_uid)


def _send_storming(turn: Any, standing: Any, effect: Any) -> tuple[str, Any]:
    def storm() -> None:
        for _ in range(20):
            with suppress(DmpUnavailable):
                effect.submit()
                return
        effect.submit()

    return send.send(turn, standing, replace(effect, submit=storm))


def _unconditional(self: MemoryRecords, standing: Any) -> Any:
    stored = replace(standing, revision=standing.revision + 1)
    self.records[standing.study_instance_uid] = stored
    return stored


def _telling(dmp: Any, patient: Any, study: Any) -> None:
    try:
        registry_entries.require_no_other(dmp, patient, study)
    except DmpUnavailable:
        raise DmpUnavailable(f"no answer about {patient.value}") from None


def _put_without_tombstone(standing: Any, _: Any) -> Any:
    return replace(standing, current=None, withdrawn=None, pending=None)


_queue = receive._queue


def _acknowledge_first(header: Any, message_id: str, desk: Any) -> Any:
    ack = receive._ack(header, "AA", desk, message_id, None)
    desk.inbox.put_once(receive.ack_key(message_id), ack, "application/hl7-v2")
    return _queue(header, message_id, desk)


class _Hasty(Held):
    def __init__(self, *_: Any, **__: Any) -> None:
        super().__init__("dmp_unreachable")


def _nothing(*_: Any, **__: Any) -> None:
    """Does nothing at all."""


MUTANTS: Final[Mapping[str, tuple[Patch, ...]]] = {
    "sends again without asking": ((send, "_look", lambda *_: ""),),
    "a send that was not taken is not in doubt": (
        (send, "not_taken", _forgetting(record.not_taken)),
    ),
    "a refused send is not in doubt": ((send, "refused", _forgetting(record.refused)),),
    "a replay always starts afresh": ((record, "_may_be_there", lambda *_: False),),
    "the order of arrival counts": ((record.Edition, "is_older_than", lambda *_: False),),
    "settled before Success": (
        (publish, "send", _send_believing),
        (withdraw, "send", _send_believing),
    ),
    "no audit": ((publish, "_audit", _nothing),),
    "a hold without a record": ((hold, "hold", lambda standing, *_: standing),),
    "the last writer wins": ((MemoryRecords, "put", _unconditional),),
    "a withdrawal leaves nothing behind": ((withdraw, "withdraw", _put_without_tombstone),),
    "a correction replaces nothing": ((publish, "_replaced", lambda *_: ""),),
    "the archive does not say what was settled": (
        (settle, "archive_settled", _nothing),
        (publish, "archive_settled", _nothing),
    ),
    "acknowledged before it is queued": ((receive, "_queue", _acknowledge_first),),
    "the DMP is asked twenty times at once": (
        (publish, "send", _send_storming),
        (withdraw, "send", _send_storming),
    ),
    "an error tells who the patient is": (
        (publish, "require_no_other", _telling),
        (withdraw, "require_no_other", _telling),
    ),
}

# Faults that only hours of an outage show (:mod:`outage`).
OF_OUTAGES: Final[Mapping[str, tuple[Patch, ...]]] = {
    "every execution may call an unreachable service": (
        (breaker, "_admitted", lambda standing, *_, **__: standing),
    ),
    "a failure is not reported to the circuit": ((breaker.Breaker, "failed", _nothing),),
    "the lease of a dead probe never ends": ((breaker, "LEASE", timedelta(days=365)),),
    "an answer closes no circuit": ((breaker, "_answered", lambda standing, *_: standing),),
    "an execution without permission to call is held": ((asking_dmp, "DmpUnavailable", _Hasty),),
}


@contextmanager
def mutant(name: str) -> Iterator[None]:
    """The code is broken in that way while this lasts. KeyError, AttributeError when it cannot."""
    with ExitStack() as stack:
        for module, attribute, broken in {**MUTANTS, **OF_OUTAGES}[name]:
            stack.enter_context(mock.patch.object(module, attribute, broken))
        yield
