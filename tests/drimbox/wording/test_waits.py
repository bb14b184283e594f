"""functions.drimbox.wording.waits: each thing that a publication waits for has its words."""

from __future__ import annotations

import pytest

from functions.drimbox.publication.waiting.wait import _LONGEST
from functions.drimbox.wording.waits import _IDENTITY, _WAITS, waiting_for


@pytest.mark.parametrize("kind", ["dmp", "pacs", *_LONGEST])
def test_each_kind_of_thing_has_its_own_words(kind: str) -> None:
    assert waiting_for(kind) is _WAITS[kind]


def test_any_other_circuit_is_that_of_a_structure() -> None:
    assert waiting_for("dmp/1750000001") is _IDENTITY
