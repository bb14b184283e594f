"""The operators' forms, read into the terms of the operations."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from functions.drimbox.errors import BadRequest
from functions.drimbox.oid import Uid
from functions.drimbox.operations.confirming_identity import Word
from functions.drimbox.pages.operations.forms import (
    chosen,
    forgotten,
    identity_confirmed,
    import_released,
    kept,
    seen,
    traits_decided,
    withdrawn,
)


def test_a_form_s_fields_are_what_operations_read() -> None:
    fields = {"named-0": "1.2", "study-0": " 1.3 ", "named-1": "1.4", "study-1": "", "sender": ""}
    assert chosen(fields) == {"studies": {"1.2": "1.3"}}
    assert chosen({"sender": "A|B"}) == {"sender": "A|B"}
    assert chosen({"named-0": "1.2", "study-0": "", "sender": ""}) == {}
    said = {"study": "1.2", "reason": "wrong", "confirm": "yes"}
    assert Word.read(withdrawn(said)) == Word(Uid("1.2"), "wrong")
    for confirm in ("", "no"):
        with pytest.raises(BadRequest) as raised:
            Word.read(withdrawn({**said, "confirm": confirm}))
        assert raised.value.code == "not_confirmed"


def test_a_tick_is_about_the_studies_of_its_page() -> None:
    at = datetime(2026, 11, 26, 10, tzinfo=UTC)
    assert seen({"confirm": "yes", "seen": at.isoformat()}) == at
    assert seen({"seen": at.isoformat()}) is None
    for wrong in ({}, {"seen": "today"}, {"seen": "2026-11-26T10:00:00"}):
        with pytest.raises(BadRequest):
            seen({"confirm": "yes", **wrong})


def test_a_confirmation_is_read_with_its_tick() -> None:
    fields = {"study": "1.2", "reason": "checked", "confirm": "yes"}
    expected = {"study_instance_uid": "1.2", "reason": "checked", "confirm": True}
    assert identity_confirmed(fields) == expected
    assert import_released(fields) == expected
    assert identity_confirmed({}) == {"study_instance_uid": "", "reason": "", "confirm": False}


def test_a_decision_is_read_with_its_number_and_its_tick() -> None:
    fields = {"keep": "these", "revision": "2", "reason": "checked", "confirm": "yes"}
    expected = {"keep": "these", "revision": 2, "reason": "checked", "confirm": True}
    assert traits_decided(fields) == expected
    nothing = {"keep": "", "revision": None, "reason": "", "confirm": False}
    assert traits_decided({}) == nothing
    for revision in ("", "-1", "2.0", "x", "²", "٢"):
        assert traits_decided({"revision": revision}) == nothing


def test_a_filter_is_kept_or_forgotten_by_its_name() -> None:
    fields = {"name": "mine", "state": "held", "sender": "A|B", "other": "x"}
    named = {"state": "held", "reason": "", "sender": "A|B"}
    assert kept(fields) == {"name": "mine", "filter": named}
    assert forgotten({"name": "mine"}) == {"name": "mine", "filter": None}
    assert forgotten({}) == {"name": "", "filter": None}
