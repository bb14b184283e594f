"""The strict reader of declared facts."""

from __future__ import annotations

from typing import Any

import pytest

from agent.config.fields import Fields, read
from functions.drimbox.errors import ConfigurationError


def number(value: Any) -> int:
    return int(value)


def inner(fields: Fields) -> Any:
    return fields.take("a", number)


def outer(fields: Fields) -> Any:
    return (
        fields.take("one", number),
        fields.take("two", number, 2),
        fields.section("part", inner),
        fields.several("list", inner),
    )


def test_facts_are_read() -> None:
    text = "one: 1\npart: {a: 5}\nlist: [{a: 6}, {a: 7}]\n"
    assert read(text, outer) == (1, 2, 5, (6, 7))
    assert read("one: 1\ntwo:\n", outer) == (1, 2, None, ())


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("two: 2", "one: missing"),
        ("one: x", "one: ill-formed"),
        ("{one: 1, three: 3}", "three: unknown"),
        ("{one: 1, part: 7}", "part: not a mapping; part.a: missing"),
        ("{one: 1, part: {a: 1, b: 2}}", "part.b: unknown"),
        ("{one: 1, list: 7}", "list: ill-formed"),
        ("{one: 1, list: [{a: 1}, {}]}", "list[1].a: missing"),
        ("[]", "the file: not a mapping; one: missing"),
    ],
)
def test_each_fault_is_told_by_its_place(text: str, told: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        read(text, outer)
    assert refused.value.detail == f"agent.yaml: {told}"


@pytest.mark.parametrize(
    "text", ["one: [", "one: 1\none: 2", "{part: {a: 1, a: 2}, one: 1}", "one: !!python/name:os"]
)
def test_a_file_that_is_no_plain_yaml_is_refused(text: str) -> None:
    with pytest.raises(ConfigurationError, match="not YAML"):
        read(text, outer)


def test_what_is_required_is_told() -> None:
    with pytest.raises(ConfigurationError, match="part: missing"):
        read("{}", lambda fields: fields.section("part", inner, required=True))
    with pytest.raises(ConfigurationError, match="list: ill-formed"):
        read("list: []", lambda fields: fields.several("list", inner, least=1))
