"""The names of XDS."""

from __future__ import annotations

from functions.drimbox.dmp.xds import study_reference
from functions.drimbox.oid import Uid


def test_a_study_is_referenced_by_its_uid_and_kind() -> None:
    assert study_reference(Uid("2.25.2")) == "2.25.2^^^^urn:ihe:iti:xds:2016:studyInstanceUID"
