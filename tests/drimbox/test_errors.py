"""The tree of errors: its drawing is true, and no message says more than it may."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from functions.drimbox import errors
from functions.drimbox.errors import (
    DmpRefused,
    DrimboxError,
    Held,
    IdentityRefused,
    MessageError,
    NotReady,
    Refusal,
    RequestError,
)

_DRAWN = re.compile(r"^ {4}(?P<indent>[│ ]*)[├└]── (?P<name>\w+)(?: +(?P<status>\d{3}))?", re.M)


def drawn() -> Iterator[tuple[str, str, int]]:
    """(class, its parent, HTTP status or 0) of each line of the module's drawing."""
    above = ["DrimboxError"]
    for line in _DRAWN.finditer(errors.__doc__ or ""):
        depth = len(line["indent"]) // 4 + 1
        above[depth:] = [line["name"]]
        yield line["name"], above[depth - 1], int(line["status"] or 0)


def test_the_drawing_is_the_tree() -> None:
    classes = {
        name: found
        for name, found in vars(errors).items()
        if inspect.isclass(found) and found is not DrimboxError
    }
    found = {name: (one.__mro__[1].__name__) for name, one in classes.items()}
    # Refusal is a MessageError: the drawing shows both as answers to a message, side by side.
    assert {name: parent for name, parent, _ in drawn()} == {**found, "Refusal": "DrimboxError"}
    for name, _, status in drawn():
        if status:
            kind = classes[name]
            assert issubclass(kind, RequestError)
            assert kind.status == status


def test_an_error_without_words_says_its_code() -> None:
    assert str(errors.DmpUnavailable()) == "dmp_unavailable"
    assert str(errors.DmpUnavailable("503")) == "503"
    assert str(errors.Absent(code="stale")) == errors.Absent(code="stale").code == "stale"
    assert RequestError().status == 400


def test_a_held_publication_s_message_is_its_code_alone() -> None:
    """The workflow's history keeps the message for months: no detail may be in it."""
    held = Held("patient_mismatch", "PID-3")
    assert (str(held), held.code, held.detail) == ("patient_mismatch", "patient_mismatch", "PID-3")


@pytest.mark.parametrize("kind", [MessageError, Refusal])
def test_an_error_of_a_message_has_its_place(kind: type[MessageError]) -> None:
    error = kind("ins_missing", location="PID^1^3", condition=101, application_code="903")
    assert (error.code, error.location, error.condition) == ("ins_missing", "PID^1^3", 101)
    assert error.application_code == "903"


@pytest.mark.parametrize("kind", [DmpRefused, IdentityRefused])
def test_a_refusal_of_the_dmp_names_its_codes_in_order(kind: type[DmpRefused]) -> None:
    error = kind(("B", "A"))
    assert (error.code, error.registry_codes, str(error)) == ("dmp_refused", ("B", "A"), "B, A")


def test_a_resource_that_is_not_ready_says_when() -> None:
    error = NotReady(retry_after=10, code="cache_filling")
    assert (error.status, error.retry_after, error.code) == (503, 10, "cache_filling")


# A JSON pointer, or the name of a parameter or a header.
_FIELD = re.compile(r"(/[a-z_0-9]+)+|[A-Za-z][A-Za-z_-]*")
_FUNCTIONS = Path(__file__).parents[2] / "functions"


def bad_requests() -> Iterator[tuple[str, ast.expr]]:
    """Where a request is refused as ill-formed, and the argument that names the wrong field."""
    for path in sorted(_FUNCTIONS.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "BadRequest":
                yield f"{path.relative_to(_FUNCTIONS)}:{node.lineno}", node.args[0]


def test_every_ill_formed_request_names_its_field() -> None:
    """A field is a word of ours, or a name out of one of our tables: never a caller's text."""
    found = dict(bad_requests())
    assert len(found) > 60
    for place, named in found.items():
        if isinstance(named, ast.Constant):
            assert _FIELD.fullmatch(str(named.value)), place
        else:
            parts = named.values if isinstance(named, ast.JoinedStr) else [named]
            texts = [one.value for one in parts if isinstance(one, ast.FormattedValue)] or parts
            told = [ast.unparse(one) for one in texts]
            ours = {"name", "field", "place", "within", "error.field", "attribute.keyword"}
            assert set(told) <= ours, place
    error = errors.BadRequest("/studies", code="bad_studies")
    assert (error.field, error.code, error.detail) == ("/studies", "bad_studies", "/studies")
