"""One seal: one form, and any change of it is seen."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import UTC, date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from functions.drimbox.audit_seals.seal import (
    Line,
    Seal,
    UnreadableSeal,
    day_named,
    day_of,
    key_of,
    last_closed_day,
    read,
    read_lines,
    write,
)

DAY = date(2026, 11, 1)
A, B = Line("audit/a", "1", "0" * 64), Line("audit/b", "1", None)
SEAL = Seal("demo", DAY, "f" * 64, datetime(2026, 11, 2, 2, tzinfo=UTC), (A, B), (A,))
texts = st.text(st.characters(codec="utf-8"), max_size=8)
lines = st.lists(
    st.builds(Line, texts, texts, st.none() | st.sampled_from(["a" * 64, "0" * 64])),
    unique_by=lambda one: one.place,
    max_size=4,
).map(lambda found: tuple(sorted(found, key=lambda one: one.place)))


@settings(max_examples=40)
@given(records=lines, late=lines, previous=st.none() | st.just("1" * 64))
def test_a_seal_is_read_as_it_was_written(
    records: tuple[Line, ...], late: tuple[Line, ...], previous: str | None
) -> None:
    seal = Seal("demo", DAY, previous, SEAL.sealed_at, records, late)
    assert read(write(seal)) == seal


@given(place=st.integers(0, len(write(SEAL)) - 1), byte=st.integers(0, 255))
def test_any_other_byte_makes_another_seal_or_none(place: int, byte: int) -> None:
    data = bytearray(write(SEAL))
    if data[place] == byte:
        return
    data[place] = byte
    with suppress(UnreadableSeal):
        assert read(bytes(data)) != SEAL


def _head(**changes: object) -> bytes:
    first, _, rest = write(SEAL).partition(b"\n")
    head = {**json.loads(first), **changes}
    return json.dumps(head, separators=(",", ":"), sort_keys=True).encode() + b"\n" + rest


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]\n",
        write(SEAL)[:-1],
        write(SEAL)[:-40],
        write(SEAL) + b"\n",
        write(SEAL) + b'["audit/z","1",null]\n',
        write(SEAL).replace(b'["audit/a"', b'[ "audit/a"'),
        write(SEAL).replace(b'"0000', b'"000'),
        write(SEAL).replace(b'"1",null', b"1,null"),
        write(SEAL).replace(b'"1",null', b'"1"'),
        _head(records=1),
        _head(records="2"),
        _head(late=2),
        _head(form="another"),
        _head(more=1),
        _head(tenant=1),
        _head(tenant=[]),
        _head(tenant=None),
        _head(records=True),
        _head(records=-1),
        _head(records=1.0),
        _head(day="20261101"),
        _head(day=1),
        _head(sealed_at="2026-11-02T02:00:00"),
        _head(previous="f"),
        _head(previous=1),
        write(Seal("demo", DAY, None, SEAL.sealed_at, (B, A))),
        write(Seal("demo", DAY, None, SEAL.sealed_at, (A, A))),
        write(Seal("demo", DAY, None, SEAL.sealed_at, (), (B, A))),
    ],
)
def test_bytes_of_another_form_are_no_seal(data: bytes) -> None:
    with pytest.raises(UnreadableSeal):
        read(data)


@settings(max_examples=40)
@given(
    head=st.binary(max_size=40)
    | st.recursive(st.none() | st.integers() | st.text(max_size=3), st.lists).map(
        lambda value: json.dumps({"tenant": value}).encode()
    )
)
def test_no_bytes_make_another_error(head: bytes) -> None:
    for data in (head, head + b"\n", head + b"\n" + head + b"\n"):
        with pytest.raises(UnreadableSeal):
            read(data)


def test_a_first_line_of_any_depth_is_no_seal() -> None:
    for depth in (400, 900, 100_000):
        nested = b"[" * depth + b"]" * depth
        with pytest.raises(UnreadableSeal):
            read(write(SEAL).replace(b'"demo"', nested, 1))


@pytest.mark.parametrize("data", [b"{}\n", b"not json\n", b'[1,"v",null]\n', b'["k","v",2]\n'])
def test_a_line_is_a_key_a_version_and_a_digest(data: bytes) -> None:
    with pytest.raises(UnreadableSeal):
        read_lines(data)


def test_a_day_is_closed_two_hours_after_its_end() -> None:
    assert last_closed_day(datetime(2026, 11, 2, 1, 59, tzinfo=UTC)) == date(2026, 10, 31)
    assert last_closed_day(datetime(2026, 11, 2, 2, 0, tzinfo=UTC)) == DAY


@pytest.mark.parametrize(
    "name", ["", "2026-11", "20261101", "2026-W44-7", "2025-12-31", "2026-11-31", "images"]
)
def test_a_name_that_is_no_day(name: str) -> None:
    assert day_named(name) is None
    assert day_of(f"seals/{name}.jsonl") is None


def test_a_seal_has_one_key() -> None:
    assert day_of(key_of(DAY)) == DAY
    for key in (
        "2026-11-01",
        "seals/2026-11-01",
        "seals/seals/2026-11-01.jsonl",
        "2026-11-01.jsonl",
    ):
        assert day_of(key) is None
