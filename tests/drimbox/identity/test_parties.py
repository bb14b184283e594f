"""functions.drimbox.identity.parties: persons never show in a log by accident."""

from __future__ import annotations

from functions.drimbox.identity.ins import Ins
from functions.drimbox.identity.parties import Identifier, Organisation, Patient, Professional
from functions.drimbox.oid import Oid


def test_no_repr_shows_a_person() -> None:
    patient = Patient(
        ins=Ins("285017500000130", Oid("1.2.250.1.213.1.4.10")),
        local_ids=(Identifier("1.2.3", "canary"),),
        birth_family="canary",
        birth_given="canary",
        birth_givens="canary",
        used_family="canary",
        used_given="canary",
        birth_date="19850101",
        sex="F",
        birth_place="75056",
    )
    doctor = Professional(
        "899000000001", "canary", "canary", organisation=Organisation("1", "site")
    )
    shown = f"{patient!r} {patient} {doctor!r} {doctor} {patient.local_ids!r} {[patient, doctor]}"
    assert "canary" not in shown
    assert "2850175" not in shown
    assert "899000000001" not in shown
    assert "19850101" not in shown
