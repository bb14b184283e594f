"""The DMP's entries of a study: ours by its UID, one active at most, and nobody else's."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from functions.drimbox.errors import (
    Held,
)
from functions.drimbox.oid import Uid
from functions.drimbox.publication.registry_entries import active_entry
from tests.drimbox.publication.steps.scenes import Registry


def test_several_active_entries_of_one_manifest_are_for_a_human() -> None:
    entry = SimpleNamespace(unique_id="2.25.1", is_approved=True, entry_uuid="urn:uuid:1")
    other = SimpleNamespace(unique_id="2.25.2", is_approved=True, entry_uuid="urn:uuid:2")
    assert active_entry(Registry((entry, other)), Uid("2.25.1")) == "urn:uuid:1"
    with pytest.raises(Held) as raised:
        active_entry(Registry((entry, entry)), Uid("2.25.1"))
    assert raised.value.code == "different_document_in_dmp"
