"""The exams of a patient, as the DMP's entries say them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.drimbox.consultation.find_exams import (
    FoundExams,
    describe,
    find_documents,
    find_exams,
)
from functions.drimbox.dmp import xds
from functions.drimbox.dmp.queries import DocumentQuery
from functions.drimbox.dmp.registry import DocumentEntry, DocumentList, ReferenceId
from functions.drimbox.errors import ConfigurationError, DmpRefused, DmpUnavailable, Forbidden, Held
from functions.drimbox.identity.health_professional import Activity, HealthProfessional
from functions.drimbox.identity.ins import Ins
from functions.drimbox.identity.parties import Code
from functions.drimbox.oid import Oid
from functions.drimbox.tenants.model import Structure
from tests.drimbox.consultation.readers import CALL
from tests.fakes.world import STRUCTURE, TENANT

PATIENT = Ins("279035121518989", Oid("1.2.250.1.213.1.4.10"))
QUERY = DocumentQuery(patient=PATIENT)
HERE = Activity(STRUCTURE, "Centre", "SA08", "10", "SM28")
PROFESSIONAL = HealthProfessional(
    "899700367909", "ARDOUIN", "Solène", "10", "SM28", "SA07", (HERE,)
)
CT = Code("CT", "1.2.840.10008.2.16.4", "Scanner")
HEAD = Code("774007", "2.16.840.1.113883.6.96", "Tête")
ACT = Code("24727-0", "2.16.840.1.113883.6.1", "CT Head")


def entry(**changes: Any) -> DocumentEntry:
    facts: dict[str, Any] = {
        "unique_id": "2.25.7",
        "entry_uuid": "urn:uuid:1",
        "sha1": "",
        "size": 1,
        "status": xds.APPROVED,
        "patient_id": "279035121518989^^^&1.2.250.1.213.1.4.10&ISO^NH",
        "mime_type": "application/dicom",
        "type_code": None,
        "event_codes": (ACT, CT, HEAD),
        "confidentiality_codes": (Code("N", "2.16.840.1.113883.5.25", "Normal"),),
        "reference_ids": (
            ReferenceId("ACN000001", "1.2.3", xds.ACCESSION),
            ReferenceId("1.2.3.4", "", xds.STUDY_INSTANCE_UID),
        ),
        "author_persons": (),
        "author_institutions": ("Centre Ambroise^^^^^&1.2.250.1.71.4.2.2&ISO^IDNST^^^1750803447",),
        "legal_authenticator": "899700367909^ARDOUIN^Solène^^^^^^&1.2.250.1.71.4.2.1&ISO^D^^^IDNPS",
        "creation_time": "20210108111700",
        "service_start_time": "20210108102500",
        "service_stop_time": "",
        "title": "IRM",
        "repository_unique_id": "1.2",
    }
    return DocumentEntry(**{**facts, **changes})


def test_an_exam_is_described_from_its_entry() -> None:
    found = entry()
    said = describe(found)
    assert said["study_instance_uid"] == "1.2.3.4"
    assert said["manifest_id"] == "2.25.7"
    assert said["date"] == "20210108102500"
    assert [one["code"] for one in said["modalities"]] == [one.code for one in found.modalities]
    assert [one["code"] for one in said["regions"]] == [one.code for one in found.regions]
    assert said["modalities"][0]["code"] == "CT"
    assert said["act"] == {"code": ACT.code, "system": ACT.system, "display": ACT.display}
    assert said["structure"] == {"name": "Centre Ambroise", "id": "1750803447"}
    assert said["author"] == {"id": "899700367909", "family": "ARDOUIN", "given": "Solène"}
    assert said["status"] == "Approved"
    assert said["confidentiality"] == ["N"]
    assert (said["accession_number"], said["accession_issuer"]) == ("ACN000001", "1.2.3")
    assert "279035121518989" not in str(said)


def test_attributes_that_an_entry_lacks_are_empty() -> None:
    bare = entry(
        event_codes=(),
        reference_ids=(),
        author_institutions=(),
        legal_authenticator="",
        service_start_time="",
    )
    said = describe(bare)
    assert said["act"] is said["structure"] is said["author"] is None
    assert said["modalities"] == said["regions"] == []
    assert said["study_instance_uid"] == said["accession_number"] == ""
    assert said["accession_issuer"] == ""
    assert said["date"] == "20210108111700"


@given(st.text(max_size=40), st.text(max_size=40))
def test_any_xon_and_xcn_are_described(institution: str, author: str) -> None:
    said = describe(entry(author_institutions=(institution,), legal_authenticator=author))
    assert said["structure"]["name"] == institution.partition("^")[0].strip()
    assert (said["author"] is None) == (author == "")


@dataclass
class Registry:
    """Answers ``found``, or fails with ``raises``."""

    found: tuple[DocumentEntry, ...] = ()
    raises: Exception | None = None
    asked: list[DocumentQuery] = field(default_factory=list)
    connected: list[tuple[Activity, Structure, Ins]] = field(default_factory=list)

    def connect(
        self, professional: HealthProfessional, activity: Activity, structure: Structure, ins: Ins
    ) -> Registry:
        assert professional.activities
        self.connected.append((activity, structure, ins))
        return self

    def find(self, query: DocumentQuery) -> tuple[DocumentEntry, ...]:
        self.asked.append(query)
        if self.raises is not None:
            raise self.raises
        return self.found

    def documents(self, query: DocumentQuery) -> DocumentList:
        return DocumentList(self.find(query), 2)


def test_the_dmp_is_asked_by_the_structure_of_the_activity() -> None:
    registry, audited = Registry((entry(),)), {"ins": "x"}
    found = find_exams(TENANT, PROFESSIONAL, QUERY, registry.connect, audited)
    assert found == FoundExams((describe(entry()),), contradicting=0, compared=False)
    assert registry.connected == [(HERE, TENANT.structures[0], PATIENT)]
    assert registry.asked == [QUERY]
    counts = {"count": "1", "contradicting": "0"}
    assert audited == {"ins": "x", "structure_id": STRUCTURE, **counts}


def test_exams_of_another_identity_are_counted_and_left_out() -> None:
    other = entry(unique_id="2.25.8", source_patient_info=("PID-5|DUPONT^JEAN^^^^^L",))
    same = entry(source_patient_info=("PID-5|PAT-TROIS^DOMINIQUE^^^^^L", "PID-8|F"))
    registry, audited = Registry((other, same)), dict[str, str]()
    found = find_exams(TENANT, PROFESSIONAL, QUERY, registry.connect, audited, patient=CALL)
    assert found == FoundExams((describe(same),), contradicting=1, compared=True)
    assert (audited["count"], audited["contradicting"]) == ("1", "1")
    assert "DUPONT" not in repr(found)
    unasked = find_exams(TENANT, PROFESSIONAL, QUERY, registry.connect, audited)
    assert (len(unasked.exams), unasked.compared) == (2, False)


def test_documents_are_asked_for_in_the_same_way() -> None:
    registry, audited = Registry((entry(),)), {"ins": "x"}
    found = find_documents(TENANT, PROFESSIONAL, QUERY, registry.connect, audited)
    assert found == DocumentList((entry(),), 2)
    assert registry.asked == [QUERY]
    assert audited == {"ins": "x", "structure_id": STRUCTURE}
    refusing = Registry(raises=DmpRefused(registry_codes=("XDSRegistryError",)))
    with pytest.raises(Forbidden) as raised:
        find_documents(TENANT, PROFESSIONAL, QUERY, refusing.connect, {})
    assert raised.value.code == "dmp_refused"


def test_a_professional_who_works_elsewhere_asks_nothing() -> None:
    registry, audited = Registry(), dict[str, str]()
    stranger = replace(PROFESSIONAL, activities=(replace(HERE, structure_id="1999999999"),))
    with pytest.raises(Forbidden):
        find_exams(TENANT, stranger, QUERY, registry.connect, audited)
    assert (registry.connected, audited) == ([], {})


def test_a_refusal_and_a_missing_certificate_are_told_apart() -> None:
    refusing = Registry(raises=DmpRefused(registry_codes=("XDSRegistryError",)))
    with pytest.raises(Forbidden) as raised:
        find_exams(TENANT, PROFESSIONAL, QUERY, refusing.connect, {})
    assert raised.value.code == "dmp_refused"
    with pytest.raises(DmpUnavailable):
        find_exams(TENANT, PROFESSIONAL, QUERY, Registry(raises=DmpUnavailable()).connect, {})

    def no_certificate(*_: object) -> Registry:
        raise Held("no_certificate", "detail")

    audited: dict[str, str] = {}
    with pytest.raises(ConfigurationError, match="detail"):
        find_exams(TENANT, PROFESSIONAL, QUERY, no_certificate, audited)
    assert audited == {"structure_id": STRUCTURE}
