"""The document entries of a history, as a registry gives them (ITI TF-3 4.2.3, CI-SIS)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from xml.sax.saxutils import escape, quoteattr

from simulators.history.plan import Exam, State
from simulators.ris.cases import Traits

_RIM: Final = "urn:oasis:names:tc:ebxml-regrep:xsd:rim:3.0"
_STABLE: Final = "urn:uuid:7edca82f-054d-47f2-a032-9b2a5b5186c1"
_STATUS: Final = {
    "Approved": "urn:oasis:names:tc:ebxml-regrep:StatusType:Approved",
    "Deprecated": "urn:oasis:names:tc:ebxml-regrep:StatusType:Deprecated",
    "Archived": "urn:asip:ci-sis:2010:StatusType:Archived",
}
_MASKS: Final = {
    "MASQUE_PS": "Masqué aux professionnels de santé",
    "INVISIBLE_PATIENT": "Non visible par le patient",
    "INVISIBLE_REPRESENTANTS_LEGAUX": "Non visible par les représentants légaux du patient",
}
_IHE_FORMATS: Final = "1.3.6.1.4.1.19376.1.2.3"


@dataclass(frozen=True, slots=True)
class Kind:
    """The values that all entries of one kind of document share: (code, scheme, label) each."""

    mime_type: str
    class_code: tuple[str, str, str]
    type_code: tuple[str, str, str]
    format_code: tuple[str, str, str]


MANIFEST: Final = Kind(
    "application/dicom",
    ("31", "1.2.250.1.213.1.1.4.1", "Imagerie médicale"),
    ("IMG-KOS", "1.2.250.1.213.1.1.4.12", "Référence d'objets d'un examen d'imagerie"),
    (
        "1.2.840.10008.5.1.4.1.1.88.59",
        "1.2.840.10008.2.6.1",
        "Document de références d'objets d'imagerie",
    ),
)
_REPORT_CLASS: Final = ("10", "1.2.250.1.213.1.1.4.1", "Comptes rendus")
_REPORT_TYPE: Final = ("18748-4", "2.16.840.1.113883.6.1", "CR d'imagerie médicale")
PDF_REPORT: Final = Kind(
    "text/xml",
    _REPORT_CLASS,
    _REPORT_TYPE,
    ("urn:ihe:iti:xds-sd:pdf:2008", _IHE_FORMATS, "Document à corps non structuré en PDF/A-1"),
)
TEXT_REPORT: Final = Kind(
    "text/xml",
    _REPORT_CLASS,
    _REPORT_TYPE,
    (
        "urn:ihe:rad:CDA:ImagingReportStructuredHeadings:2013",
        _IHE_FORMATS,
        "Compte rendu d'imagerie structuré",
    ),
)


@dataclass(frozen=True, slots=True)
class Facts:
    """The facts of one document in its entry. ``uuid`` is the entryUUID, ``exams`` are all of one
    site; ``created`` is aware.
    """

    kind: Kind
    uuid: str
    unique_id: str
    title: str
    created: datetime
    state: State
    masking: Sequence[str]
    exams: Sequence[Exam]


def entry(facts: Facts, ins: str, ins_oid: str, ipp: str, traits: Traits) -> str:
    """The rim:ExtrinsicObject, in the order of rim.xsd. The registry adds hash, size and its own
    identifier.
    """
    exam = facts.exams[0]
    parts = [
        *_slots(facts, ipp, traits),
        f"<Name><LocalizedString value={quoteattr(facts.title)}/></Name>",
        '<VersionInfo versionName="1"/>',
        *(
            _classification(facts.uuid, number, *one)
            for number, one in enumerate(_codes(facts, exam))
        ),
        _author(facts.uuid, exam),
        _identifier(
            facts.uuid,
            "urn:uuid:58a6f841-87b3-4a3e-92fd-a8ffeff98427",
            f"{ins}^^^&{ins_oid}&ISO^NH",
            "XDSDocumentEntry.patientId",
        ),
        _identifier(
            facts.uuid,
            "urn:uuid:2e82c1f6-a085-4c72-9da3-8640a32e42ab",
            facts.unique_id,
            "XDSDocumentEntry.uniqueId",
        ),
    ]
    return (
        f'<ExtrinsicObject xmlns="{_RIM}" id="{facts.uuid}" lid="{facts.uuid}" '
        f'mimeType="{facts.kind.mime_type}" objectType="{_STABLE}" status="{_STATUS[facts.state]}">'
        f"{''.join(parts)}</ExtrinsicObject>"
    )


def _slots(facts: Facts, ipp: str, traits: Traits) -> Iterator[str]:
    exam = facts.exams[0]
    yield _slot("creationTime", f"{facts.created:%Y%m%d%H%M%S}")
    yield _slot("languageCode", "fr-FR")
    yield _slot("legalAuthenticator", _xcn(exam))
    yield _slot("serviceStartTime", f"{exam.started:%Y%m%d%H%M%S}")
    yield _slot("sourcePatientId", f"{ipp}^^^&{exam.site.patient_issuer}&ISO^PI")
    yield _slot(
        "sourcePatientInfo",
        f"PID-5|{traits.family}^{traits.given}^^^^^L",
        f"PID-7|{traits.birth_date}",
        f"PID-8|{traits.sex}",
    )
    yield _slot("urn:ihe:iti:xds:2013:referenceIdList", *reference_ids(facts.exams))


def reference_ids(exams: Iterable[Exam]) -> Iterator[str]:
    """The references by which manifests and reports meet: three of each exam."""
    for exam in exams:
        accession, order = exam.site.accession_issuer, exam.site.order_issuer
        yield f"{exam.accession}^^^&{accession}&ISO^urn:ihe:iti:xds:2013:accession"
        yield f"{exam.study}^^^^urn:ihe:iti:xds:2016:studyInstanceUID"
        yield f"{exam.order}^^^&{order}&ISO^urn:ihe:iti:xds:2013:order"


def _codes(facts: Facts, exam: Exam) -> Iterator[tuple[str, tuple[str, str, str]]]:
    """Classification scheme and code, each event code once."""
    kind, site = facts.kind, exam.site
    yield "urn:uuid:41a5887f-8865-4c09-adf7-e362475b143a", kind.class_code
    yield "urn:uuid:f0306f51-975f-434e-a61c-c59651d33983", kind.type_code
    yield "urn:uuid:a09d5840-386c-46f2-b5ad-9c3699a4309d", kind.format_code
    confidentiality = "urn:uuid:f4f85eac-e6cb-4883-b524-f2705394840f"
    yield confidentiality, ("N", "2.16.840.1.113883.5.25", "Normal")
    for mask in facts.masking:
        yield confidentiality, (mask, "1.2.250.1.213.1.1.4.13", _MASKS[mask])
    events: dict[tuple[str, str, str], None] = {}
    for one in facts.exams:
        events[(one.act.ccam[0], "1.2.250.1.213.2.5", one.act.ccam[1])] = None
    for one in facts.exams:
        for code, label in one.act.modalities:
            events[(code, "1.2.840.10008.2.16.4", label)] = None
        for code, label in one.act.regions:
            events[(code, "2.16.840.1.113883.6.96", label)] = None
    for event in events:
        yield "urn:uuid:2c6b8cb7-8b2a-4051-b291-b1ae6a575ef4", event
    sector = (site.sector[0], "1.2.250.1.71.4.2.4", site.sector[1])
    yield "urn:uuid:f33fb8ac-18af-42cc-ae0e-ed0b0bdb91e1", sector
    setting = (site.setting[0], "1.2.250.1.213.1.1.4.9", site.setting[1])
    yield "urn:uuid:cccf5598-8b07-4b77-a05e-ae952c785ead", setting


def _xcn(exam: Exam) -> str:
    signer = exam.signer
    return (
        f"{signer.identifier}^{signer.family}^{signer.given}^^^^^^&1.2.250.1.71.4.2.1&ISO^D^^^IDNPS"
    )


def _slot(name: str, *values: str) -> str:
    written = "".join(f"<Value>{escape(value)}</Value>" for value in values)
    return f'<Slot name="{name}"><ValueList>{written}</ValueList></Slot>'


def _classification(uuid: str, number: int, scheme: str, code: tuple[str, str, str]) -> str:
    return (
        f'<Classification id="{uuid}.c{number}" classifiedObject="{uuid}" '
        f'classificationScheme="{scheme}" nodeRepresentation={quoteattr(code[0])}>'
        f"{_slot('codingScheme', code[1])}"
        f"<Name><LocalizedString value={quoteattr(code[2])}/></Name></Classification>"
    )


def _author(uuid: str, exam: Exam) -> str:
    site = exam.site
    institution = f"{site.name}^^^^^&1.2.250.1.71.4.2.2&ISO^IDNST^^^{site.structure}"
    return (
        f'<Classification id="{uuid}.a" classifiedObject="{uuid}" '
        'classificationScheme="urn:uuid:93606bcf-9494-43ec-9b4e-a7748d1a838d" '
        'nodeRepresentation="">'
        f"{_slot('authorPerson', _xcn(exam))}{_slot('authorInstitution', institution)}"
        "</Classification>"
    )


def _identifier(uuid: str, scheme: str, value: str, name: str) -> str:
    return (
        f'<ExternalIdentifier id="{uuid}.{name[17:]}" registryObject="{uuid}" '
        f'identificationScheme="{scheme}" value={quoteattr(value)}>'
        f'<Name><LocalizedString value="{name}"/></Name></ExternalIdentifier>'
    )
