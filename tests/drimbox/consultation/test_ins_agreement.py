"""The digits of a NIR beside the traits of the call: doubts that are told."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import pytest

from functions.drimbox.consultation.ins_agreement import doubts
from functions.drimbox.identity.ins import Ins
from functions.drimbox.oid import Oid
from tests.drimbox.consultation.readers import CALL


def ins(start: str) -> Ins:
    """An INS that begins so, with its key."""
    digits = f"{start:0<13}"
    return Ins(f"{digits}{97 - int(digits) % 97:02}", Oid("1.2.250.1.213.1.4.10"))


WOMAN: Final = "27903"
MAN: Final = "10112"


@pytest.mark.parametrize(
    ("start", "sex", "birth_date", "told"),
    [
        (WOMAN, "F", "19790327", ()),
        (MAN, "M", "20011231", ()),
        (WOMAN, "M", "20010101", ("sex", "birth_date")),
        (WOMAN, "M", "19790327", ("sex",)),
        (WOMAN, "F", "19800327", ("birth_date",)),
        (WOMAN, "F", "19790427", ("birth_date",)),
        # An unknown month, a partial date, a sex that says nothing.
        ("27920", "F", "19790427", ()),
        ("27999", "F", "19800427", ("birth_date",)),
        (WOMAN, "F", "1980", ()),
        (WOMAN, "U", "19790327", ()),
        (WOMAN, "O", "19790327", ()),
        # Provisional numbers tell the sex alone; others tell nothing.
        ("79903", "M", "19790327", ()),
        ("89903", "M", "19790327", ("sex",)),
        ("39903", "F", "19790327", ("sex",)),
        ("49903", "F", "19790327", ()),
        ("59903", "F", "19790327", ()),
    ],
)
def test_doubts(start: str, sex: str, birth_date: str, told: tuple[str, ...]) -> None:
    assert doubts(replace(CALL, ins=ins(start), sex=sex, birth_date=birth_date)) == told
