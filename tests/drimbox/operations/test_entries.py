"""A publication that nobody knows is absent."""

from __future__ import annotations

import pytest

from functions.drimbox.errors import Absent
from functions.drimbox.operations.entries import entry_of
from tests.drimbox.operations.conftest import Reported


def test_a_publication_is_found_by_its_identifier_alone(held: Reported) -> None:
    site = held.world.at_rest
    assert entry_of(site, held.id).message_id == held.id
    with pytest.raises(Absent):
        entry_of(site, "0" * 32)
