"""Messages and documents for tests: a good one by default, each part can be replaced or left out.

The identity is the official test one (INS, IPP and their OIDs); names and texts are our own.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from functions.drimbox.report.model import Visibility

INS = "279035121518989"
INS_OID = "1.2.250.1.213.1.4.10"
IPP_OID = "1.2.250.1.213.4.5.2.4"
STUDY = "1.2.250.1.213.4.5.2.1.103"
DOCUMENT = "1.2.250.1.213.4.5.4.403"
PID_3 = f"{INS}^^^ASIP-SANTE-INS-NIR&{INS_OID}&ISO^INS^^~IPP101^^^AUT&{IPP_OID}&ISO^PI"

NOMINAL_FLAGS = {
    "MASQUE_PS": "N",
    "INVISIBLE_PATIENT": "Y",
    "INVISIBLE_REP_LEGAUX": "N",
    "CONNEXION_SECRETE": "N",
    "MODIF_CONF_CODE": "N",
    "DESTDMP": "Y",
    "DESTMSSANTEPS": "N",
    "DESTMSSANTEPAT": "N",
    "ACK_RECEPTION": "N",
    "ACK_LECTURE_MSS": "N",
}


def visibility(**flags: bool) -> Visibility:
    """The flags of a report that nothing restricts, with the given ones."""
    return replace(Visibility(False, False, False, False, False, to_dmp=True), **flags)


def ins(first_thirteen: str) -> str:
    """A matricule with its right key."""
    number = int(first_thirteen.replace("2A", "19").replace("2B", "18"))
    return f"{first_thirteen}{97 - number % 97:02d}"


def organisation(tag: str = "representedOrganization", number: str = "1750803447") -> str:
    return (
        f'<{tag}><id root="1.2.250.1.71.4.2.2" extension="{number}"/><name>Imagerie du Parc</name>'
        '<standardIndustryClassCode code="AMBULATOIRE" displayName="Ambulatoire"'
        f' codeSystem="1.2.250.1.213.1.1.4.9"/></{tag}>'
    )


def professional(
    number: str = "801234560801",
    *,
    code: str = "G15_10/SM44",
    name: str = "<name><given>Aude</given><family>TESTEUSE</family></name>",
    structure: str | None = None,
) -> str:
    """The content of an assignedEntity or assignedAuthor."""
    return (
        f'<id root="1.2.250.1.71.4.2.1" extension="{number}"/>'
        f'<code code="{code}" codeSystem="1.2.250.1.213.1.1.4.5"/>'
        f"<assignedPerson>{name}</assignedPerson>"
        + (organisation() if structure is None else structure)
    )


def order(placer: str = "OPN103", accession: str = "ACN103") -> str:
    return (
        f'<inFulfillmentOf><order><id root="1.2.250.1.748.12345678.12" extension="{placer}"/>'
        f'<ps:accessionNumber root="1.2.250.1.925.994044.27" extension="{accession}"/>'
        "</order></inFulfillmentOf>"
    )


TRANSLATIONS = (
    '<translation code="ACQH004" displayName="Acte" codeSystem="1.2.250.1.213.2.5"/>'
    '<translation code="CT" displayName="Scanner" codeSystem="1.2.840.10008.2.16.4">'
    '<qualifier><name code="121139" codeSystem="1.2.840.10008.2.16.4"/></qualifier></translation>'
    '<translation code="774007" displayName="Tête" codeSystem="2.16.840.1.113883.6.96">'
    '<qualifier><name code="39111-0" codeSystem="2.16.840.1.113883.6.1"/></qualifier></translation>'
)
PERIOD = (
    '<effectiveTime><low value="20210108102500+0100"/><high value="20210108111700+0100"/>'
    "</effectiveTime>"
)
PERFORMER = (
    f'<performer typeCode="PRF"><assignedEntity>{professional()}</assignedEntity></performer>'
)


def exam(
    ids: str = f'<id root="{STUDY}"/>',
    *,
    code: str = f'<code code="24727-0" displayName="TDM" codeSystem="2.16.840.1.113883.6.1">'
    f"{TRANSLATIONS}</code>",
    period: str = PERIOD,
    performer: str = PERFORMER,
) -> str:
    return (
        f'<documentationOf><serviceEvent classCode="ACT">{ids}{code}{period}{performer}'
        "</serviceEvent></documentationOf>"
    )


PATIENT_IDS = f'<id extension="{INS}" root="{INS_OID}"/><id extension="IPP101" root="{IPP_OID}"/>'
PATIENT_NAME = (
    '<name><family qualifier="BR">PAT-TROIS</family><given qualifier="BR">DOMINIQUE</given>'
    '<given>DOMINIQUE ANNE</given><family qualifier="CL">PAT-QUATRE</family>'
    '<given qualifier="CL">DOM</given></name>'
)


def patient(
    ids: str = PATIENT_IDS,
    name: str = PATIENT_NAME,
    sex: str = '<administrativeGenderCode code="F" codeSystem="2.16.840.1.113883.5.1"/>',
    birth: str = '<birthTime value="19790328"/>',
    place: str = "<birthplace><place><addr><county>51215</county></addr></place></birthplace>",
) -> str:
    return (
        f"<recordTarget><patientRole>{ids}<patient>{name}{sex}{birth}{place}</patient>"
        "</patientRole></recordTarget>"
    )


PARTS: Mapping[str, str] = {
    "id": f'<id root="{DOCUMENT}"/>',
    "code": '<code code="18748-4" displayName="CR" codeSystem="2.16.840.1.113883.6.1"/>',
    "title": "<title>CR d’imagerie</title>",
    "time": '<effectiveTime value="20210108111700+0100"/>',
    "confidentiality": '<confidentialityCode code="N" codeSystem="2.16.840.1.113883.5.25"/>',
    "set_id": '<setId root="0A1B2C3D-0000-4000-8000-000000000001"/>',
    "version": '<versionNumber value="1"/>',
    "patient": patient(),
    "author": f"<author><assignedAuthor>{professional()}</assignedAuthor></author>",
    "custodian": "<custodian><assignedCustodian>"
    + organisation("representedCustodianOrganization")
    + "</assignedCustodian></custodian>",
    "legal_authenticator": "<legalAuthenticator><assignedEntity>"
    + professional()
    + "</assignedEntity></legalAuthenticator>",
    "orders": order(),
    "exams": exam(),
    "related": "",
    "encounter": "<componentOf><encompassingEncounter><location><healthCareFacility>"
    '<code code="SA08" displayName="Cabinet" codeSystem="1.2.250.1.71.4.2.4"/>'
    "</healthCareFacility></location></encompassingEncounter></componentOf>",
    "body": '<component><nonXMLBody><text mediaType="application/pdf" representation="B64">'
    "JVBERi0xLjQK</text></nonXMLBody></component>",
}


def cda(**parts: str) -> bytes:
    """A document with the given parts of PARTS replaced ("" leaves one out)."""
    assert parts.keys() <= PARTS.keys()
    content = "\n".join({**PARTS, **parts}.values())
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n'
        '<ClinicalDocument xmlns="urn:hl7-org:v3" xmlns:ps="urn:dicom-org:ps3-20">'
        f"{content}</ClinicalDocument>"
    ).encode()


Segments = list[list[str]]


def segments(form: str, document: bytes, flags: Mapping[str, str | None]) -> Segments:
    """The segments of a message as lists whose index is the field number (MSH from MSH-2)."""
    oru = form == "ORU"
    coded, event = ("CE", "ORU^R01^ORU_R01") if oru else ("CWE", "MDM^T02^MDM_T02")
    encoded = base64.b64encode(document).decode()
    kind = "TEXT" if oru else "text"
    head = ["MSH", "", "^~\\&", "RIS", "SITE", "BOX", "OP", "20240102030405", "", event, "M1", "P"]
    version = "2.5" if oru else "2.6"
    report = "18748-4^CR d'imagerie médicale^LN"
    person = "801234564895^DUPUY^Ève^^^^^^A&1.2.250.1.71.4.2.1&ISO^D^^^RPPS"
    structure = "Imagerie du Parc^^^^^A&1.2.250.1.71.4.2.2&ISO^FINEG^^^750803447"
    blanks = [""] * 5
    return [
        [*head, version, *[""] * 4, "FRA", "UNICODE UTF-8", "", "", "2.1^CISIS_CDA_HL7_V2"],
        ["PID", "", "", PID_3, "", "PAT-TROIS^DOMINIQUE^^^^^L", *[""] * 26, "VALI"],
        ["PV1", "1", "I"],
        ["ORC", "NW"],
        ["OBR", "1", "", "", report],
        *([] if oru else [["TXA", "1", "18748-4", "TEXT", *[""] * 8, DOCUMENT, ""]]),
        ["OBX", "1", "ED", report, "", f"^{kind}^XML^Base64^{encoded}", *blanks, "F"],
        ["PRT", "", "UC", "", "SB^^participation", person, "", "", structure],
        *(
            [
                "OBX",
                str(n),
                coded,
                f"{code}^^MetaDMPMSS",
                "",
                f"{value}^^expandedYes-NoIndicator",
                *blanks,
                "F",
            ]
            for n, (code, value) in enumerate(flags.items(), 2)
            if value is not None
        ),
    ]


def message(
    form: str = "ORU",
    *,
    document: bytes | None = None,
    flags: Mapping[str, str | None] | None = None,
    drop: Iterable[str] = (),
    edit: Callable[[Segments], object] = lambda _: None,
    end: str = "\r",
    last_end: bool = True,
    encoding: str = "utf-8",
    **fields: Mapping[int, str],
) -> bytes:
    """A message; ``PID={3: "…"}`` replaces PID-3 of the first PID, ``flags`` add to the nominal.

    ``edit`` changes the list of segments in place, last; ``drop`` leaves segments out by name.
    """
    content = segments(
        form, cda() if document is None else document, {**NOMINAL_FLAGS, **(flags or {})}
    )
    for name, values in fields.items():
        target = next(segment for segment in content if segment[0] == name)
        for number, value in values.items():
            target += [""] * (number + 1 - len(target))
            target[number] = value
    content = [segment for segment in content if segment[0] not in drop]
    edit(content)
    lines = ["|".join([s[0], *s[2:]]) if s[0] == "MSH" else "|".join(s) for s in content]
    return (end.join(lines) + (end if last_end else "")).encode(encoding)


STANDARD = "|^~\\&"


def small(*segments: str, msh: str = "MSH|^~\\&|RIS|SITE|BOX|OP|||ORU^R01|M1|P|2.5") -> bytes:
    return "\r".join([msh, *segments]).encode()
