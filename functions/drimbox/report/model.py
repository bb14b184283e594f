"""The values of a report that was read, as the rest of the library uses them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from datetime import datetime

    from functions.drimbox.identity.parties import (
        Code,
        Identifier,
        Interval,
        Organisation,
        Patient,
        Professional,
    )
    from functions.drimbox.oid import Uid
    from functions.drimbox.report.requested_action import Action


@frozen
class MessageHeader:
    """MSH, read before anything else. ``event`` is MSH-9 as three components, empty when absent.

    ``encoding`` is the Python codec that MSH-18 names; ``separators`` are MSH-1 and MSH-2.
    """

    separators: str
    sending_application: str
    sending_facility: str
    receiving_application: str
    receiving_facility: str
    event: tuple[str, str, str]
    control_id: str
    processing_id: str
    version: str
    encoding: str


@frozen
class Visibility:
    """The MetaDMPMSS flags 1 to 6 (CISIS_CDA_HL7_V2). None has a default: all are required."""

    masked_to_professionals: bool
    invisible_to_patient: bool
    invisible_to_representatives: bool
    secret_connection: bool
    confidentiality_change_only: bool
    to_dmp: bool


@frozen
class Order:
    """One inFulfillmentOf/order: the placer's number and the accession number, both with roots."""

    placer: Identifier
    accession: Identifier


@frozen
class Exam:
    """One study of the report: one per (documentationOf, study UID)."""

    study_instance_uid: Uid
    act: Code
    procedures: tuple[Code, ...]
    modalities: tuple[Code, ...]
    regions: tuple[Code, ...]
    period: Interval
    performer: Professional | None


@frozen
class ClinicalDocument:
    """The header of the CDA. ``confidentiality`` is N, R or V.

    ``validated_at`` is the legal authenticator's time, None where it is not readable: nothing that
    is published depends on it.
    """

    id: Identifier
    set_id: Identifier | None
    version: int
    replaces: Identifier | None
    code: Code
    title: str
    effective_time: datetime
    confidentiality: str
    patient: Patient
    author: Professional
    legal_authenticator: Professional
    custodian: Organisation | None
    orders: tuple[Order, ...]
    exams: tuple[Exam, ...]
    facility_type: Code | None
    validated_at: datetime | None = None

    def __repr__(self) -> str:
        return f"ClinicalDocument(version={self.version}, {len(self.exams)} exams)"


@frozen
class Report:
    """A whole message. ``cda_sha256`` (hex) identifies the document's exact bytes.

    ``sender`` is the PRT ``SB`` participation when the message has one; ``patient_class`` is
    PV1-2 (I, O, E…), "" when absent.
    """

    header: MessageHeader
    action: Action
    document: ClinicalDocument
    visibility: Visibility
    patient_class: str
    sender: Professional | None
    cda: bytes
    cda_sha256: str

    def __repr__(self) -> str:
        return f"Report({self.action.value}, {self.document!r})"
