"""The PACS's credential: its own long secret, as Basic or Bearer, and nothing else."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.drimbox.errors import NotAuthenticated
from functions.drimbox.identity.pacs_credential import digest_of, require_pacs

CREDENTIAL = "c" * 43
FORMER = "f" * 43
ACCEPTED = (digest_of(CREDENTIAL), digest_of(FORMER))


def basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


@pytest.mark.parametrize(
    "value",
    [
        basic("demo", CREDENTIAL),
        basic("demo", FORMER),
        f"Bearer {CREDENTIAL}",
        f"bearer {FORMER}",
        basic("demo", CREDENTIAL).replace("Basic", "BASIC"),
    ],
)
def test_its_credentials_are_taken_in_both_schemes(value: str) -> None:
    require_pacs([value], "demo", ACCEPTED)


@pytest.mark.parametrize(
    "values",
    [
        [],
        [""],
        ["Bearer"],
        [f"Bearer {CREDENTIAL}x"],
        [f"Bearer {ACCEPTED[0]}"],
        [f"Digest {CREDENTIAL}"],
        [basic("other", CREDENTIAL)],
        [basic("", CREDENTIAL)],
        [basic("demo", "short")],
        ["Basic ***"],
        ["Basic " + base64.b64encode(b"\xff\xfe:x").decode()],
        [f"Bearer {CREDENTIAL}", f"Bearer {CREDENTIAL}"],
        [f"Bearer {'x' * 2000}"],
    ],
)
def test_anything_else_is_refused(values: list[str]) -> None:
    with pytest.raises(NotAuthenticated) as raised:
        require_pacs(values, "demo", ACCEPTED)
    assert CREDENTIAL not in str(raised.value)


def test_without_a_credential_of_its_own_nobody_gets_in() -> None:
    for value in (f"Bearer {CREDENTIAL}", basic("demo", CREDENTIAL), "Bearer " + "0" * 64):
        with pytest.raises(NotAuthenticated):
            require_pacs([value], "demo", ())


@given(st.lists(st.text(), max_size=2))
def test_no_text_lets_in_or_breaks(values: list[str]) -> None:
    with pytest.raises(NotAuthenticated):
        require_pacs(values, "demo", ACCEPTED)
