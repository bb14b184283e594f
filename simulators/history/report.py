"""The reports of a history as CDA R2 (IMG-CR-IMG): level 1 around a PDF, or level 3 with text."""

from __future__ import annotations

import base64
from datetime import datetime
from typing import Final
from xml.sax.saxutils import escape, quoteattr

from simulators.history.plan import Exam, Report
from simulators.ris.cases import Traits
from simulators.ris.cda import DCM, LOINC, PROFESSIONAL_ROOT, REPORT_CODE, SNOMED, STRUCTURE_ROOT
from simulators.ris.pdf import pdf

_CCAM: Final = ("1.2.250.1.215.300.1", "CCAM")
_CUSTODIAN: Final = "representedCustodianOrganization"
_SEXES: Final = {"F": "Féminin", "M": "Masculin"}
_HEAD: Final = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<ClinicalDocument xmlns="urn:hl7-org:v3" xmlns:ps3-20="urn:dicom-org:ps3-20">'
    '<realmCode code="FR"/><typeId root="2.16.840.1.113883.1.3" extension="POCD_HD000040"/>'
    '<templateId root="2.16.840.1.113883.2.8.2.1"/><templateId root="1.2.250.1.213.1.1.1.1"/>'
)


def title(report: Report) -> str:
    """The report's title, from its acts."""
    return "Compte rendu : " + " ; ".join(exam.act.ccam[1] for exam in report.exams)


def clinical_document(
    report: Report,
    ins: str,
    ins_oid: str,
    ipp: str,
    traits: Traits,
    *,
    uid: str,
    version: int,
    validated: datetime | None = None,
) -> bytes:
    """The bytes of the document ``uid``, UTF-8; the same for the same arguments.

    ``ipp`` is the patient's identifier at the site, ``validated`` (aware) the time of its legal
    authenticator, None for the exam's own.
    """
    exam = report.exams[0]
    site = exam.site
    at = f"{exam.started:%Y%m%d%H%M%S%z}"
    signed = f"{validated or exam.started:%Y%m%d%H%M%S%z}"
    set_id = f"2.25.{int(exam.study[5:]) ^ 1}"
    signer, custodian = _signer(exam), _organisation(exam, _CUSTODIAN)
    parts = [
        _HEAD,
        f'<id root="{uid}"/>',
        _code("code", REPORT_CODE, LOINC),
        f"<title>{escape(title(report))}</title>",
        f'<effectiveTime value="{at}"/>',
        '<confidentialityCode code="N" displayName="Normal" codeSystem="2.16.840.1.113883.5.25"/>',
        f'<languageCode code="fr-FR"/><setId root="{set_id}"/><versionNumber value="{version}"/>',
        f'<recordTarget><patientRole><id extension="{ins}" root="{ins_oid}"/>',
        f'<id extension="{escape(ipp)}" root="{site.patient_issuer}"/>',
        '<addr nullFlavor="NASK"/><telecom nullFlavor="NASK"/>',
        _patient(traits),
        "</patientRole></recordTarget>",
        f'<author><time value="{at}"/><assignedAuthor>{signer}</assignedAuthor></author>',
        f"<custodian><assignedCustodian>{custodian}</assignedCustodian></custodian>",
        f'<legalAuthenticator><time value="{signed}"/><signatureCode code="S"/>',
        f"<assignedEntity>{signer}</assignedEntity></legalAuthenticator>",
        *(_order(one) for one in report.exams),
        *(_service_event(one) for one in report.exams),
        _encounter(exam),
        _text_body(report, version) if report.body == "text" else _pdf_body(report, version),
        "</ClinicalDocument>",
    ]
    return "".join(parts).encode()


def lines(report: Report, version: int) -> tuple[str, ...]:
    """The words of the report, a line each."""
    exam = report.exams[0]
    words = [exam.site.name, title(report), f"Examen du {exam.started:%d/%m/%Y}, version {version}"]
    for one in report.exams:
        finding, conclusion = one.act.findings
        words += ["", one.act.ccam[1], f"Résultat : {finding}", f"Conclusion : {conclusion}"]
    return (*words, "", f"Dr {exam.signer.given} {exam.signer.family}")


def _pdf_body(report: Report, version: int) -> str:
    data = base64.b64encode(pdf(lines(report, version))).decode()
    return (
        '<component><nonXMLBody><text mediaType="application/pdf" representation="B64">'
        f"{data}</text></nonXMLBody></component>"
    )


def _text_body(report: Report, version: int) -> str:
    sections = []
    for one in report.exams:
        finding, conclusion = one.act.findings
        rows = "".join(
            f"<tr><td>{escape(series.description)}</td><td>{series.images}</td></tr>"
            for series in one.act.series
        )
        sections += [
            _section(
                "55111-9",
                "Technique",
                "<table><thead><tr><th>Série</th><th>Images</th></tr></thead>"
                f"<tbody>{rows}</tbody></table>",
            ),
            _section("59776-5", "Résultats", f"<paragraph>{escape(finding)}</paragraph>"),
            _section(
                "19005-8",
                "Conclusion",
                f'<list><item><content styleCode="Bold">{escape(conclusion)}</content></item>'
                f"<item>Version {version} du compte rendu.</item></list>",
            ),
        ]
    inner = "".join(f"<component>{one}</component>" for one in sections)
    return f"<component><structuredBody>{inner}</structuredBody></component>"


