"""The conditions of an acknowledgement."""

from __future__ import annotations

from pathlib import Path

from functions.drimbox.report.conditions import CONDITION_TEXT, Condition

LIBRARY = Path(__file__).parents[3] / "functions"


def test_no_fault_of_a_message_is_called_an_error_of_ours() -> None:
    """207 is "Application internal error": the reception alone gives it, for our own storage."""
    found = {
        path.name: text.count("Condition.APPLICATION")
        for path in LIBRARY.rglob("*.py")
        if "Condition.APPLICATION" in (text := path.read_text(encoding="utf-8"))
    }
    assert found == {"receive.py": 1, "conditions.py": 1}
    literal = [p.name for p in LIBRARY.rglob("*.py") if "condition=207" in p.read_text()]
    assert literal == []


def test_every_condition_has_its_text() -> None:
    assert set(CONDITION_TEXT) == set(Condition)
