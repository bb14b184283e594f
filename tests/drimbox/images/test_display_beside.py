"""Objects beside the images: documents and states by their class, the strange ones with a code."""

from __future__ import annotations

import pytest

from functions.drimbox.images.display_beside import beside
from tests.drimbox.images.state_scenes import attributes, state

STORAGE = "1.2.840.10008.5.1.4.1.1."


@pytest.mark.parametrize(
    ("suffix", "kind", "why"),
    [
        ("88.33", "document", "content"),
        ("104.1", "document", "document"),
        ("11.4", "state", "state_class"),
    ],
)
def test_an_object_that_is_not_understood_has_a_code(suffix: str, kind: str, why: str) -> None:
    assert beside(STORAGE + suffix, {}, b"", 0) == {kind: {"why": why}}


def test_a_state_is_one_and_other_classes_are_none() -> None:
    found = beside(STORAGE + "11.1", attributes(state()), b"", 0)
    assert found is not None
    assert found["state"]["label"] == "NODULE"
    for suffix in ("104.2", "88.1", "9.1.1", "7"):
        assert beside(STORAGE + suffix, {}, b"", 0) is None
