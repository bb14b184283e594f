"""functions.drimbox.agents.answering: a job is shown, its answer read, its askers woken."""

from __future__ import annotations

import hashlib
import json
from io import BytesIO
from typing import Any

import pytest

from functions.drimbox.agents import answering, wire
from functions.drimbox.agents.answering import Envelope, read_envelope
from functions.drimbox.agents.packs import Packed, lay
from functions.drimbox.agents.question import Answer, State
from functions.drimbox.errors import Absent, AnswerAwaited, BadRequest, Conflict
from functions.drimbox.jobs.job import Kind
from functions.drimbox.oid import Uid
from functions.drimbox.study.found_study import StudyCriteria
from tests.drimbox.agents.scenes import STUDY, Place, index, posted, told

CRITERIA = StudyCriteria("P1", "A1", "CT", "20261101", "20261107")


def asked(place: Place) -> str:
    """The key of a job that was asked."""
    with pytest.raises(AnswerAwaited) as raised:
        place.pacs().find_study(STUDY)
    return raised.value.job


def incoming(place: Place, job: str, content: bytes, **changes: Any) -> Envelope:
    """The answer is an object that the agent has put."""
    name = f"incoming/answers/{wire.name_of(job)}-1.json"
    place.answers.objects[name] = content
    told_of = Answer(f"demo/{name}", len(content), hashlib.sha256(content).hexdigest())
    facts = {"key": told_of.key, "size": told_of.size, "sha256": told_of.sha256, **changes}
    return read_envelope(
        {"protocol": 1, "attempt": 1, "outcome": "answered", "incoming": facts}, Kind.INDEX
    )


def test_a_job_is_shown_until_it_is_answered() -> None:
    place = Place()
    key = asked(place)
    shown = place.answering.show(key)
    assert shown == {
        "job": wire.name_of(key),
        "kind": "index",
        "protocol": 1,
        "attempt": 1,
        "expires_at": "2026-11-24T15:00:00+00:00",
        "ask": {"study_instance_uid": "1.2.1"},
        "incoming": {"key": f"demo/incoming/answers/{wire.name_of(key)}-1.json"},
    }
    assert place.answering.take(key, Envelope(1, "answered", answer=told())) is State.ANSWERED
    assert place.woken == [("m1", key)]
    with pytest.raises(Conflict):
        place.answering.show(key)
    with pytest.raises(Absent):
        place.answering.show(wire.key_of(f"index-{'0' * 64}"))


def test_the_criteria_of_a_search_are_shown_while_it_is_asked() -> None:
    place = Place()
    wish = wire.find_wish(place.criteria.digest(CRITERIA), 50)
    sealed = place.criteria.close(wish.key, CRITERIA)
    place.desk.ask(wish, "request", sealed=sealed)
    shown = place.answering.show(wish.key)
    assert shown["ask"]["patient_id"] == "P1"
    # The seal of another place opens nothing.
    other = wire.find_wish("0b", 50)
    place.desk.ask(other, "request", sealed=sealed)
    with pytest.raises(Absent):
        place.answering.show(other.key)
    place.answering.take(wish.key, Envelope(1, "failed", reason="pacs_refused"))
    # Nobody is parked for a search.
    assert place.woken == []


def test_a_long_answer_is_an_object() -> None:
    place = Place()
    key = asked(place)
    content = json.dumps(told()).encode()
    assert place.answering.take(key, incoming(place, key, content)) is State.ANSWERED
    assert place.pacs().find_study(STUDY) == index()


