"""The clinical document of a case: CDA R2 level 1 (CI-SIS, IMG-CR-IMG), a PDF in its body."""

from __future__ import annotations

import base64
from typing import Final, cast

from lxml import etree

from simulators.ris.cases import Act, Case, Exam
from simulators.ris.pdf import pdf

V3: Final = "urn:hl7-org:v3"
PS3_20: Final = "urn:dicom-org:ps3-20"
# lxml's stubs do not know that None declares the default namespace.
_NSMAP: Final = cast("dict[str, str]", {None: V3, "ps3-20": PS3_20})

LOINC: Final = ("2.16.840.1.113883.6.1", "LOINC")
CCAM: Final = ("1.2.250.1.213.2.5", "CCAM")
DCM: Final = ("1.2.840.10008.2.16.4", "DCM")
SNOMED: Final = ("2.16.840.1.113883.6.96", "SNOMED CT")
CIM10: Final = ("2.16.840.1.113883.6.3", "CIM-10")
PROFESSIONAL_ROOT: Final = "1.2.250.1.71.4.2.1"
STRUCTURE_ROOT: Final = "1.2.250.1.71.4.2.2"

RADIOLOGIST_ID: Final = "801234560801"
RADIOLOGIST: Final = ("VAUQUELIN", "Hélène")
STRUCTURE_ID: Final = "1750803447"
STRUCTURE_NAME: Final = "Centre de radiologie Ambroise"
REPORT_CODE: Final = ("18748-4", "CR d'imagerie médicale")
TITLE: Final = "Compte rendu d’imagerie – examen de démonstration"
_SEX: Final = {"F": "Féminin", "M": "Masculin", "U": "Inconnu"}
_CONFIDENTIALITY: Final = {"N": "Normal", "R": "Restreint", "V": "Très restreint"}

Element = etree._Element
Attributes = dict[str, str]


def cda(case: Case, *, pdf_size: int = 0) -> bytes:
    """The document of ``case``, UTF-8; ``pdf_size``: bytes to which its PDF is padded.

    Written in the order of POCD_MT000040 (CDA_extended.xsd). With ``layout.double_encoded`` every
    character beyond ASCII is written as a sender does that encodes UTF-8 twice.
    """
    root = etree.Element(f"{{{V3}}}ClinicalDocument", nsmap=_NSMAP)
    root.extend(_header(case))
    root.append(_record_target(case))
    root.extend(_people(case))
    root.extend(_order(case, index) for index in range(len(case.orders)))
    root.extend(_documentation_of(case, exam) for exam in case.exams)
    if case.screening:
        root.append(_screening(case))
    if case.replaces:
        former = _el("parentDocument", {}, _el("id", {"root": case.replaces}))
        root.append(_el("relatedDocument", {"typeCode": "RPLC"}, former))
    root.append(_encounter(case))
    root.append(_body(case, pdf_size))
    text = etree.tostring(root, encoding="unicode")
    if case.layout.double_encoded:
        text = text.encode("utf-8").decode("cp1252")
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + text.encode("utf-8")


def _el(tag: str, attributes: Attributes, *children: Element | str) -> Element:
    element = etree.Element(f"{{{V3}}}{tag}", attributes)
    for child in children:
        if isinstance(child, str):
            element.text = child
        else:
            element.append(child)
    return element


def _code(tag: str, code: tuple[str, str], system: tuple[str, str], *children: Element) -> Element:
    attributes = {
        "code": code[0],
        "displayName": code[1],
        "codeSystem": system[0],
        "codeSystemName": system[1],
    }
    return _el(tag, attributes, *children)


