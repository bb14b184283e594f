"""Each parameter's forms: those that are read, and the refusal of every other."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.drimbox.consultation.call_parameters import BY_NAME, PARAMETERS, Parameter
from tests.drimbox.consultation.samples import FORMER, MANDATORY, OPTIONAL, WHOLE

CONSENT = "InformationEtConsentement"


def test_the_names_are_those_of_the_specification() -> None:
    assert {one.name for one in PARAMETERS if one.mandatory} == {*MANDATORY, FORMER}
    assert {one.name for one in PARAMETERS if not one.mandatory} == set(OPTIONAL)


@pytest.mark.parametrize(
    ("name", "value", "read"),
    [
        ("Patient.birthDate", "19790327", "19790327"),
        ("Patient.birthDate", "1979-03-27", "19790327"),
        ("Patient.birthDate", "0979-03-27", "09790327"),
        ("Patient.gender", "male", "M"),
        ("Patient.gender", "F", "F"),
        ("Patient.gender", "Other", "O"),
        ("Patient.gender", "unknown", "U"),
        ("Patient.gender", "I", "U"),
        ("Address.district", "2A004", "2A004"),
        ("Address.district", "99109", "99109"),
        (CONSENT, "true", True),
        (CONSENT, "Oui", True),
        (CONSENT, "1", True),
        (CONSENT, "no", False),
        (CONSENT, "FALSE", False),
        (FORMER, "oui", True),
        (FORMER, "0", False),
        ("StudyDate", "2025-02-28", (date(2025, 2, 28), date(2025, 2, 28))),
        ("StudyDate", "20250228", (date(2025, 2, 28), date(2025, 2, 28))),
        ("StudyDate", "20250228-", (date(2025, 2, 28), None)),
        ("StudyDate", "-20250228", (None, date(2025, 2, 28))),
        ("StudyDate", "20250228-20250228", (date(2025, 2, 28), date(2025, 2, 28))),
        ("AnatomicRegion", "Thorax", "Thorax"),
        ("PatientID", "é/7 8", "é/7 8"),
    ],
)
def test_a_value_is_read(name: str, value: str, read: Any) -> None:
    assert BY_NAME[name].read(value) == read


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Patient.identifier.value", "279035121518988"),
        ("Patient.identifier.value", "27903512151898"),
        ("Patient.identifier.value", "279035121518989\n"),
        ("Patient.identifier.value", "２79035121518989"),
        ("Patient.identifier.system", "1.2.250.1.213.1.4.2"),
        ("Patient.identifier.system", "urn:oid:1.2.250.1.213.1.4.8"),
        ("Patient.name.family", "ESSAI^ANNE"),
        ("Patient.name.given", "ANNE&MARIE"),
        ("Patient.name.given", "ANNE=MARIE"),
        ("Patient.gender", "femme"),
        ("Patient.gender", "2"),
        ("Patient.gender", "MF"),
        ("Patient.birthDate", "27/03/1979"),
        ("Patient.birthDate", "1979"),
        ("Patient.birthDate", "1979-03"),
        ("Patient.birthDate", "1979-0327"),
        ("Patient.birthDate", "1979-02-29"),
        ("Patient.birthDate", "0000-01-01"),
        ("Patient.birthDate", "１9790327"),
        ("Address.district", "Clermont-Ferrand"),
        ("Address.district", "2a004"),
        ("Address.district", "6311"),
        (CONSENT, "peut-être"),
        (CONSENT, "opposition"),
        (FORMER, "2"),
        ("PatientID", "4711^^^AMBROISE"),
        ("Situation", "1 750803447"),
        ("Situation", "12345678"),
        ("StudyInstanceUID", "1.2.03"),
        ("StudyInstanceUID", "1.2.3\\1.2.4"),
        ("StudyInstanceUID", "1." + "2" * 63),
        ("Modality", "ct"),
        ("Modality", "CT\\MR"),
        ("AccessionNumber", "A|B"),
        ("StudyDate", "-"),
        ("StudyDate", "20250228-20250227"),
        ("StudyDate", "20250230-20250301"),
        ("StudyDate", "2025-02-28-2025-03-01"),
        ("StudyDate", "hier"),
        ("AnatomicRegion", "Thorax^^1.2"),
    ],
)
def test_another_form_is_refused(name: str, value: str) -> None:
    with pytest.raises((ValueError, KeyError)):
        BY_NAME[name].read(value)


@pytest.mark.parametrize("one", PARAMETERS, ids=lambda one: one.name)
def test_the_sample_fits(one: Parameter) -> None:
    sample = WHOLE.get(one.name, "true")
    assert len(sample) <= one.longest
    one.read(sample)


@given(st.sampled_from(PARAMETERS), st.text(max_size=20))
def test_any_value_is_read_or_refused(one: Parameter, value: str) -> None:
    """No other error leaves a reader, and a yes is never read from another word."""
    try:
        read = one.read(value)
    except (ValueError, KeyError):
        return
    if one.field == "consent" and read:
        assert value.lower() in {"true", "1", "oui", "yes", "o", "y"}
