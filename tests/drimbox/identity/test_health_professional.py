"""functions.drimbox.identity.health_professional: a professional who shows in no log."""

from __future__ import annotations

from functions.drimbox.identity.health_professional import Activity, HealthProfessional


def test_a_professional_does_not_show_in_a_log() -> None:
    activity = Activity("1750000018", "Cabinet VERNIER", "SA01", "10", "SM44")
    someone = HealthProfessional(
        "899900000000", "VERNIER", "Anne", "10", "SM44", "SA01", (activity,)
    )
    assert repr(someone) == "HealthProfessional(…)"
