"""functions.drimbox.enrolment.code: the one-time code, as it is shown, typed and kept."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.drimbox.enrolment.code import ALPHABET, LENGTH, Code, fresh_code, read_code
from functions.drimbox.errors import BadRequest


def counting(count: int) -> bytes:
    return bytes(range(count))


def test_a_code_is_shown_in_groups_and_read_again() -> None:
    code = fresh_code(counting)
    assert code.shown == "01234-56789-ABCDE-FGHJK-MNPQR"
    assert code.place == "01234"
    assert read_code(code.shown) == code


@pytest.mark.parametrize(
    "typed",
    [
        "01234-56789-abcde-fghjk-mnpqr",
        " 0123456789ABCDEFGHJKMNPQR ",
        "OI234 56789 ABCDE FGHJK MNPQR",
        "ol234-56789-ABCDE-FGHJK-MNPQR",
    ],
)
def test_it_is_read_as_people_type_it(typed: str) -> None:
    assert read_code(typed) == fresh_code(counting)


@pytest.mark.parametrize(
    "typed", ["", "0" * 24, "0" * 26, "U" * 25, "é" * 25, "0" * 25 + " " * 40, 25, None, ["0" * 25]]
)
def test_anything_else_is_none(typed: object) -> None:
    with pytest.raises(BadRequest, match="/code"):
        read_code(typed)


@given(st.binary(min_size=LENGTH, max_size=LENGTH))
def test_every_character_is_of_the_alphabet_and_of_five_bits(random: bytes) -> None:
    code = fresh_code(lambda _: random)
    assert set(code.whole) <= set(ALPHABET)
    assert len(ALPHABET) == 32
    assert read_code(code.shown) == code


def test_the_kept_hash_is_of_one_tenant_and_tells_nothing() -> None:
    code = fresh_code(counting)
    kept = code.digest("demo")
    assert code.is_kept_as(kept, "demo")
    assert not code.is_kept_as(kept, "other")
    assert not Code("0" * LENGTH).is_kept_as(kept, "demo")
    assert code.whole not in repr(code) + kept
