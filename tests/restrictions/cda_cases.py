"""The header of the CDA: each datum that identifies, limits or orders, in each way to be wrong."""

from __future__ import annotations

from typing import Final

from tests.drimbox.report.bad_messages import OTHER_INS
from tests.drimbox.report.build import (
    DOCUMENT,
    INS,
    INS_OID,
    IPP_OID,
    PARTS,
    PATIENT_IDS,
    PATIENT_NAME,
    STUDY,
    cda,
    exam,
    message,
    order,
    patient,
)
from tests.restrictions.outcomes import outcome_of_message
from tests.restrictions.table import Variants, case

UUID: Final = "0A1B2C3D-0000-4000-8000-000000000001"


def _ids(more: str, first: str = PATIENT_IDS) -> bytes:
    return cda(patient=patient(first + more))


def _id(root: str, extension: str, more: str = "") -> str:
    return f'<id root="{root}" extension="{extension}"{more}/>'


def _name(found: str, put: str) -> bytes:
    assert found in PATIENT_NAME
    return cda(patient=patient(name=PATIENT_NAME.replace(found, put, 1)))


def _birth(*values: str) -> bytes:
    return cda(patient=patient(birth="".join(f"<birthTime {value}/>" for value in values)))


def _sex(*values: str) -> bytes:
    system = 'codeSystem="2.16.840.1.113883.5.1"'
    return cda(
        patient=patient(
            sex="".join(f"<administrativeGenderCode {value} {system}/>" for value in values)
        )
    )


def _place(content: str) -> bytes:
    return cda(
        patient=patient(place=f"<birthplace><place><addr>{content}</addr></place></birthplace>")
    )


def _confidentiality(*values: str) -> bytes:
    return cda(confidentiality="".join(f"<confidentialityCode {value}/>" for value in values))


def _replaces(kind: str, *ids: str) -> str:
    return (
        f'<relatedDocument typeCode="{kind}"><parentDocument>{"".join(ids)}</parentDocument>'
        "</relatedDocument>"
    )


def _signer(found: str, put: str) -> bytes:
    signer = PARTS["legal_authenticator"]
    assert found in signer
    return cda(legal_authenticator=signer.replace(found, put, 1))


def _order(found: str, put: str) -> bytes:
    assert found in order()
    return cda(orders=order().replace(found, put, 1))


def _act(*translations: str) -> bytes:
    system = 'codeSystem="2.16.840.1.113883.6.1"'
    return cda(exams=exam(code=f'<code code="24727-0" {system}>{"".join(translations)}</code>'))


def _dcm(code: str, more: str = "") -> str:
    return f'<translation code="{code}" codeSystem="1.2.840.10008.2.16.4"{more}/>'


CONFIDENTIALITY: Final = 'codeSystem="2.16.840.1.113883.5.25"'
NUMBER: Final = 'extension="801234560801"'
STRUCTURE: Final = 'extension="1750803447"'
PLACER: Final = 'extension="OPN103"'
ACCESSION: Final = 'extension="ACN103"'
ACCESSION_ELEMENT: Final = order()[order().index("<ps:") : order().index("</order>")]
PLACER_ELEMENT: Final = order()[order().index("<id") : order().index("<ps:")]
CODE: Final = PARTS["code"]
NULL: Final = ' nullFlavor="UNK"'

