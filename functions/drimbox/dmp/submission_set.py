"""The submission set of a request: submitter, content, patient (ITI TF-3 4.2.3.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

from lxml import etree

from functions.drimbox.dmp import xds
from functions.drimbox.dmp.ebrim import (
    Ids,
    author,
    classification,
    external_identifier,
    rim,
    slot,
    text,
)
from functions.drimbox.dmp.formats import DeviceAuthor, local_time, xon
from functions.drimbox.identity.parties import Code, Organisation

if TYPE_CHECKING:
    from datetime import datetime, tzinfo

    from functions.drimbox.oid import Oid, Uid
    from functions.drimbox.report.model import Report

SET_OBJECT: Final = "SubmissionSet01"
TITLE: Final = "Reference d'Objets d'un Examen d'Imagerie"
ACTIVITY_SYSTEM: Final = "1.2.250.1.213.2.2"

# PV1-2 -> contentTypeCode (CI-SIS transmission volet, JDV_J59). Any other gives "97".
CONTENT_TYPES: Final = {
    "I": Code("03", ACTIVITY_SYSTEM, "Hospitalisation"),
    "O": Code("07", ACTIVITY_SYSTEM, "Consultation"),
    "E": Code("07", ACTIVITY_SYSTEM, "Consultation"),
    "R": Code("19", ACTIVITY_SYSTEM, "Traitements et soins récurrents"),
    "N": Code("97", ACTIVITY_SYSTEM, "Autre activité"),
}


class SetFacts(Protocol):
    """The facts of a submission set. ``institution`` is the structure that submits: it must be that
    of the VIHF, or the DMP refuses. ``at`` (aware) is the submission time, written in ``zone``.
    """

    @property
    def report(self) -> Report: ...
    @property
    def institution(self) -> Organisation: ...
    @property
    def source_id(self) -> Oid: ...
    @property
    def submission_set_id(self) -> Uid: ...
    @property
    def device(self) -> DeviceAuthor: ...
    @property
    def at(self) -> datetime: ...
    @property
    def zone(self) -> tzinfo: ...


def content_type_code(patient_class: str) -> Code:
    """contentTypeCode of PV1-2; a class outside the official mapping counts as "N"."""
    return CONTENT_TYPES.get(patient_class, CONTENT_TYPES["N"])


def submission_set(objects: etree._Element, facts: SetFacts, description: str) -> None:
    """Append the RegistryPackage of one request to ``objects``."""
    root = etree.SubElement(objects, rim("RegistryPackage"), id=SET_OBJECT)
    slot(root, "submissionTime", (local_time(facts.at, facts.zone),))
    text(root, "Name", TITLE)
    text(root, "Description", description)
    ids = Ids(SET_OBJECT)
    author(root, ids, xds.SUBMISSION_AUTHOR, facts.device.xcn, xon(facts.institution))
    patient_class = facts.report.patient_class
    classification(root, ids, xds.CONTENT_TYPE_CODE, content_type_code(patient_class))
    etree.SubElement(
        root,
        rim("Classification"),
        classificationNode=xds.SUBMISSION_SET,
        classifiedObject=SET_OBJECT,
        id=ids.next(),
    )
    patient_id = facts.report.document.patient.ins.cx()
    for scheme, value, name in (
        (xds.SUBMISSION_PATIENT_ID, patient_id, "XDSSubmissionSet.patientId"),
        (xds.SUBMISSION_SOURCE_ID, facts.source_id, "XDSSubmissionSet.sourceId"),
        (xds.SUBMISSION_UNIQUE_ID, facts.submission_set_id, "XDSSubmissionSet.uniqueId"),
    ):
        external_identifier(root, ids, scheme, value, name)
