"""The log: lines of JSON, with fields from the list and no others."""

from __future__ import annotations

import json
from io import StringIO

import pytest

from agent.status.journal import Journal
from tests.fakes.memory import VirtualClock


def test_an_event_is_one_line() -> None:
    stream = StringIO()
    Journal(stream, VirtualClock()).event("listening", listener="ris", port=2575)
    assert json.loads(stream.getvalue()) == {
        "time": "2026-11-24T09:00:00.000+00:00",
        "event": "listening",
        "listener": "ris",
        "port": 2575,
    }
    assert stream.getvalue().count("\n") == 1


def test_a_field_outside_the_list_is_refused() -> None:
    stream = StringIO()
    with pytest.raises(ValueError, match="patient"):
        Journal(stream, VirtualClock()).event("listening", patient="DUPONT")
    assert stream.getvalue() == ""


def test_a_fault_is_told_by_its_class_and_place_alone() -> None:
    stream = StringIO()
    try:
        raise ValueError("MSH|secret")
    except ValueError as error:
        Journal(stream, VirtualClock()).fault(error, listener="ris")
    Journal(stream, VirtualClock()).fault(KeyError("secret"))
    first, second = map(json.loads, stream.getvalue().splitlines())
    assert (first["code"], first["listener"]) == ("ValueError", "ris")
    assert first["detail"].startswith("test_journal.py:")
    assert (second["code"], second["detail"]) == ("KeyError", "")
    assert "secret" not in stream.getvalue()