def _header(case: Case) -> list[Element]:
    act = case.exams[0].act
    return [
        _el("realmCode", {"code": "FR"}),
        _el("typeId", {"root": "2.16.840.1.113883.1.3", "extension": "POCD_HD000040"}),
        *(
            _el("templateId", {"root": root})
            for root in (
                "2.16.840.1.113883.2.8.2.1",
                "1.2.250.1.213.1.1.1.1",
                "1.3.6.1.4.1.19376.1.2.20",
            )
        ),
        _el("id", {"root": case.cda_id}),
        _code("code", REPORT_CODE, LOINC, _code("translation", act.loinc, LOINC)),
        _el("title", {}, TITLE),
        _el("effectiveTime", {"value": case.ended}),
        _el(
            "confidentialityCode",
            {
                "code": case.confidentiality,
                "displayName": _CONFIDENTIALITY[case.confidentiality],
                "codeSystem": "2.16.840.1.113883.5.25",
            },
        ),
        _el("languageCode", {"code": "fr-FR"}),
        _el("setId", {"root": case.set_id}),
        _el("versionNumber", {"value": str(case.version)}),
    ]


def _name(case: Case) -> Element:
    traits = case.traits
    parts = [
        ("family", "BR", traits.family),
        ("given", "BR", traits.given),
        ("given", "", traits.givens),
        ("family", "CL", traits.used_family),
        ("given", "CL", traits.used_given),
    ]
    return _el(
        "name",
        {},
        *(
            _el(tag, {"qualifier": qualifier} if qualifier else {}, text)
            for tag, qualifier, text in parts
            if text
        ),
    )


def _record_target(case: Case) -> Element:
    traits = case.traits
    birthplace = _el(
        "addr", {}, _el("county", {}, traits.birth_place), _el("city", {}, traits.birth_city)
    )
    patient = _el(
        "patient",
        {"classCode": "PSN"},
        _name(case),
        _el(
            "administrativeGenderCode",
            {
                "code": traits.sex,
                "displayName": _SEX[traits.sex],
                "codeSystem": "2.16.840.1.113883.5.1",
            },
        ),
        _el("birthTime", {"value": traits.birth_date}),
        _el("birthplace", {}, _el("place", {}, birthplace)),
    )
    home = {"houseNumber": "7", "streetName": "rue des Essais", "postalCode": "75013"}
    role = _el(
        "patientRole",
        {},
        _el("id", {"extension": case.ins, "root": case.ins_oid}),
        _el("id", {"extension": case.ipp, "root": case.ipp_root}),
        _address(home),
        _el("telecom", {"nullFlavor": "NASK"}),
        patient,
    )
    return _el("recordTarget", {}, role)


def _address(parts: dict[str, str]) -> Element:
    lines = [_el(tag, {}, text) for tag, text in parts.items()]
    return _el("addr", {}, *lines, _el("city", {}, "PARIS"), _el("country", {}, "FRANCE"))


def _site_address() -> Element:
    return _address({"houseNumber": "3", "streetName": "quai du Contraste", "postalCode": "75010"})


def _organisation(tag: str, *, practice_setting: bool = True) -> Element:
    organisation = _el(
        tag,
        {},
        _el("id", {"root": STRUCTURE_ROOT, "extension": STRUCTURE_ID}),
        _el("name", {}, STRUCTURE_NAME),
        _el("telecom", {"nullFlavor": "NASK"}),
        _site_address(),
    )
    if practice_setting:
        organisation.append(
            _el(
                "standardIndustryClassCode",
                {
                    "code": "AMBULATOIRE",
                    "displayName": "Ambulatoire",
                    "codeSystem": "1.2.250.1.213.1.1.4.9",
                },
            )
        )
    return organisation


def _professional(tag: str) -> Element:
    """The radiologist: author, legal authenticator and performer in one person."""
    specialty = {
        "code": "G15_10/SM44",
        "displayName": "Médecin - Radio-diagnostic (SM)",
        "codeSystem": "1.2.250.1.213.1.1.4.5",
    }
    name = _el(
        "name",
        {},
        _el("prefix", {}, "MME"),
        _el("given", {}, RADIOLOGIST[1]),
        _el("family", {}, RADIOLOGIST[0]),
        _el("suffix", {}, "DR"),
    )
    return _el(
        tag,
        {},
        _el("id", {"root": PROFESSIONAL_ROOT, "extension": RADIOLOGIST_ID}),
        _el("code", specialty),
        _site_address(),
        _el("telecom", {"nullFlavor": "NASK"}),
        _el("assignedPerson", {}, name),
        _organisation("representedOrganization"),
    )


