"""functions.drimbox.reading.pixel_patient: whose the images are."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.drimbox.consultation.context import CallContext, WantedExams
from functions.drimbox.identity.ins import Ins
from functions.drimbox.oid import Oid
from functions.drimbox.reading.pixel_patient import (
    Identity,
    PixelPatient,
    compare,
    patient_of,
    told,
)

OID = "1.2.250.1.213.1.4.10"
CONTEXT = CallContext(
    ins=Ins("279035121518989", Oid(OID)),
    birth_family="PAT-TROIS",
    birth_given="DOMINIQUE",
    birth_date="19790327",
    sex="F",
    birth_place="63113",
    consent=True,
    situation="",
    wanted=WantedExams(),
)
OURS = frozenset({("279035121518989", OID)})
OTHER = frozenset({("248039263001064", OID)})


def header(**values: Any) -> dict[str, Any]:
    return {tag: {"vr": "XX", "Value": list(given)} for tag, given in values.items()}


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (PixelPatient(ins=OURS), Identity.AGREES),
        (PixelPatient(ins=OURS, birth_date="19790327", sex="F"), Identity.AGREES),
        (PixelPatient((("EPOUSE", "DOM"),), ins=OURS), Identity.AGREES),
        (PixelPatient(ins=OURS, birth_date="19790328"), Identity.DIFFERS),
        (PixelPatient(ins=OURS, sex="M"), Identity.DIFFERS),
        (PixelPatient((("PAT-TROIS", "DOMINIQUE"),), "19790327", "F", OTHER), Identity.DIFFERS),
        (PixelPatient((("Pat Trois", "Dominique"),), "19790327", "F"), Identity.AGREES),
        (PixelPatient((("ÉPOUSE", "Dominique Marie"),), "19790327", "O"), Identity.UNKNOWN),
        (
            PixelPatient((("ÉPOUSE", "Dominique"), ("PAT-TROIS", "")), "19790327"),
            Identity.AGREES,
        ),
        (PixelPatient((("PAT TROIS", ""),), "19790327"), Identity.UNKNOWN),
        (PixelPatient((("PAT-TROIS", "CAMILLE"),), "19790327", "F"), Identity.UNKNOWN),
        (PixelPatient((("PAT-TROIS", "DOMINIQUE"),), "19790328", "F"), Identity.DIFFERS),
        (PixelPatient((("PAT-TROIS", "DOMINIQUE"),), "19790327", "M"), Identity.DIFFERS),
        (PixelPatient((("AUTRE", "CAMILLE"),), "19790327", "F"), Identity.DIFFERS),
        (PixelPatient((("PAT-TROIS", "DOMINIQUE"),)), Identity.UNKNOWN),
        (PixelPatient((("PAT-TROIS", "DOMINIQUE"),), "19790000"), Identity.UNKNOWN),
        (PixelPatient(birth_date="19790327", sex="F"), Identity.UNKNOWN),
        (PixelPatient(), Identity.UNKNOWN),
    ],
)
def test_one_trait_that_differs_is_another_patient(found: PixelPatient, expected: Identity) -> None:
    assert compare(found, CONTEXT) is expected


def test_the_traits_are_read_from_the_header() -> None:
    issuer = header(**{"00400032": [OID]})
    own = header(**{"00100020": ["279035121518989"], "00100024": [issuer]})
    local = header(**{"00100020": ["IPP-1"], "00100024": [header(**{"00400032": ["1.2.3"]})]})
    found = patient_of(
        header(
            **{
                "00100010": [{"Alphabetic": "PAT-TROIS^DOMINIQUE"}, None, {"Ideographic": "x"}],
                "00101001": [{"Alphabetic": "NEE"}, {"Alphabetic": "^"}],
                "00100020": ["IPP-1"],
                "00100030": ["19790327"],
                "00100040": ["f "],
                "00101002": [own, local, "no item"],
            }
        )
    )
    assert found == PixelPatient((("PAT-TROIS", "DOMINIQUE"), ("NEE", "")), "19790327", "F", OURS)
    assert told(found) == {
        "name": "PAT-TROIS DOMINIQUE",
        "birth_date": "19790327",
        "sex": "F",
    }
    assert "PAT" not in repr(found)


def test_an_ins_may_be_the_images_own_identifier() -> None:
    issuer = header(**{"00400032": [OID]})
    found = patient_of(header(**{"00100020": ["279035121518989"], "00100024": [issuer, "x"]}))
    assert found.ins == OURS
    assert patient_of(header(**{"00100024": [issuer]})).ins == frozenset()


_JSON = st.recursive(
    st.none() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["Value", "Alphabetic", "00100020", "00100024", "00400032"]), inner
        )
    ),
    max_leaves=8,
)
_TAGS = ["00100010", "00100020", "00100024", "00100030", "00100040", "00101002"]


@given(st.dictionaries(st.sampled_from(_TAGS), _JSON))
def test_any_header_gives_a_verdict(given_header: dict[str, Any]) -> None:
    found = patient_of(given_header)
    assert compare(found, CONTEXT) in Identity
    assert set(told(found)) == {"name", "birth_date", "sex"}
