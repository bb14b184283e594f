"""A message and its document as they came, for an operator who may export them."""

from __future__ import annotations

import pytest

from functions.drimbox.errors import Absent, StorageUnavailable
from functions.drimbox.operations import raw_text, reading_raw
from functions.drimbox.operations.raw_text import LONGEST_RUN
from functions.drimbox.operations.reading_raw import read_raw
from functions.drimbox.operations.withdrawing import withdraw
from functions.drimbox.publication.messages import load_raw
from functions.drimbox.safe_xml import UnsafeXml
from tests.drimbox.operations.conftest import CASE, Reported
from tests.fakes.world import OPERATOR


def test_the_message_and_its_document_are_shown_and_audited(held: Reported) -> None:
    world = held.world
    shown = read_raw(world.at_rest, OPERATOR, held.id)
    lines = shown["message"]["text"].splitlines()
    assert lines[0].startswith("MSH|")
    assert [line[:3] for line in lines if line.startswith("PID")] == ["PID"]
    assert "\r" not in shown["message"]["text"]
    assert "<ClinicalDocument" in shown["document"]["text"]
    assert CASE.traits.family in shown["document"]["text"]
    assert shown["message"]["complete"]
    [facts] = [
        facts
        for (event, *_), facts in world.audit.records.items()
        if event == "publication.message_shown"
    ]
    assert facts["ins"] == CASE.ins


def test_a_document_in_base64_is_shortened(held: Reported) -> None:
    shown = read_raw(held.world.at_rest, OPERATOR, held.id)
    raw = load_raw(held.world.at_rest, held.id)
    assert len(shown["message"]["text"]) < len(raw)
    assert "… [" in shown["message"]["text"]
    longest = max(map(len, shown["message"]["text"].replace("^", "|").split("|")))
    assert longest < LONGEST_RUN


def test_a_text_that_is_too_long_is_cut_and_told(
    held: Reported, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(raw_text, "MESSAGE_CHARACTERS", 10)
    shown = read_raw(held.world.at_rest, OPERATOR, held.id)
    assert (shown["message"]["text"][:4], len(shown["message"]["text"])) == ("MSH|", 10)
    assert not shown["message"]["complete"]


def test_a_document_that_cannot_be_shown_leaves_no_record(
    held: Reported, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: bytes) -> None:
        raise UnsafeXml

    monkeypatch.setattr(reading_raw, "parse_cda", fail)
    with pytest.raises(UnsafeXml):
        read_raw(held.world.at_rest, OPERATOR, held.id)
    assert "publication.message_shown" not in {event for event, *_ in held.world.audit.records}


def test_without_an_audit_record_nothing_is_shown(
    held: Reported, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise StorageUnavailable("audit")

    monkeypatch.setattr(held.world.audit, "record", fail)
    with pytest.raises(StorageUnavailable):
        read_raw(held.world.at_rest, OPERATOR, held.id)


def test_an_order_change_has_no_document(published: Reported) -> None:
    world = published.world
    message_id = world.send(CASE, "OMI", control_id="9").message_id
    world.work()
    assert read_raw(world.at_rest, OPERATOR, message_id)["document"] is None


def test_an_order_that_is_no_message_is_absent(published: Reported) -> None:
    world = published.world
    order = withdraw(
        world.at_rest, world.queue, OPERATOR, message_id=published.id, study=published.study
    )
    world.work()
    for message_id in (order, "0" * 32):
        with pytest.raises(Absent):
            read_raw(world.at_rest, OPERATOR, message_id)