def _section(code: str, heading: str, text: str) -> str:
    coded = _code("code", (code, heading), LOINC)
    return f"<section>{coded}<title>{heading}</title><text>{text}</text></section>"


def _code(tag: str, code: tuple[str, str], system: tuple[str, str], inner: str = "") -> str:
    attributes = (
        f"code={quoteattr(code[0])} displayName={quoteattr(code[1])} "
        f'codeSystem="{system[0]}" codeSystemName="{system[1]}"'
    )
    return f"<{tag} {attributes}>{inner}</{tag}>" if inner else f"<{tag} {attributes}/>"


def _patient(traits: Traits) -> str:
    names = (
        ("family", "BR", traits.family),
        ("given", "BR", traits.given),
        ("given", "", traits.givens),
        ("family", "CL", traits.used_family),
        ("given", "CL", traits.used_given),
    )
    written = "".join(
        f"<{tag}{f' qualifier={quoteattr(kind)}' if kind else ''}>{escape(text)}</{tag}>"
        for tag, kind, text in names
        if text
    )
    return (
        f"<patient><name>{written}</name>"
        f'<administrativeGenderCode code="{traits.sex}" displayName="{_SEXES[traits.sex]}" '
        'codeSystem="2.16.840.1.113883.5.1"/>'
        f'<birthTime value="{traits.birth_date}"/><birthplace><place><addr>'
        f"<county>{traits.birth_place}</county><city>{escape(traits.birth_city)}</city>"
        "</addr></place></birthplace></patient>"
    )


def _organisation(exam: Exam, tag: str) -> str:
    """A site as an organisation; the custodian's type has no practice setting."""
    code, label = exam.site.setting
    setting = (
        ""
        if tag == _CUSTODIAN
        else f'<standardIndustryClassCode code="{code}" displayName={quoteattr(label)} '
        'codeSystem="1.2.250.1.213.1.1.4.9"/>'
    )
    return (
        f'<{tag}><id root="{STRUCTURE_ROOT}" extension="{exam.site.structure}"/>'
        f'<name>{escape(exam.site.name)}</name><telecom nullFlavor="NASK"/>'
        f'<addr nullFlavor="NASK"/>{setting}</{tag}>'
    )


def _signer(exam: Exam) -> str:
    signer = exam.signer
    return (
        f'<id root="{PROFESSIONAL_ROOT}" extension="{signer.identifier}"/>'
        '<code code="G15_10/SM44" displayName="Médecin - Radio-diagnostic (SM)" '
        'codeSystem="1.2.250.1.213.1.1.4.5"/><addr nullFlavor="NASK"/><telecom nullFlavor="NASK"/>'
        f"<assignedPerson><name><given>{escape(signer.given)}</given>"
        f"<family>{escape(signer.family)}</family><suffix>DR</suffix></name></assignedPerson>"
        f"{_organisation(exam, 'representedOrganization')}"
    )


def _order(exam: Exam) -> str:
    return (
        f'<inFulfillmentOf><order><id root="{exam.site.order_issuer}" extension="{exam.order}"/>'
        f'<ps3-20:accessionNumber root="{exam.site.accession_issuer}" '
        f'extension="{exam.accession}"/></order></inFulfillmentOf>'
    )


def _service_event(exam: Exam) -> str:
    modality = _code("name", ("121139", "Modalité"), DCM)
    region = _code("name", ("39111-0", "Localisation anatomique"), LOINC)
    translations = [_code("translation", exam.act.ccam, _CCAM)]
    translations += [
        _code("translation", one, DCM, f"<qualifier>{modality}</qualifier>")
        for one in exam.act.modalities
    ]
    translations += [
        _code("translation", one, SNOMED, f"<qualifier>{region}</qualifier>")
        for one in exam.act.regions
    ]
    coded = _code("code", ("18748-4", exam.act.ccam[1]), LOINC, "".join(translations))
    return (
        f'<documentationOf><serviceEvent classCode="ACT"><id root="{exam.study}"/>{coded}'
        f'<effectiveTime><low value="{exam.started:%Y%m%d%H%M%S%z}"/></effectiveTime>'
        f'<performer typeCode="PRF"><assignedEntity>{_signer(exam)}</assignedEntity></performer>'
        "</serviceEvent></documentationOf>"
    )


def _encounter(exam: Exam) -> str:
    code, label = exam.site.sector
    return (
        '<componentOf><encompassingEncounter><code code="AMB" codeSystem="2.16.840.1.113883.5.4"/>'
        f'<effectiveTime><low value="{exam.started:%Y%m%d%H%M%S%z}"/></effectiveTime>'
        f'<location><healthCareFacility><code code="{code}" displayName={quoteattr(label)} '
        'codeSystem="1.2.250.1.71.4.2.4"/></healthCareFacility></location>'
        "</encompassingEncounter></componentOf>"
    )