def _people(case: Case) -> list[Element]:
    time = {"value": case.ended}
    function = {
        "code": "ATTPHYS",
        "displayName": "Référent",
        "codeSystem": "2.16.840.1.113883.5.88",
    }
    custodian = _organisation("representedCustodianOrganization", practice_setting=False)
    return [
        _el(
            "author",
            {},
            _el("functionCode", function),
            _el("time", time),
            _professional("assignedAuthor"),
        ),
        _el("custodian", {}, _el("assignedCustodian", {}, custodian)),
        *(
            _el(
                tag,
                {},
                _el("time", time),
                _el("signatureCode", {"code": "S"}),
                _professional("assignedEntity"),
            )
            for tag in ("legalAuthenticator", "authenticator")
        ),
    ]


def _order(case: Case, index: int) -> Element:
    order = case.orders[index]
    accession = etree.Element(
        f"{{{PS3_20}}}accessionNumber",
        {"root": case.accession_root, "extension": order.accession},
    )
    placer = _el("id", {"root": case.placer_root, "extension": order.placer})
    return _el("inFulfillmentOf", {}, _el("order", {}, placer, accession))


def _act(act: Act) -> Element:
    modality = _code("name", ("121139", "Modalité"), DCM)
    region = _code("name", ("39111-0", "Localisation anatomique"), LOINC)
    return _code(
        "code",
        act.loinc,
        LOINC,
        _code("translation", act.ccam, CCAM),
        _code("translation", act.modality, DCM, _el("qualifier", {}, modality)),
        _code("translation", act.region, SNOMED, _el("qualifier", {}, region)),
    )


def _documentation_of(case: Case, exam: Exam) -> Element:
    event = _el(
        "serviceEvent",
        {"classCode": "ACT"},
        *(_el("id", {"root": uid}) for uid in exam.studies),
        _act(exam.act),
        _period(case.started, case.ended),
        _el("performer", {"typeCode": "PRF"}, _professional("assignedEntity")),
    )
    return _el("documentationOf", {}, event)


def _screening(case: Case) -> Element:
    """The screening programme: a service event that is no exam and names no study."""
    code = _code("code", ("Z13.9", "Examen spécial de dépistage, sans précision"), CIM10)
    event = _el("serviceEvent", {}, code, _period(case.started, case.ended))
    return _el("documentationOf", {}, event)


def _period(low: str, high: str) -> Element:
    return _el("effectiveTime", {}, _el("low", {"value": low}), _el("high", {"value": high}))


def _encounter(case: Case) -> Element:
    """Times without zone, as senders write them here."""
    facility = _el(
        "healthCareFacility",
        {},
        _el("id", {"root": STRUCTURE_ROOT, "extension": STRUCTURE_ID}),
        _el(
            "code",
            {
                "code": "SA08",
                "displayName": "Cabinet de groupe",
                "codeSystem": "1.2.250.1.71.4.2.4",
            },
        ),
        _el("location", {}, _el("name", {}, STRUCTURE_NAME)),
    )
    encounter = _el(
        "encompassingEncounter",
        {},
        _el("code", {"code": "AMB", "codeSystem": "2.16.840.1.113883.5.4"}),
        _period(case.started[:14], case.ended[:14]),
        _el("location", {}, facility),
    )
    return _el("componentOf", {}, encounter)


def _body(case: Case, pdf_size: int) -> Element:
    acts = tuple(exam.act.loinc[1] for exam in case.exams)
    document = pdf((TITLE, STRUCTURE_NAME, f"Version {case.version}", *acts), pdf_size)
    text = _el(
        "text",
        {"mediaType": "application/pdf", "representation": "B64"},
        base64.b64encode(document).decode("ascii"),
    )
    return _el("component", {}, _el("nonXMLBody", {}, text))
