"""functions.drimbox.wording.held: every reason that the code can hold for has its words."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from functions.drimbox.wording.held import (
    CONFIRMED_ONE_BY_ONE,
    HELD_REASONS,
    IDENTITY_REASONS,
    REPLAYED_IN_VAIN,
    Replay,
)

LIBRARY = Path(__file__).parents[3] / "functions"


def codes(tree: ast.AST) -> Iterator[str]:
    """The codes of ``Held("…")``, wherever it is made."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Held" and node.args:
            first = node.args[0]
            if isinstance(first, ast.Constant):
                yield str(first.value)


def test_every_reason_has_its_words() -> None:
    found = {code for path in LIBRARY.rglob("*.py") for code in codes(ast.parse(path.read_text()))}
    assert {"no_certificate_for_structure", "masking_conflict", "internal_error"} <= found
    assert found <= set(HELD_REASONS)


def test_the_reasons_about_identities_are_reasons() -> None:
    assert CONFIRMED_ONE_BY_ONE <= IDENTITY_REASONS <= set(HELD_REASONS)


def test_each_reason_says_what_a_replay_is_worth() -> None:
    """An outage ends by itself, and a replay ends an outrun version; of the rest somebody changes
    something first."""
    at_once = {code for code, one in HELD_REASONS.items() if one.replay is Replay.AT_ONCE}
    assert at_once == {
        "study_not_found",
        "dmp_unreachable",
        "pacs_unreachable",
        "site_unreachable",
        "internal_error",
        "later_version",
    }
    assert {"structure_mismatch", "incomplete_report"} <= REPLAYED_IN_VAIN
    assert {"known_traits_mismatch"} == CONFIRMED_ONE_BY_ONE
    assert not at_once & REPLAYED_IN_VAIN


def test_a_remedy_names_the_change_before_the_replay() -> None:
    for code, one in HELD_REASONS.items():
        said = one.todo.en.lower(), one.todo.fr.lower()
        if one.replay is Replay.AT_ONCE:
            assert "replay" in said[0], code
        else:
            assert not said[0].startswith("replay"), code
            assert not said[1].startswith("rejouer"), code
    for code in ("patient_mismatch", "traits_mismatch"):
        todo = HELD_REASONS[code].todo.en
        assert todo.index("PACS") < todo.index("replay")
        assert "correct the report in the RIS" in todo
