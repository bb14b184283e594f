"""An agent reads the job that a message points to, and answers it: nothing it says is believed.

An answer is read whole before it is kept, in a form of ours, as an object of the tenant's; then the
question ends, and the change that waits for it is woken. The agent may be killed after each of
these: it comes again, and finds the question ended.
"""

from __future__ import annotations

import hashlib
import re
from datetime import UTC
from io import BytesIO
from typing import TYPE_CHECKING, Any, Final, Protocol

from functions.drimbox import strict_json
from functions.drimbox.agents import packs, wire
from functions.drimbox.agents.question import Answer, State
from functions.drimbox.agents.told import AGENT_FAILED, REASONS, read_told
from functions.drimbox.errors import Absent, BadRequest, Conflict
from functions.drimbox.jobs.job import Kind
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import BinaryIO

    from functions.drimbox.agents.desk import QuestionDesk
    from functions.drimbox.agents.question import Question
    from functions.drimbox.agents.told import Told
    from functions.drimbox.jobs.job import Wish
    from functions.drimbox.ports import StoredObject
    from functions.drimbox.study.found_study import StudyCriteria

# The largest answer, as an object: parsed, it has twenty times as many bytes.
MAX_INCOMING: Final = 16 * 1024 * 1024
# Under which the agents may put, and under which nobody but us does.
INCOMING: Final = "incoming/"
ANSWERS: Final = "answers/"
_SHA256: Final = re.compile(r"[0-9a-f]{64}")
_ENVELOPE: Final = {"protocol", "attempt", "outcome"}
_HOW: Final = ({"answer"}, {"incoming"})


class Store(Protocol):
    """Objects of the tenant's cache. Raises StorageUnavailable."""

    def put(self, key: str, data: BinaryIO, content_type: str) -> None:
        """Store the file, replacing the former object."""
        ...

    def get(self, key: str, *, max_bytes: int) -> bytes | None:
        """The object's bytes, None when absent; StorageUnavailable when it is larger."""
        ...

    def look(self, key: str) -> StoredObject | None:
        """The object as it is stored, None when absent."""
        ...


class Criteria(Protocol):
    """The seal of the criteria of searches."""

    def open(self, place: str, sealed: str) -> StudyCriteria | None:
        """The criteria; None where they were not sealed for this place."""
        ...


@frozen
class Envelope:
    """An answer as an agent posts it: ``outcome`` is "answered" or "failed". ``answer`` is JSON,
    ``incoming`` the object that holds it, ``reason`` the code for which the agent gave up.
    """

    attempt: int
    outcome: str
    reason: str = ""
    objects: tuple[str, ...] = ()
    answer: Any = None
    incoming: Answer | None = None


@frozen
class AnswerDesk:
    """The ports of one tenant that take its agents' answers. ``wake`` rings for the change of a
    message that may wait for a job.
    """

    tenant: str
    desk: QuestionDesk
    store: Store
    criteria: Criteria
    packs: packs.Store
    wake: Callable[[str, str], None]

    def show(self, key: str) -> dict[str, Any]:
        """The job as an agent reads it: JSON. Absent, Conflict ``job_ended``,
        StorageUnavailable.
        """
        found = self.desk.take(key)
        return {
            "job": wire.name_of(key),
            "kind": str(found.wish.kind),
            "protocol": wire.PROTOCOL,
            "attempt": found.attempt,
            "expires_at": found.expires_at.astimezone(UTC).isoformat(timespec="seconds"),
            "ask": self._ask(key, found),
            "incoming": {"key": f"{self.tenant}/{_incoming(found)}"},
        }

    def _ask(self, key: str, question: Question) -> dict[str, Any]:
        if question.wish.kind is Kind.IMPORT:
            return packs.ask_of(self.packs, question.wish.facts)
        criteria = self.criteria.open(key, question.sealed) if question.sealed else None
        return wire.ask_of(question.wish, criteria)

    def take(self, key: str, envelope: Envelope) -> State:
        """Take an agent's answer; the state of the job. BadRequest names the wrong part of it;
        Absent, Conflict ``job_ended``, StorageUnavailable.
        """
        try:
            ended = self._take(key, envelope)
        except Conflict:
            # The agent may come again because nobody was woken, or it never heard that it was.
            self._wake(self.desk.look(key))
            raise
        self._wake(ended)
        return ended.state

    def give_up(self, key: str) -> bool:
        """No agent could do the job: it has failed. False where it has ended before, or is not
        there. StorageUnavailable."""
        found = self.desk.look(key)
        if found is None:
            return False
        try:
            self.take(key, Envelope(found.attempt, State.FAILED, reason=AGENT_FAILED))
        except (Absent, Conflict):
            return False
        return True

    def _take(self, key: str, envelope: Envelope) -> Question:
        found = self.desk.take(key)
        if envelope.outcome == State.FAILED:
            return self.desk.fail(key, envelope.attempt, envelope.reason)
        told = read_told(found.wish, self._told(found, envelope))
        answer = self._kept(found, told) if told.content else None
        return self.desk.answer(key, envelope.attempt, word=told.word, answer=answer)

    def _told(self, question: Question, envelope: Envelope) -> Any:
        """The JSON of the answer, wherever it is."""
        incoming = envelope.incoming
        if incoming is None:
            return envelope.answer
        if incoming.key != f"{self.tenant}/{_incoming(question)}":
            raise BadRequest("/incoming/key")
        if incoming.size > MAX_INCOMING:
            raise BadRequest("/incoming/size")
        found = self.store.look(_incoming(question))
        # One that is larger than it says would be a fault of the store's: the agent came for ever.
        if found is None or found.size != incoming.size:
            raise BadRequest("/incoming/size")
        data = self.store.get(_incoming(question), max_bytes=MAX_INCOMING)
        if data is None or len(data) != incoming.size:
            raise BadRequest("/incoming/size")
        if hashlib.sha256(data).hexdigest() != incoming.sha256:
            raise BadRequest("/incoming/sha256")
        try:
            return strict_json.read(data)
        except strict_json.NotStrictJson:
            raise BadRequest("/answer") from None

    def _kept(self, question: Question, told: Told) -> Answer:
        sha256 = hashlib.sha256(told.content).hexdigest()
        # Two agents may answer at once: neither writes over the answer that is believed.
        name = f"{wire.name_of(question.key)}-{question.attempt}-{sha256}"
        kept = Answer(f"{ANSWERS}{name}", len(told.content), sha256)
        self.store.put(kept.key, BytesIO(told.content), "application/json")
        return kept

    def _wake(self, question: Question | None) -> None:
        if question is not None and _is_waited_for(question.wish) and question.ended_at:
            self.wake(question.correlation_id, question.key)


