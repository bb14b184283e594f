"""ITI-57: the request that withdraws a document."""

from __future__ import annotations

import pytest
from lxml import etree

from functions.drimbox.dmp import withdrawal, xds
from functions.drimbox.dmp.withdrawal import WithdrawalFacts
from functions.drimbox.safe_xml import parse
from tests.drimbox.dmp import judges, samples

NS = {"rim": xds.RIM}
ENTRY = "urn:uuid:8f6e0e0e-7a0a-4a31-9b0e-6f1f0a4f5d11"


def facts() -> WithdrawalFacts:
    submitted = samples.submission_facts()
    return WithdrawalFacts(
        report=submitted.report,
        institution=submitted.institution,
        source_id=submitted.source_id,
        submission_set_id=submitted.submission_set_id,
        device=submitted.device,
        at=submitted.at,
        zone=submitted.zone,
        entry_uuid=ENTRY,
    )


def slots(element: etree._Element) -> dict[str, list[str | None]]:
    return {
        slot.get("name", ""): [value.text for value in slot.iterfind(".//rim:Value", NS)]
        for slot in element.iterfind("rim:Slot", NS)
    }


def test_the_status_of_the_entry_goes_from_approved_to_deleted() -> None:
    root = parse(withdrawal.build(facts()))
    (association,) = root.findall(".//rim:Association", NS)
    assert association.get("associationType") == xds.UPDATE_STATUS
    assert association.get("sourceObject") == "SubmissionSet01"
    assert association.get("targetObject") == ENTRY
    assert slots(association) == {
        "OriginalStatus": ["urn:oasis:names:tc:ebxml-regrep:StatusType:Approved"],
        "NewStatus": ["urn:asip:ci-sis:2010:StatusType:Deleted"],
    }


def test_the_set_is_that_of_a_publication_and_holds_no_document() -> None:
    root = parse(withdrawal.build(facts()))
    (package,) = root.findall(".//rim:RegistryPackage", NS)
    identifiers = {
        found.get("identificationScheme"): found.get("value")
        for found in package.iterfind("rim:ExternalIdentifier", NS)
    }
    submitted = samples.submission_facts()
    assert identifiers == {
        xds.SUBMISSION_PATIENT_ID: submitted.report.document.patient.ins.cx(),
        xds.SUBMISSION_SOURCE_ID: submitted.source_id,
        xds.SUBMISSION_UNIQUE_ID: submitted.submission_set_id,
    }
    assert not root.findall(".//rim:ExtrinsicObject", NS)
    assert len(list(root[0])) == 2


def test_the_same_facts_give_the_same_bytes() -> None:
    assert withdrawal.build(facts()) == withdrawal.build(facts())
    assert samples.INS.value not in repr(facts())


@pytest.mark.skipif(not judges.SCHEMAS.exists(), reason="the NIST schemas are not at hand")
def test_it_is_valid_against_the_schemas() -> None:
    schema = etree.XMLSchema(etree.parse(str(judges.SCHEMAS / "xds" / "lcm.xsd")))
    schema.assertValid(parse(withdrawal.build(facts())))