CASES: Final[dict[tuple[str, str], dict[str, bytes]]] = {
    ("INS in recordTarget", "unknown"): {
        "an OID of the national arc": _ids("", _id("1.2.250.1.213.1.4.99", INS)),
        "beside the INS": _ids(_id("1.2.250.1.213.1.4.98", INS)),
    },
    ("INS in recordTarget", "missing"): {
        "only a local identifier": _ids("", _id(IPP_OID, "IPP101")),
        "null": _ids("", f'<id root="{INS_OID}"{NULL}/>'),
        "only a retired INS-C": _ids("", _id("1.2.250.1.213.1.4.2", "1" * 22)),
    },
    ("INS in recordTarget", "repeated"): {
        "two matricules": _ids(_id(INS_OID, OTHER_INS)),
        "under two OIDs": _ids(_id("1.2.250.1.213.1.4.8", INS)),
    },
    ("INS in recordTarget", "ambiguous"): {
        "a nullFlavor and a value": _ids("", _id(INS_OID, INS, NULL)),
        "such a second one": _ids(_id(INS_OID, OTHER_INS, NULL)),
    },
    ("INS in recordTarget", "ill-formed"): {
        "a wrong key": _ids("", _id(INS_OID, f"{INS[:-1]}0")),
        "letters": _ids("", _id(INS_OID, "X" * 15)),
    },
    ("INS in recordTarget", "partial"): {
        "cut": _ids("", _id(INS_OID, INS[:-2])),
        "no extension": _ids("", _id(INS_OID, "")),
    },
    ("local identifier in recordTarget", "repeated"): {
        "two of one site": _ids(_id(IPP_OID, "IPP102")),
        "the former one first": _ids(PATIENT_IDS, _id(IPP_OID, "IPP100")),
    },
    ("local identifier in recordTarget", "ambiguous"): {
        "a nullFlavor and a value": _ids(_id("1.2.3", "X", NULL)),
    },
    ("local identifier in recordTarget", "ill-formed"): {
        "no OID": _ids(_id("SITE", "X")),
        "a UUID": _ids(_id(UUID, "X")),
        "two values of DICOM": _ids(_id("1.2.3", "X\\Y")),
        "no root": _ids('<id extension="X"/>'),
    },
    ("local identifier in recordTarget", "partial"): {"no extension": _ids(_id("1.2.3", ""))},
    ("name of the patient", "unknown"): {
        "a qualifier of nobody": _name('qualifier="BR"', 'qualifier="NAISSANCE"'),
        "a small qualifier": _name('given qualifier="BR"', 'given qualifier="br"'),
    },
    ("name of the patient", "missing"): {
        "no name": cda(patient=patient(name="")),
        "masked": cda(patient=patient(name='<name nullFlavor="MSK"/>')),
        "no family name": _name('<family qualifier="BR">PAT-TROIS</family>', ""),
    },
    ("name of the patient", "repeated"): {
        "two names": cda(patient=patient(name=PATIENT_NAME * 2)),
        "two birth names": _name("</name>", '<family qualifier="BR">AUTRE</family></name>'),
        "two first names": _name("</name>", '<given qualifier="BR">ANNE</given></name>'),
    },
    ("name of the patient", "ambiguous"): {
        "a nullFlavor and a value": _name(
            '<given qualifier="BR">', f'<given qualifier="BR"{NULL}>'
        ),
    },
    ("name of the patient", "ill-formed"): {
        "it turns the text": _name("PAT-TROIS", "PAT-\u202eTROIS"),
        "too long": _name("PAT-TROIS", "P" * 101),
    },
    ("name of the patient", "partial"): {
        "an element inside": _name("PAT-TROIS", "PAT-<b>TROIS</b>"),
        "a lost character": _name("PAT-TROIS", "PAT-TRO\ufffdS"),
    },
    ("birthTime", "missing"): {"none": _birth(), "null": _birth('nullFlavor="UNK"')},
    ("birthTime", "repeated"): {"two days": _birth('value="19790328"', 'value="19790329"')},
    ("birthTime", "ambiguous"): {"a nullFlavor and a value": _birth(f'value="19790328"{NULL}')},
    ("birthTime", "ill-formed"): {
        "no day of the calendar": _birth('value="19790230"'),
        "a word": _birth('value="inconnue"'),
    },
    ("birthTime", "partial"): {
        "a year": _birth('value="1979"'),
        "a month": _birth('value="197903"'),
    },
    ("administrativeGenderCode", "unknown"): {
        "a code of nobody": _sex('code="X"'),
        "small": _sex('code="f"'),
    },
    ("administrativeGenderCode", "missing"): {"none": _sex(), "null": _sex('nullFlavor="UNK"')},
    ("administrativeGenderCode", "repeated"): {"F and M": _sex('code="F"', 'code="M"')},
    ("administrativeGenderCode", "ambiguous"): {
        "a nullFlavor and a value": _sex(f'code="F"{NULL}'),
    },
    ("birth place", "missing"): {
        "none": cda(patient=patient(place="")),
        "null": _place(f"<county{NULL}/>"),
        "only a town": _place("<city>REIMS</city>"),
    },
    ("birth place", "repeated"): {"two": _place("<county>51215</county><county>63220</county>")},
    ("birth place", "ambiguous"): {
        "a nullFlavor and a value": _place(f"<county{NULL}>51215</county>"),
    },
    ("birth place", "ill-formed"): {"a town": _place("<county>REIMS</county>")},
    ("birth place", "partial"): {"a department": _place("<county>51</county>")},
    ("confidentialityCode", "unknown"): {
        "another level": _confidentiality(f'code="L" {CONFIDENTIALITY}'),
        "another code system": _confidentiality('code="N" codeSystem="1.2.3"'),
    },
    ("confidentialityCode", "missing"): {
        "none": _confidentiality(),
        "null": _confidentiality('nullFlavor="UNK"'),
    },
    ("confidentialityCode", "repeated"): {
        "N then R": _confidentiality(f'code="N" {CONFIDENTIALITY}', f'code="R" {CONFIDENTIALITY}'),
        "V then N": _confidentiality(f'code="V" {CONFIDENTIALITY}', f'code="N" {CONFIDENTIALITY}'),
        "null then N": _confidentiality('nullFlavor="UNK"', f'code="N" {CONFIDENTIALITY}'),
    },
    ("confidentialityCode", "ambiguous"): {
        "a nullFlavor and a value": _confidentiality(f'code="N" {CONFIDENTIALITY}{NULL}'),
    },
    ("confidentialityCode", "ill-formed"): {
        "small": _confidentiality(f'code="n" {CONFIDENTIALITY}'),
        "no namespace": _confidentiality(f'xmlns="" code="R" {CONFIDENTIALITY}'),
    },
    ("confidentialityCode", "partial"): {
        "no code system": _confidentiality('code="N"'),
        "no code": _confidentiality(CONFIDENTIALITY),
    },
    ("code of the document", "unknown"): {
        "a laboratory report": cda(code=CODE.replace("18748-4", "11502-2")),
        "another code system": cda(code=CODE.replace("2.16.840.1.113883.6.1", "1.2.3")),
    },
    ("code of the document", "missing"): {"none": cda(code=""), "null": cda(code=f"<code{NULL}/>")},
    ("code of the document", "repeated"): {"two": cda(code=CODE * 2)},
    ("code of the document", "ambiguous"): {
        "a nullFlavor and a value": cda(code=CODE.replace("<code", f"<code{NULL}")),
    },
    ("code of the document", "partial"): {"no code system": cda(code='<code code="18748-4"/>')},
    ("id of the document", "missing"): {"none": cda(id=""), "null": cda(id=f"<id{NULL}/>")},
    ("id of the document", "repeated"): {
        "two": cda(id=f'<id root="{DOCUMENT}"/><id root="1.2.4"/>')
    },
    ("id of the document", "ambiguous"): {
        "a nullFlavor and a value": cda(id=_id(DOCUMENT, "X", NULL)),
    },
    ("id of the document", "ill-formed"): {"no OID": cda(id='<id root="CR-12"/>')},
    ("id of the document", "partial"): {"no root": cda(id='<id extension="X"/>')},
    ("replaced document", "unknown"): {
        "a small relation": cda(related=_replaces("rplc", '<id root="1.2.4"/>')),
        "another relation": cda(related=_replaces("SUCC", '<id root="1.2.4"/>')),
    },
    ("replaced document", "missing"): {
        "no id": cda(related=_replaces("RPLC")),
        "null": cda(related=_replaces("RPLC", f'<id root="1.2.4"{NULL}/>')),
    },
    ("replaced document", "repeated"): {
        "two relations": cda(related=_replaces("RPLC", '<id root="1.2.4"/>') * 2),
        "two ids": cda(related=_replaces("RPLC", '<id root="1.2.4"/>', '<id root="1.2.5"/>')),
    },
    ("replaced document", "ambiguous"): {
        "a nullFlavor and a value": cda(related=_replaces("RPLC", _id("1.2.4", "X", NULL))),
    },
    ("replaced document", "ill-formed"): {
        "no OID": cda(related=_replaces("RPLC", '<id root="CR-12"/>')),
        "itself": cda(related=_replaces("RPLC", f'<id root="{DOCUMENT}"/>')),
    },
    ("versionNumber", "missing"): {
        "none": cda(version=""),
        "null": cda(version=f"<versionNumber{NULL}/>"),
    },
    ("versionNumber", "repeated"): {"two": cda(version=PARTS["version"] * 2)},
    ("versionNumber", "ambiguous"): {
        "a nullFlavor and a value": cda(version=f'<versionNumber value="2"{NULL}/>'),
    },
    ("versionNumber", "ill-formed"): {
        "zero": cda(version='<versionNumber value="0"/>'),
        "a word": cda(version='<versionNumber value="V2"/>'),
        "no value": cda(version="<versionNumber/>"),
    },
    ("effectiveTime", "missing"): {
        "none": cda(time=""),
        "null": cda(time=f"<effectiveTime{NULL}/>"),
        "no value": cda(time="<effectiveTime/>"),
    },
    ("effectiveTime", "repeated"): {"two": cda(time=PARTS["time"] * 2)},
    ("effectiveTime", "ambiguous"): {
        "a nullFlavor and a value": cda(time=f'<effectiveTime value="20210108"{NULL}/>'),
    },
    ("effectiveTime", "ill-formed"): {"a word": cda(time='<effectiveTime value="hier"/>')},
    ("effectiveTime", "partial"): {"a month": cda(time='<effectiveTime value="202101"/>')},
    ("legalAuthenticator", "missing"): {
        "none": cda(legal_authenticator=""),
        "no national number": _signer("1.2.250.1.71.4.2.1", "1.2.3"),
        "a null number": _signer(NUMBER, 'nullFlavor="UNK"'),
        "an empty number": _signer(NUMBER, 'extension=""'),
    },
    ("legalAuthenticator", "repeated"): {
        "two": cda(legal_authenticator=PARTS["legal_authenticator"] * 2),
        "two numbers": _signer("<code", f"{_id('1.2.250.1.71.4.2.1', '8')}<code"),
    },
    ("legalAuthenticator", "ambiguous"): {
        "a nullFlavor and a value": _signer(NUMBER, f"{NUMBER}{NULL}"),
    },
    ("legalAuthenticator", "ill-formed"): {
        "it turns the text": _signer(NUMBER, 'extension="8\u202e"')
    },
    ("structure of the signer", "missing"): {
        "of another authority": _signer("1.2.250.1.71.4.2.2", "1.2.3"),
        "null": _signer(STRUCTURE, 'nullFlavor="UNK"'),
    },
    ("structure of the signer", "repeated"): {
        "two": _signer(
            "<name>Imagerie", f"{_id('1.2.250.1.71.4.2.2', '1750803448')}<name>Imagerie"
        ),
    },
    ("structure of the signer", "ambiguous"): {
        "a nullFlavor and a value": _signer(STRUCTURE, f"{STRUCTURE}{NULL}"),
    },
    ("structure of the signer", "ill-formed"): {
        "a word": _signer(STRUCTURE, 'extension="le site"')
    },
    ("structure of the signer", "partial"): {"cut": _signer(STRUCTURE, 'extension="17508"')},
    ("placer's order number", "missing"): {
        "none": _order(PLACER_ELEMENT, ""),
        "null": _order(PLACER, 'nullFlavor="UNK"'),
        "no order": cda(orders=""),
    },
    ("placer's order number", "repeated"): {"two": _order(PLACER_ELEMENT, PLACER_ELEMENT * 2)},
    ("placer's order number", "ambiguous"): {
        "a nullFlavor and a value": _order(PLACER, f"{PLACER}{NULL}"),
    },
    ("placer's order number", "ill-formed"): {
        "two values of DICOM": _order("OPN103", "OPN\\103"),
        "too long": _order("OPN103", "O" * 65),
        "no OID": _order("1.2.250.1.748.12345678.12", "RIS"),
    },
    ("placer's order number", "partial"): {"no root": _order("1.2.250.1.748.12345678.12", "")},
    ("accession number", "missing"): {
        "none": _order(ACCESSION_ELEMENT, ""),
        "null": _order(ACCESSION, 'nullFlavor="UNK"'),
        "of another namespace": _order("ps:accessionNumber", "accessionNumber"),
    },
    ("accession number", "repeated"): {"two": _order(ACCESSION_ELEMENT, ACCESSION_ELEMENT * 2)},
    ("accession number", "ambiguous"): {
        "a nullFlavor and a value": _order(ACCESSION, f"{ACCESSION}{NULL}"),
    },
    ("accession number", "ill-formed"): {
        "two values of DICOM": _order("ACN103", "ACN\\103"),
        "too long": _order("ACN103", "A" * 17),
        "no OID": _order("1.2.250.1.925.994044.27", "RIS"),
    },
    ("accession number", "partial"): {"no root": _order("1.2.250.1.925.994044.27", "")},
    ("documentationOf", "unknown"): {
        "an act without study": cda(exams=exam() + exam(ids="")),
        "a null study": cda(exams=exam() + exam(ids=f"<id{NULL}/>")),
        "a diagnosis without study": cda(
            exams=exam()
            + exam(ids="", code='<code code="C50.9" codeSystem="2.16.840.1.113883.6.3"/>')
        ),
    },
    ("documentationOf", "missing"): {"none": cda(exams="")},
    ("documentationOf", "ambiguous"): {
        "a nullFlavor and a study": cda(
            exams=exam() + exam().replace("<documentationOf", '<documentationOf nullFlavor="NA"')
        ),
    },
    ("documentationOf", "ill-formed"): {
        "no namespace": cda(
            exams=exam() + exam().replace("<documentationOf", '<documentationOf xmlns=""')
        ),
    },
    ("StudyInstanceUID", "unknown"): {
        "a number of another kind": cda(exams=exam() + exam(_id("1.2.3", "12"))),
    },
    ("StudyInstanceUID", "ambiguous"): {
        "a nullFlavor and a value": cda(exams=exam(f'<id root="{STUDY}"{NULL}/>')),
    },
    ("StudyInstanceUID", "ill-formed"): {
        "a leading zero": cda(exams=exam() + exam('<id root="1.2.03"/>')),
        "too long": cda(exams=exam(f'<id root="1.{"2" * 63}"/>')),
    },
    ("StudyInstanceUID", "partial"): {"no root": cda(exams=exam(_id("", "1.2.3")))},
    ("modality", "unknown"): {
        "a code of nobody": _act(_dcm("CT"), _dcm("RM")),
        "no acquisition": _act(_dcm("SR")),
    },
    ("modality", "missing"): {"none": _act(), "null": _act(f"<translation{NULL}/>")},
    ("modality", "ambiguous"): {"a nullFlavor and a value": _act(_dcm("CT"), _dcm("MR", NULL))},
    ("a list of the header", "repeated"): {
        "orders": cda(orders=order() * 101),
        "codes": _act(*[_dcm("CT")] * 101),
        "null numbers": _ids(f"<id{NULL}/>" * 101),
    },
}


def _register(datum: str, way: str, variants: dict[str, bytes]) -> None:
    @case(datum, way)
    def play() -> Variants:
        for name, document in variants.items():
            yield name, outcome_of_message(message(document=document))


for (_datum, _way), _variants in CASES.items():
    _register(_datum, _way, _variants)
