"""The step of an import; its work is tested with the page, in test_import_exam."""

from __future__ import annotations

from functions.store_exam.handler import handler as store_exam
from tests.handlers.conftest import CONTEXT, event


def test_an_execution_of_nothing_ends(site: None) -> None:
    sample = event("store_exam/step")
    assert store_exam(sample, CONTEXT) == {**sample, "outcome": "done"}
