"""Names of XDS and ebRIM 3.0 that both the writer and the readers need (ITI TF-3 4.2, 4.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from functions.drimbox.oid import Uid

RIM: Final = "urn:oasis:names:tc:ebxml-regrep:xsd:rim:3.0"
RS: Final = "urn:oasis:names:tc:ebxml-regrep:xsd:rs:3.0"
LCM: Final = "urn:oasis:names:tc:ebxml-regrep:xsd:lcm:3.0"
QUERY: Final = "urn:oasis:names:tc:ebxml-regrep:xsd:query:3.0"
XDSB: Final = "urn:ihe:iti:xds-b:2007"
XML: Final = "http://www.w3.org/XML/1998/namespace"

STABLE_DOCUMENT: Final = "urn:uuid:7edca82f-054d-47f2-a032-9b2a5b5186c1"
APPROVED: Final = "urn:oasis:names:tc:ebxml-regrep:StatusType:Approved"
DEPRECATED: Final = "urn:oasis:names:tc:ebxml-regrep:StatusType:Deprecated"
# Statuses of the DMP (EX_3.1-1030): put away, and withdrawn by its author.
ARCHIVED: Final = "urn:asip:ci-sis:2010:StatusType:Archived"
DELETED: Final = "urn:asip:ci-sis:2010:StatusType:Deleted"
REFERENCE_IDS: Final = "urn:ihe:iti:xds:2013:referenceIdList"

# Classification schemes of a document entry (ITI TF-3 table 4.2.5.2-1).
AUTHOR: Final = "urn:uuid:93606bcf-9494-43ec-9b4e-a7748d1a838d"
CLASS_CODE: Final = "urn:uuid:41a5887f-8865-4c09-adf7-e362475b143a"
TYPE_CODE: Final = "urn:uuid:f0306f51-975f-434e-a61c-c59651d33983"
CONFIDENTIALITY_CODE: Final = "urn:uuid:f4f85eac-e6cb-4883-b524-f2705394840f"
FORMAT_CODE: Final = "urn:uuid:a09d5840-386c-46f2-b5ad-9c3699a4309d"
FACILITY_TYPE_CODE: Final = "urn:uuid:f33fb8ac-18af-42cc-ae0e-ed0b0bdb91e1"
PRACTICE_SETTING_CODE: Final = "urn:uuid:cccf5598-8b07-4b77-a05e-ae952c785ead"
EVENT_CODE: Final = "urn:uuid:2c6b8cb7-8b2a-4051-b291-b1ae6a575ef4"
# External identifiers of a document entry.
ENTRY_PATIENT_ID: Final = "urn:uuid:58a6f841-87b3-4a3e-92fd-a8ffeff98427"
ENTRY_UNIQUE_ID: Final = "urn:uuid:2e82c1f6-a085-4c72-9da3-8640a32e42ab"
# Submission set.
SUBMISSION_SET: Final = "urn:uuid:a54d6aa5-d40d-43f9-88c5-b4633d873bdd"
SUBMISSION_AUTHOR: Final = "urn:uuid:a7058bb9-b4e4-4307-ba5b-e3f0ab85e12d"
CONTENT_TYPE_CODE: Final = "urn:uuid:aa543740-bdda-424e-8c96-df4873be8500"
SUBMISSION_PATIENT_ID: Final = "urn:uuid:6b5aea1a-874d-4603-a4bc-96a0a7b38446"
SUBMISSION_SOURCE_ID: Final = "urn:uuid:554ac39e-e3fe-47fe-b233-965d2a147832"
SUBMISSION_UNIQUE_ID: Final = "urn:uuid:96fdda7c-d067-4183-912e-bf5ee74998a8"

HAS_MEMBER: Final = "urn:oasis:names:tc:ebxml-regrep:AssociationType:HasMember"
REPLACES: Final = "urn:ihe:iti:2007:AssociationType:RPLC"
UPDATE_STATUS: Final = "urn:ihe:iti:2010:AssociationType:UpdateAvailabilityStatus"
SIGNS: Final = "urn:ihe:iti:2007:AssociationType:signs"

# CXi.5 of the reference ids (ITI TF-3 table 4.2.3.1.7-2).
ACCESSION: Final = "urn:ihe:iti:xds:2013:accession"
ORDER: Final = "urn:ihe:iti:xds:2013:order"
STUDY_INSTANCE_UID: Final = "urn:ihe:iti:xds:2016:studyInstanceUID"

IMG_KOS: Final = "IMG-KOS"
TYPE_SYSTEM: Final = "1.2.250.1.213.1.1.4.12"
NORMAL: Final = "N"
CONFIDENTIALITY_SYSTEM: Final = "2.16.840.1.113883.5.25"
MASKING_SYSTEM: Final = "1.2.250.1.213.1.1.4.13"
LOINC: Final = "2.16.840.1.113883.6.1"
DCM: Final = "1.2.840.10008.2.16.4"
SNOMED: Final = "2.16.840.1.113883.6.96"
# Older entries name the value set where the newest name the code system: write one, read both.
MODALITY_VALUE_SET: Final = "1.2.250.1.213.1.1.5.618"
REGION_VALUE_SET: Final = "1.2.250.1.213.1.1.5.695"
CODE_SYSTEM_OF: Final = {MODALITY_VALUE_SET: DCM, REGION_VALUE_SET: SNOMED}


def study_reference(study_instance_uid: Uid) -> str:
    """The study as a CXi of referenceIdList."""
    return f"{study_instance_uid}^^^^{STUDY_INSTANCE_UID}"
