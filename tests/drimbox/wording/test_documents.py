"""Every state and every reason has its words."""

from __future__ import annotations

import ast
from pathlib import Path

from functions.drimbox.dmp.documents import State
from functions.drimbox.wording.documents import NOT_SHOWN, STATES

ROOT = Path(__file__).parents[3] / "functions"


def test_every_state_but_the_active_one_has_words() -> None:
    assert set(STATES) == {str(one) for one in State} - {State.ACTIVE}


def test_every_code_of_an_unusable_document_has_words() -> None:
    raised = set()
    for path in ROOT.rglob("*.py"):
        source = path.read_text()
        if "DocumentUnusable(" not in source:
            continue
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "DocumentUnusable":
                raised |= {ast.literal_eval(one.value) for one in node.keywords}
    assert raised == set(NOT_SHOWN)
