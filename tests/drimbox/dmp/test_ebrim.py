"""ebRIM's elements: unique ids, values that fit or are refused."""

from __future__ import annotations

import dataclasses

import pytest

from functions.drimbox.dmp import metadata
from functions.drimbox.errors import Held
from tests.drimbox.dmp import samples
from tests.drimbox.dmp.elements import (
    build,
)


def test_ids_are_unique_and_bytes_repeat() -> None:
    found = [e.get("id") for e in build().iter() if e.get("id")]
    assert len(found) == len(set(found)) > 30
    facts = samples.submission_facts()
    assert metadata.build(facts) == metadata.build(facts)


def test_an_identifier_that_cannot_fit_is_held_and_not_cut() -> None:
    institution = dataclasses.replace(samples.INSTITUTION, structure_id="1" * 260)
    with pytest.raises(Held, match="incomplete_report"):
        build(institution=institution)