@pytest.mark.parametrize(
    ("content", "changes", "field"),
    [
        (b"{}", {"key": "demo/incoming/other"}, "/incoming/key"),
        (b"{}", {"key": "voisin/incoming/answers/x"}, "/incoming/key"),
        (b"{}", {"size": 3}, "/incoming/size"),
        (b"{}", {"size": 16 * 1024 * 1024 + 1}, "/incoming/size"),
        (b" " * (16 * 1024 * 1024 + 1), {"size": 2}, "/incoming/size"),
        (b"{}", {"sha256": "0" * 64}, "/incoming/sha256"),
        (b"{", {}, "/answer"),
        (b'{"found": true, "found": false}', {}, "/answer"),
        (b"{}", {}, "/answer"),
    ],
)
def test_an_object_that_is_no_answer_is_refused(
    content: bytes, changes: dict[str, Any], field: str
) -> None:
    place = Place()
    key = asked(place)
    with pytest.raises(BadRequest) as raised:
        place.answering.take(key, incoming(place, key, content, **changes))
    assert raised.value.field == field
    assert not place.desk.has_ended(key)


def test_an_object_that_is_not_there_is_refused() -> None:
    place = Place()
    key = asked(place)
    envelope = incoming(place, key, b"{}")
    place.answers.objects.clear()
    with pytest.raises(BadRequest):
        place.answering.take(key, envelope)
    assert place.woken == []


def test_an_object_that_goes_while_it_is_read_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    place = Place()
    key = asked(place)
    envelope = incoming(place, key, b"{}")
    monkeypatch.setattr(place.answers, "get", lambda *_, **__: None)
    with pytest.raises(BadRequest) as refused:
        place.answering.take(key, envelope)
    assert (refused.value.field, place.woken) == ("/incoming/size", [])


def test_an_agent_that_comes_again_wakes_again() -> None:
    place = Place()
    key = asked(place)
    place.answering.take(key, Envelope(1, "answered", answer=told()))
    with pytest.raises(Conflict):
        place.answering.take(key, Envelope(1, "answered", answer=told()))
    assert place.woken == [("m1", key)] * 2
    # Of two agents, the one with the earlier attempt wakes nobody: the job is asked.
    place = Place()
    key = asked(place)
    with pytest.raises(Conflict):
        place.answering.take(key, Envelope(2, "answered", answer=told()))
    assert place.woken == []


def test_a_job_that_no_agent_could_do_has_failed() -> None:
    place = Place()
    key = asked(place)
    assert place.answering.give_up(key)
    assert place.desk.look(key).reason == "agent_failed"  # type: ignore[union-attr]
    assert place.woken == [("m1", key)]
    assert not place.answering.give_up(key)
    assert not place.answering.give_up(wire.index_wish(Uid("1.2.9"), {}).key)


def test_an_envelope_is_read() -> None:
    assert read_envelope(posted(), Kind.INDEX) == Envelope(1, "answered", answer=told())
    failed = {"protocol": 1, "attempt": 3, "outcome": "failed", "reason": "agent_failed"}
    assert read_envelope(failed, Kind.INDEX) == Envelope(3, "failed", reason="agent_failed")
    of_objects = {**failed, "reason": "object_unservable", "objects": ["1.2.3"]}
    assert read_envelope(of_objects, Kind.FILL).objects == ("1.2.3",)


