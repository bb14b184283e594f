"""functions.drimbox.importing.local_patient: the identifier that a call names."""

from __future__ import annotations

from dataclasses import replace

import pytest

from functions.drimbox.importing.local_patient import LocalPatient, local_patient
from tests.drimbox.consultation.readers import CALL


@pytest.mark.parametrize(
    ("issuer", "namespace", "universal"),
    [
        ("CLINIQUE&1.2.250.1.71.4.2.9&ISO", "CLINIQUE", "1.2.250.1.71.4.2.9"),
        ("&1.2.250.1.71.4.2.9&ISO", "", "1.2.250.1.71.4.2.9"),
        ("CLINIQUE&&ISO", "CLINIQUE", ""),
        ("1.2.250.1.71.4.2.9", "", "1.2.250.1.71.4.2.9"),
        ("Clinique Médicale", "Clinique Médicale", ""),
    ],
)
def test_the_issuer_is_read_in_three_forms(issuer: str, namespace: str, universal: str) -> None:
    call = replace(CALL, local_id="IPP101", local_issuer=issuer)
    assert local_patient(call) == LocalPatient("IPP101", namespace, universal)


@pytest.mark.parametrize(
    ("identifier", "issuer"),
    [
        ("", "CLINIQUE"),
        ("IPPé", "CLINIQUE"),
        ("I" * 65, "CLINIQUE"),
        ("A\\B", "CLINIQUE"),
        ("IPP101", ""),
        ("IPP101", "&&ISO"),
        ("IPP101", "CLINIQUE&1.2.3"),
        ("IPP101", "CLINIQUE&clinique.example&DNS"),
        ("IPP101", "CLINIQUE&no oid&ISO"),
        ("IPP101", "C" * 65),
    ],
)
def test_nobody_guesses(identifier: str, issuer: str) -> None:
    call = replace(CALL, local_id=identifier, local_issuer=issuer)
    assert local_patient(call) is None


def test_no_value_is_shown() -> None:
    assert repr(LocalPatient("canary", "", "")) == "LocalPatient(…)"
