"""functions.drimbox.wording.refusals: every status has a title, every code its words."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from functions.aws import entry
from functions.drimbox.errors import ConfigurationError, DrimboxError, RequestError, Transient
from functions.drimbox.wording.refusals import PAGES, PROBLEMS, TITLES
from infra.shared.refusals import REFUSALS

FUNCTIONS = Path(__file__).parents[3] / "functions"


def subclasses(kind: type[DrimboxError]) -> Iterator[type[DrimboxError]]:
    for one in kind.__subclasses__():
        yield one
        yield from subclasses(one)


def names(kind: type[DrimboxError]) -> set[str]:
    return {kind.__name__, *(one.__name__ for one in subclasses(kind))}


def given() -> Iterator[str]:
    """The codes that an answer can have: of an error's class, or named where it is raised."""
    yield ConfigurationError.code
    yield entry.InternalError.code
    yield Transient.code
    for kind in (RequestError, Transient):
        yield from (one.code for one in subclasses(kind))
    yield from (refusal.code for refusal in REFUSALS)
    made = names(RequestError) | names(Transient)
    for path in FUNCTIONS.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call):
                yield from _named(node, made)


def _named(node: ast.Call, made: set[str]) -> Iterator[str]:
    name = getattr(node.func, "id", getattr(node.func, "attr", ""))
    if name == "problem" and len(node.args) > 1 and isinstance(node.args[1], ast.Constant):
        yield str(node.args[1].value)
    if name in made:
        for keyword in node.keywords:
            if keyword.arg == "code" and isinstance(keyword.value, ast.Constant):
                yield str(keyword.value.value)


# These never reach a caller: a step of the workflow raises them.
OF_STEPS_ALONE = {"identity_refused"}


def test_every_code_of_an_answer_has_its_words_and_no_other() -> None:
    found = set(given())
    assert {"may_be_in_dmp", "one_by_one", "too_many_requests", "not_ready"} <= found
    assert found - OF_STEPS_ALONE == set(PROBLEMS)


def test_every_page_has_the_title_of_a_status() -> None:
    assert set(PAGES) <= set(TITLES)
