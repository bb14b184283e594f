"""functions.drimbox.wording.held: every reason that the code can hold for has its words."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from functions.drimbox.wording.held import CONFIRMED_ONE_BY_ONE, HELD_REASONS, IDENTITY_REASONS

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
