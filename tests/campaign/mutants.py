"""Broken copies of the code: each forgets one thing that an invariant rests on.

The campaign is only worth something if it notices. A mutant replaces one function where it is
used; a name that no longer exists is an error, so the list cannot rot in silence.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, Final
from unittest import mock

from functions.drimbox import breaker
from functions.drimbox.errors import (
    DmpOutcomeUnknown,
    DmpUnavailable,
    Held,
    PacsAnswerUnusable,
    PacsUnavailable,
    StorageUnavailable,
)
from functions.drimbox.images import accepting, fill, pacs_index, wado_client
from functions.drimbox.images.cache_keys import SeriesKeys
from functions.drimbox.images.part10 import read_facts as facts_of
from functions.drimbox.importing import decision, progress, sending
from functions.drimbox.importing.outgoing import Stored
from functions.drimbox.importing.site_agent import AgentStore
from functions.drimbox.jobs import desk
from functions.drimbox.jobs.job import Result, State
from functions.drimbox.manifest.key_images import Kind, Place, Selection
from functions.drimbox.oid import Uid
from functions.drimbox.publication import accepting as site_accepting
from functions.drimbox.publication import (
    asking_dmp,
    filling,
    inbox,
    message_order,
    receive,
    record,
    registry_entries,
)
from functions.drimbox.publication.steps import (
    build,
    hold,
    index,
    prepare,
    publish,
    send,
    settle,
    withdraw,
)
from functions.drimbox.publication.waiting import parking, waking
from functions.drimbox.publication.waiting import wait as waits_of
from functions.drimbox.wording.held import HELD_REASONS
from functions.store_exam import steps
from tests.fakes.memory import MemoryRecords, MemoryStarts

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


_hear = asking_dmp._Heard._hear


def _hear_again(self: Any, call: Callable[[], Any]) -> Any:
    try:
        return _hear(self, call)
    except DmpUnavailable:
        return _hear(self, call)


def _ask_twice(dmp: Any, manifest_uid: Uid) -> str:
    registry_entries.active_entry(dmp, manifest_uid)
    return registry_entries.active_entry(dmp, manifest_uid)


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
    desk.inbox.put_once(inbox.ack_key(message_id), ack, "application/hl7-v2")
    return _queue(header, message_id, desk)


class _Hasty(Held):
    def __init__(self, *_: Any, **__: Any) -> None:
        super().__init__("dmp_unreachable")


_select = pacs_index._selection


def _select_leniently(archive: Any, study: Uid, series: Uid, instance: Uid) -> Selection:
    try:
        return _select(archive, study, series, instance)
    except (Held, PacsAnswerUnusable):
        none: Any = None
        return Selection(Kind.MANIFEST, Place(study, series, instance), none, frozenset())


_ask = wado_client.WadoClient.data_sets


def _ask_believing(self: Any, *args: Any) -> wado_client.DataSets:
    try:
        return _ask(self, *args)
    except PacsAnswerUnusable:
        return wado_client.DataSets([])


_fill = filling.fill


def _fill_hastily(*args: Any, **more: Any) -> Result:
    try:
        return _fill(*args, **more)
    except PacsUnavailable:
        return Result(State.ANSWERED, filling.CACHED)


_accept = fill._accept


def _accept_all(path: Path, keys: SeriesKeys, wanted: set[Uid]) -> Any:
    def read_facts(file: Path) -> Any:
        study, series = keys.study_instance_uid, keys.series_instance_uid
        return replace(facts_of(file), study_instance_uid=study, series_instance_uid=series)

    with mock.patch.object(fill, "read_facts", read_facts):
        return _accept(path, keys, wanted)


_upload = fill.store_parts


def _upload_believing(*args: Any, **more: Any) -> None:
    with suppress(StorageUnavailable):
        _upload(*args, **more)


_accept_series = accepting.accept_series


def _accept_series_believing(*args: Any, **more: Any) -> None:
    with suppress(accepting.BodyRefused):
        _accept_series(*args, **more)


_one = sending._Run._one


def _one_believing(self: Any, part: Any, *args: Any, **more: Any) -> dict[Uid, Stored]:
    names = [one.instance.sop_instance_uid for one in part]
    return dict.fromkeys(names, Stored()) | _one(self, part, *args, **more)


class _Anybody(str):
    """Equal to each identifier."""

    __slots__ = ()
    __hash__ = str.__hash__

    def __eq__(self, _: object) -> bool:
        return True

    def __ne__(self, _: object) -> bool:
        return False


class _AsItCame:
    """An object without any coercion."""

    def __init__(self, data: Any, _: Any) -> None:
        self.size = len(data)

    def chunks(self, part: Callable[[int, int], bytes]) -> Iterator[bytes]:
        yield part(0, self.size)


_send_import = sending.send


def _send_untold(wanted: Any, reading: Any, now: Any, _: Any) -> Any:
    return _send_import(wanted, reading, now)


def _always(*_: Any, **__: Any) -> bool:
    return True


def _nothing(*_: Any, **__: Any) -> None:
    """Does nothing at all."""


MUTANTS: Final[Mapping[str, tuple[Patch, ...]]] = {
    "sends again without asking": ((send, "_look", lambda *_: ""),),
    "a refused send is not in doubt": ((send, "refused", _forgetting(record.refused)),),
    "a replay always starts afresh": ((record, "_may_be_there", lambda *_: False),),
    "the order of arrival counts": ((message_order.Edition, "is_older_than", lambda *_: False),),
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
    "the DMP is asked again at once": ((asking_dmp._Heard, "_hear", _hear_again),),
    "the DMP is asked for the same thing twice": ((publish, "active_entry", _ask_twice),),
    "an error tells who the patient is": (
        (publish, "require_no_other", _telling),
        (withdraw, "require_no_other", _telling),
    ),
}

# Faults that an answer of the PACS shows.

# Where several sends in a row fail.
OF_SENDS: Final[Mapping[str, tuple[Patch, ...]]] = {
    "a send that was not taken is not in doubt": (
        (send, "not_taken", _forgetting(record.not_taken)),
    ),
}

OF_THE_PACS: Final[Mapping[str, tuple[Patch, ...]]] = {
    "no count of the PACS is compared": ((pacs_index, "count", _nothing),),
    "a note that the PACS does not give is none": ((pacs_index, "_selection", _select_leniently),),
    "one answer without the study is enough": ((index, "_is_seen_twice", lambda *_: True),),
    "an answer that cannot be used says that nothing is there": (
        (wado_client.WadoClient, "data_sets", _ask_believing),
        (index, "_is_seen_twice", lambda *_: True),
    ),
}

# Faults in the preparation of the series.
OF_PREPARATION: Final[Mapping[str, tuple[Patch, ...]]] = {
    "nothing is prepared": ((build, "_UNSENT", frozenset()),),
    "a series that can never be served is published": ((prepare, "held_for", lambda _: ""),),
    "a series that the PACS did not give counts as prepared": ((filling, "fill", _fill_hastily),),
    "a series without some of its objects is one": ((fill._Given, "require", _nothing),),
    "an object may say that it is another study's": ((fill, "_accept", _accept_all),),
    "an object that is not stored is in the cache": ((fill, "store_parts", _upload_believing),),
    "a message that is lost is never sent again": ((desk, "_stands", _always),),
    "nobody is told which object is at fault": ((filling, "name_objects", _nothing),),
    "an object at fault is not held by its name": (
        (hold, "HELD_REASONS", HELD_REASONS.keys() - {"object_unservable"}),
    ),
}

# Faults that a lying agent shows.
OF_AGENTS: Final[Mapping[str, tuple[Patch, ...]]] = {
    "a body that is none of its series counts as one": (
        (site_accepting, "accept_series", _accept_series_believing),
    ),
    "nobody records that a body was refused": ((site_accepting._Judge, "_audit", _nothing),),
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


# Faults that only one publication shows for which alone the DMP fails.
OF_ONE: Final[Mapping[str, tuple[Patch, ...]]] = {
    "a failure for one publication counts for all": (
        (
            breaker,
            "_failed_for",
            lambda standing, leave, at, _: breaker._failed(standing, leave, at),
        ),
    ),
}


# Faults in the waits outside the workflow (:mod:`nation`).
OF_WAITS: Final[Mapping[str, tuple[Patch, ...]]] = {
    "a step that parks does not ring": ((parking, "ring", _nothing),),
    "an open circuit wakes all who wait for it": (
        (breaker.Breaker, "room", lambda *_: breaker.Room(breaker.Circuit.CLOSED, 45)),
    ),
    "probes never become rare": ((waking, "LONGEST", 1),),
    "the ceiling of all starts is not asked": ((MemoryStarts, "take", lambda _, wanted: wanted),),
    "a circuit that is open is tried again in the execution": (
        (parking.Parking, "_is_open", lambda *_: False),
        (waits_of, "is_circuit", lambda _: False),
    ),
}

# Faults that an import shows (:mod:`imports`).
OF_IMPORTS: Final[Mapping[str, tuple[Patch, ...]]] = {
    "an object leaves before its study is remembered": ((sending, "_remember", _nothing),),
    "an object of which the PACS says nothing counts as stored": (
        (sending._Run, "_one", _one_believing),
    ),
    "an object that the PACS refuses counts as stored": (
        (sending, "_settled", lambda _: Stored()),
    ),
    "nobody asks whose study the PACS holds": ((sending, "_identifier", lambda _: _Anybody()),),
    "one image of each series is looked at": ((decision, "_name_of", lambda _: ""),),
    "an object leaves as it came": ((sending, "coerce", _AsItCame),),
    "the record of an end comes behind its state": ((steps, "send", _send_untold),),
    "the packs of a run that ended without a word stay": ((AgentStore, "clear", _nothing),),
    "an interrupted import is never taken up again": (
        (progress.Progress, "is_interrupted", lambda *_: False),
    ),
}


_ALL: Final = {
    **MUTANTS,
    **OF_SENDS,
    **OF_THE_PACS,
    **OF_PREPARATION,
    **OF_AGENTS,
    **OF_OUTAGES,
    **OF_ONE,
    **OF_WAITS,
    **OF_IMPORTS,
}


@contextmanager
def mutant(name: str) -> Iterator[None]:
    """The code is broken in that way while this lasts. KeyError, AttributeError when it cannot."""
    with ExitStack() as stack:
        for module, attribute, broken in _ALL[name]:
            stack.enter_context(mock.patch.object(module, attribute, broken))
        yield
