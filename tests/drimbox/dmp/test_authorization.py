"""TD0.3: one status says that the authorisation stands; nothing else does."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.drimbox.dmp.authorization import ADD, read
from functions.drimbox.dmp.soap import AnswerUnreadable
from functions.drimbox.errors import DmpRefused
from functions.drimbox.safe_xml import parse
from tests.drimbox.dmp.records import authorization


def test_the_request_adds_and_gives_no_role() -> None:
    asked = parse(ADD.encode())
    assert asked.tag == "{urn:si-dmp-habilitations}setAuthorization"
    assert [(one.tag, one.text) for one in asked] == [("{urn:si-dmp-habilitations}action", "AJOUT")]


def test_the_one_good_status_passes() -> None:
    read(parse(authorization().encode()))
    read(parse(authorization(" DMPOk\n").encode()))


@pytest.mark.parametrize(
    "text",
    [
        authorization(None),
        authorization(""),
        authorization().replace("</output>", "<status>DMPOk</status></output>"),
        authorization().replace("setAuthorizationResponse", "setAuthorization"),
        authorization().replace("output", "other"),
    ],
)
def test_an_answer_without_one_status_is_unreadable(text: str) -> None:
    with pytest.raises(AnswerUnreadable):
        read(parse(text.encode()))


@given(status=st.text(st.characters(codec="ascii", exclude_characters="<&"), max_size=40))
def test_any_other_status_is_a_refusal_without_free_text(status: str) -> None:
    told = "".join(char for char in status if char.isprintable())
    if told.strip() in {"", "DMPOk"}:
        return
    with pytest.raises(DmpRefused) as caught:
        read(parse(authorization(told).encode()))
    [code] = caught.value.registry_codes
    assert code in {told.strip(), "unreadable_code"}
    assert " " not in code