def _incoming(question: Question) -> str:
    """Where the agent may put an answer that is too long for a request."""
    return f"{INCOMING}answers/{wire.name_of(question.key)}-{question.attempt}.json"


def _is_waited_for(wish: Wish) -> bool:
    """Whether a change is parked until the answer comes: other askers come again."""
    return wish.kind is Kind.INDEX


def read_envelope(facts: Mapping[str, Any], kind: Kind) -> Envelope:
    """An agent's answer from the JSON of its request; BadRequest names the wrong part."""
    for name in sorted(_ENVELOPE - facts.keys()):
        raise BadRequest(f"/{name}")
    if facts["protocol"] != wire.PROTOCOL:
        raise BadRequest("/protocol")
    attempt, outcome, rest = facts["attempt"], facts["outcome"], facts.keys() - _ENVELOPE
    if type(attempt) is not int or attempt < 1:
        raise BadRequest("/attempt")
    if outcome == State.ANSWERED and any(rest == one for one in _HOW):
        incoming = _object(facts["incoming"]) if "incoming" in rest else None
        return Envelope(attempt, outcome, answer=facts.get("answer"), incoming=incoming)
    if outcome == State.FAILED and "reason" in rest:
        return _given_up(attempt, facts, kind, rest - {"reason"})
    raise BadRequest("/outcome")


_MOST_OBJECTS: Final = 1000
# Characters of a UID.
_LONGEST_OBJECT: Final = 64


def _given_up(attempt: int, facts: Mapping[str, Any], kind: Kind, rest: set[str]) -> Envelope:
    """The objects at fault of a series are named by the answer to its own kind alone."""
    reason = facts["reason"]
    is_of_objects = reason == "object_unservable"
    if not isinstance(reason, str) or reason not in REASONS:
        raise BadRequest("/reason")
    if is_of_objects is not (kind is Kind.FILL and rest == {"objects"}):
        raise BadRequest("/reason")
    if rest - {"objects"}:
        raise BadRequest("/outcome")
    objects = facts.get("objects", [])
    if not isinstance(objects, list) or len(objects) > _MOST_OBJECTS:
        raise BadRequest("/objects")
    if not all(isinstance(one, str) and len(one) <= _LONGEST_OBJECT for one in objects):
        raise BadRequest("/objects")
    return Envelope(attempt, State.FAILED, reason=reason, objects=tuple(objects))


def _object(facts: Any) -> Answer:
    if not isinstance(facts, dict) or facts.keys() != {"key", "size", "sha256"}:
        raise BadRequest("/incoming")
    key, size, sha256 = facts["key"], facts["size"], facts["sha256"]
    if not isinstance(key, str) or type(size) is not int or size < 1:
        raise BadRequest("/incoming")
    if not isinstance(sha256, str) or not _SHA256.fullmatch(sha256):
        raise BadRequest("/incoming/sha256")
    return Answer(key, size, sha256)
