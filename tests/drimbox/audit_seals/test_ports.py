"""Versions have one place each, and one order."""

from __future__ import annotations

from datetime import UTC, datetime

from functions.drimbox.audit_seals.ports import Version

AT = datetime(2026, 11, 1, tzinfo=UTC)


def test_the_place_of_a_version_is_its_key_and_its_identifier() -> None:
    found = [Version("b", "1", AT), Version("a", "2", AT), Version("a", "1", AT, is_marker=True)]
    assert sorted(one.place for one in found) == [("a", "1"), ("a", "2"), ("b", "1")]
