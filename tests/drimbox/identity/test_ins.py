"""functions.drimbox.identity.ins: the key, the kinds, the written forms."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from functions.drimbox.identity.ins import INS_KINDS, Ins, is_ins_oid, may_be_ins
from functions.drimbox.oid import Oid

NIR_TEST = Oid("1.2.250.1.213.1.4.10")
NIA = Oid("1.2.250.1.213.1.4.9")


def keyed(body: str) -> str:
    """``body`` (13 characters) with its key, worked out as INSEE defines it for Corsica:
    the letter counts as 0 and 1 000 000 (2A) or 2 000 000 (2B) is taken off."""
    taken = {"A": 1_000_000, "B": 2_000_000}.get(body[6], 0)
    number = int(body.replace("A", "0").replace("B", "0")) - taken
    return f"{body}{97 - number % 97:02d}"


BODIES = st.from_regex(r"[1-9][0-9]{12}", fullmatch=True) | st.from_regex(
    r"[1-9][0-9]{4}2[AB][0-9]{6}", fullmatch=True
)


@given(BODIES)
def test_a_right_key_is_accepted(body: str) -> None:
    assert Ins(keyed(body), NIR_TEST).value == keyed(body)


@given(BODIES, st.integers(1, 97))
def test_any_other_key_is_refused(body: str, key: int) -> None:
    wrong = f"{body}{key:02d}"
    assume(wrong != keyed(body))
    with pytest.raises(ValueError, match="key") as caught:
        Ins(wrong, NIR_TEST)
    assert body not in str(caught.value)


@pytest.mark.parametrize(
    "value",
    [
        "",
        "0" * 15,
        "1" * 14,
        "1" * 16,
        keyed("1" * 13) + "\n",
        " " + keyed("1" * 13),
        "1111112C1111197",
        "１" * 15,
    ],
)
def test_other_forms_are_refused(value: str) -> None:
    with pytest.raises(ValueError, match="15 characters"):
        Ins(value, NIR_TEST)


@pytest.mark.parametrize("letters", ["1A", "3B", "0A"])
def test_letters_are_for_corsica_only(letters: str) -> None:
    with pytest.raises(ValueError, match="key"):
        Ins(f"11111{letters}11111101", NIR_TEST)


@given(st.text(max_size=20))
def test_any_text_is_an_ins_or_a_value_error(text: str) -> None:
    try:
        found = Ins(text, NIR_TEST)
    except ValueError:
        return
    assert len(found.value) == 15


def test_kinds() -> None:
    assert all(is_ins_oid(oid) for oid in INS_KINDS)
    assert not is_ins_oid("1.2.250.1.213.1.4")
    with pytest.raises(ValueError, match="OID"):
        Ins(keyed("1" * 13), Oid("1.2.250.1.71.4.2.1"))


def test_written_forms() -> None:
    value = keyed("2850175000001")
    assert Ins(value, NIR_TEST).cx() == f"{value}^^^&1.2.250.1.213.1.4.10&ISO^NH"
    assert Ins(value, NIR_TEST).cx("INS") == f"{value}^^^&1.2.250.1.213.1.4.10&ISO^INS"
    assert Ins(value, NIR_TEST).issuer == "ASIP-SANTE-INS-NIR"
    assert Ins(value, NIA).issuer == "ASIP-SANTE-INS-NIA"
    assert repr(Ins(value, NIA)) == str(Ins(value, NIA)) == "Ins(…)"


@pytest.mark.parametrize("number", [1, 3, 5, 12, 15, 99, "", "8.1"])
def test_an_unknown_oid_of_the_national_arc_may_be_an_ins(number: object) -> None:
    assert may_be_ins(f"1.2.250.1.213.1.4.{number}")


@pytest.mark.parametrize("oid", [*INS_KINDS, "1.2.3", ""])
def test_a_known_kind_and_another_arc_leave_no_doubt(oid: str) -> None:
    assert not may_be_ins(oid)


@pytest.mark.parametrize("number", [2, 6, 7, 13, 14])
def test_a_retired_or_social_security_number_is_no_ins(number: int) -> None:
    oid = f"1.2.250.1.213.1.4.{number}"
    assert not may_be_ins(oid)
    assert not is_ins_oid(oid)