GOOD = {"key": "k", "size": 1, "sha256": "0" * 64}


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"protocol": 2}, "/protocol"),
        ({"protocol": None}, "/protocol"),
        ({"attempt": 0}, "/attempt"),
        ({"attempt": "1"}, "/attempt"),
        ({"attempt": True}, "/attempt"),
        ({"outcome": "done"}, "/outcome"),
        ({"outcome": ["answered"]}, "/outcome"),
        ({"more": 1}, "/outcome"),
        ({"incoming": GOOD}, "/outcome"),
        ({"outcome": "failed"}, "/outcome"),
        ({"outcome": "failed", "answer": None, "reason": "agent_failed"}, "/outcome"),
    ],
)
def test_an_ill_formed_envelope_is_refused(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(BadRequest) as raised:
        read_envelope(posted(**changes), Kind.INDEX)
    assert raised.value.field == field


@pytest.mark.parametrize("name", ["protocol", "attempt", "outcome"])
def test_a_missing_part_is_named(name: str) -> None:
    facts = {key: value for key, value in posted().items() if key != name}
    with pytest.raises(BadRequest) as raised:
        read_envelope(facts, Kind.INDEX)
    assert raised.value.field == f"/{name}"


@pytest.mark.parametrize(
    ("changes", "kind", "field"),
    [
        ({"reason": "bored"}, Kind.INDEX, "/reason"),
        ({"reason": ["agent_failed"]}, Kind.INDEX, "/reason"),
        ({"reason": "object_unservable"}, Kind.FILL, "/reason"),
        ({"reason": "object_unservable", "objects": []}, Kind.INDEX, "/reason"),
        ({"reason": "object_unservable", "objects": "1.2"}, Kind.FILL, "/objects"),
        ({"reason": "object_unservable", "objects": [1]}, Kind.FILL, "/objects"),
        ({"reason": "object_unservable", "objects": ["1"] * 1001}, Kind.FILL, "/objects"),
        ({"reason": "object_unservable", "objects": ["1" * 65]}, Kind.FILL, "/objects"),
    ],
)
def test_an_ill_formed_failure_is_refused(changes: dict[str, Any], kind: Kind, field: str) -> None:
    facts = {"protocol": 1, "attempt": 1, "outcome": "failed", **changes}
    with pytest.raises(BadRequest) as raised:
        read_envelope(facts, kind)
    assert raised.value.field == field


@pytest.mark.parametrize(
    ("given", "field"),
    [
        (None, "/incoming"),
        ({**GOOD, "more": 1}, "/incoming"),
        ({**GOOD, "key": 1}, "/incoming"),
        ({**GOOD, "size": 0}, "/incoming"),
        ({**GOOD, "size": "1"}, "/incoming"),
        ({**GOOD, "sha256": 1}, "/incoming/sha256"),
        ({**GOOD, "sha256": "A" * 64}, "/incoming/sha256"),
    ],
)
def test_an_ill_formed_object_is_refused(given: Any, field: str) -> None:
    facts = {"protocol": 1, "attempt": 1, "outcome": "answered", "incoming": given}
    with pytest.raises(BadRequest) as raised:
        read_envelope(facts, Kind.FILL)
    assert raised.value.field == field


def test_an_answer_is_no_larger_than_one_may_be() -> None:
    assert answering.MAX_INCOMING == 16 * 1024 * 1024


def test_two_agents_that_answer_at_once_do_not_spoil_each_other_s_answer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The second one is believed while the first one writes an answer of its own."""
    place = Place()
    key, put, other = asked(place), place.answers.put, told()
    other["index"]["description"] = "another"

    def overtaken(*given: Any) -> None:
        monkeypatch.setattr(place.answers, "put", put)
        place.answering.take(key, Envelope(1, "answered", answer=told()))
        put(*given)

    monkeypatch.setattr(place.answers, "put", overtaken)
    with pytest.raises(Conflict):
        place.answering.take(key, Envelope(1, "answered", answer=other))
    assert place.pacs(awaited=key).find_study(STUDY) == index()


def test_an_import_is_shown_by_its_pack_until_that_has_gone() -> None:
    place, pack = Place(), "readings/s/p/e/outgoing/1"
    key = place.desk.ask(wire.import_wish(pack), "").key
    with pytest.raises(Absent):
        place.answering.show(key)
    one = Packed(Uid("1.2.1.1"), 4, "0a")
    lay(place.packs, pack, STUDY, [one], BytesIO(b"DICM"))
    shown = place.answering.show(key)
    assert shown["kind"] == "import"
    assert shown["ask"]["objects"] == [{"sop_instance_uid": "1.2.1.1", "size": 4, "sha256": "0a"}]
    answer = {"objects": [{"sop_instance_uid": "1.2.1.1", "failure": None, "warning": None}]}
    assert place.answering.take(key, Envelope(1, "answered", answer=answer)) is State.ANSWERED
    assert place.woken == [], "nothing is parked for it"
