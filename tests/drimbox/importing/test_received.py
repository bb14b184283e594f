"""functions.drimbox.importing.received: the traits that came, beside the call's."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from pydicom import Dataset

from functions.drimbox.images.dicom_json import data_set_json
from functions.drimbox.images.part10 import facts_of
from functions.drimbox.importing.received import Received, differing, of_image, of_manifest
from tests.drimbox.consultation.readers import CALL
from tests.drimbox.images.samples import instance
from tests.drimbox.reading.exam_scenes import TRAITS, manifest

OURS = (CALL.ins.value, str(CALL.ins.oid))
GOOD = Received("PAT-TROIS", "DOMINIQUE", "19790327", "F", frozenset({OURS}))


def image(**changes: Any) -> Received:
    data = instance(**{**TRAITS, **changes})
    return of_image(data_set_json(data, facts_of(data).dataset_offset))


def test_the_patient_of_an_image() -> None:
    found = image(IssuerOfPatientID="CHU")
    assert (found.family, found.given, found.identifier) == ("PAT-TROIS", "DOMINIQUE", "IPP-00471")
    assert found.issuer == "CHU"
    assert found.ins == frozenset()
    assert differing(found, CALL) == ()


def test_an_issuer_may_be_an_oid_alone() -> None:
    issuer = Dataset()
    issuer.UniversalEntityID, issuer.UniversalEntityIDType = "1.2.3", "ISO"
    assert image(IssuerOfPatientIDQualifiersSequence=[issuer]).issuer == "1.2.3"


def test_an_image_without_name_or_identifier() -> None:
    found = image(PatientName=None, PatientID=None)
    assert (found.family, found.given, found.identifier, found.issuer) == ("", "", "", "")
    assert differing(found, CALL) == ("name",)


def test_the_patient_of_a_manifest() -> None:
    data = manifest(
        birth_family="PAT-TROIS", birth_given="DOMINIQUE", birth_date="19790327", sex="F"
    )
    assert of_manifest(data) == replace(GOOD, identifier="", issuer="")
    assert repr(GOOD) == "Received(…)"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"family": "Pat Trois", "given": "Dominique Marie"}, ()),
        ({"family": "AUTRE"}, ("name",)),
        ({"given": "MARIE DOMINIQUE"}, ("name",)),
        ({"given": ""}, ("name",)),
        ({"birth_date": ""}, ("birth_date",)),
        ({"birth_date": "19790328"}, ("birth_date",)),
        ({"sex": "M"}, ("sex",)),
        ({"sex": ""}, ("sex",)),
        ({"ins": frozenset({("1", "2")})}, ("ins",)),
        ({"ins": frozenset()}, ()),
    ],
)
def test_every_trait_must_be_there_and_be_the_same(changes: Any, expected: Any) -> None:
    assert differing(replace(GOOD, **changes), CALL) == expected


def test_a_sex_that_nobody_determined() -> None:
    assert differing(replace(GOOD, sex="O"), replace(CALL, sex="U")) == ()
    assert differing(GOOD, replace(CALL, birth_given="")) == ("name",)
