"""Persons, organisations and times as XDS writes them: no value forges a component."""

from __future__ import annotations

import dataclasses

from hypothesis import given
from hypothesis import strategies as st

from functions.drimbox.dmp import registry, xds
from functions.drimbox.identity.parties import (
    Identifier,
)
from tests.drimbox.dmp import samples
from tests.drimbox.dmp.elements import (
    build,
    part,
    slots,
)


def test_a_long_name_is_cut_and_the_identifier_is_not() -> None:
    institution = dataclasses.replace(samples.INSTITUTION, name="&" * 400)
    root = build(institution=institution)
    author = part(root, "DocumentKOS").find(f"*[@classificationScheme='{xds.AUTHOR}']")
    assert author is not None
    value = slots(author)["authorInstitution"][0]
    assert 250 <= len(value) <= 256
    assert value.endswith("^^^^^&1.2.250.1.71.4.2.2&ISO^IDNST^^^1750803447")


NAMES = st.text(st.characters(min_codepoint=0x20, max_codepoint=0xD7FF), max_size=40)


@given(family=NAMES, extension=NAMES)
def test_no_value_can_forge_a_component(family: str, extension: str) -> None:
    patient = dataclasses.replace(samples.PATIENT, birth_family=family)
    order = dataclasses.replace(samples.ORDER, accession=Identifier("1.2.3", extension))
    found = part(build(report=samples.report(patient=patient), order=order), "DocumentKOS")
    name = slots(found)["sourcePatientInfo"][0]
    assert name.count("^") == 6
    assert name.count("|") == 1
    first = registry.read_reference_id(slots(found)[xds.REFERENCE_IDS][0])
    wanted = ("1.2.3", xds.ACCESSION) if extension else ("", xds.STUDY_INSTANCE_UID)
    assert (first.authority, first.kind) == wanted
