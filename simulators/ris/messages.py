"""The HL7 v2 messages of a case: ORU^R01, MDM^T02/T04/T10 (CISIS_CDA_HL7_V2) and OMI^O23."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from simulators.ris.cases import Case
from simulators.ris.cda import (
    PROFESSIONAL_ROOT,
    REPORT_CODE,
    STRUCTURE_NAME,
    STRUCTURE_ROOT,
    cda,
)
from simulators.ris.pdf import pdf

Form = Literal["ORU", "MDM", "OMI"]

FORMS: Final[tuple[Form, ...]] = ("ORU", "MDM", "OMI")
# MSH-18 (table 0211) -> the codec that writes it.
CHARSETS: Final = {
    "UNICODE UTF-8": "utf-8",
    "8859/15": "iso8859-15",
    "8859/1": "iso8859-1",
}
DEFAULT_SENDER: Final = ("DRIM_RIS", "AMBROISE")
RECEIVER: Final = ("DRIMBOX", "AMBROISE")

_STRUCTURE: Final = ("750803447", STRUCTURE_NAME)


@dataclass(frozen=True, slots=True)
class _Envelope:
    """The differences between the two forms that carry a document."""

    version: str
    event: dict[str, str]
    data_type: str
    flag_type: str
    order: str


_OBR_16_TO_32: Final = (
    "||||||||||||899700367909^ARDOUIN^SOLENE^^^DR^^^^D^^^RPPS^||09011600123|||||||F"
    "|||||||899700367909&ARDOUIN&SOLENE"
)
_FORMS: Final = {
    "ORU": _Envelope(
        version="2.5",
        event=dict.fromkeys(("NW", "RO", "CA"), "ORU^R01^ORU_R01"),
        data_type="TEXT",
        flag_type="CE",
        order="984375862^EntityNAME|09011600123^EntityNAME",
    ),
    "MDM": _Envelope(
        version="2.6",
        event={"NW": "MDM^T02^MDM_T02", "RO": "MDM^T10^MDM_T02", "CA": "MDM^T04^MDM_T02"},
        data_type="text",
        flag_type="CWE",
        order="|",
    ),
}
_STATUS: Final = {"NW": "F", "RO": "C", "CA": "D"}
_LABELS: Final = {
    "MASQUE_PS": "Masqué aux professionnels de Santé",
    "INVISIBLE_PATIENT": "Document Non Visible par le patient",
    "INVISIBLE_REP_LEGAUX": "Non visible par les représentants Légaux du patient",
    "CONNEXION_SECRETE": "Connexion Secrete",
    "MODIF_CONF_CODE": "Modification Confidentiality Code",
    "DESTDMP": "Destinataire DMP",
    "DESTMSSANTEPS": "Destinataire (Professionnel de Santé, organisation ou BAL applicative)",
    "DESTMSSANTEPAT": "Destinataire Patient",
    "ACK_RECEPTION": "Accusé de réception",
    "ACK_LECTURE_MSS": "Accusé de lecture",
}


def message(
    case: Case,
    form: Form = "ORU",
    *,
    control_id: str,
    at: datetime,
    sender: tuple[str, str] | None = None,
    receiver: tuple[str, str] = RECEIVER,
    line_end: str = "\r",
    charset: str = "UNICODE UTF-8",
    pdf_size: int = 0,
    document: bytes = b"",
    structure: tuple[str, str] = _STRUCTURE,
) -> bytes:
    """The message of ``case`` in ``form``, without terminator after its last segment.

    ``sender``: MSH-3 and MSH-4, by default the case's own, else DEFAULT_SENDER. ``control_id``:
    MSH-10. ``at``: MSH-7, aware. ``charset``: MSH-18, a key of CHARSETS (KeyError otherwise);
    characters that it lacks are written as ``?``. ``pdf_size``: bytes to which the PDF is padded.
    ``document``: a CDA that stands for the case's own, of a ``structure`` (FINESS and name).
    ``form="OMI"`` asks for the exam's withdrawal (ORC-1 CA, one IPC per study), without document.
    """
    codec = CHARSETS[charset]
    sender = sender or case.sender or DEFAULT_SENDER
    stamp = case.layout.message_time or at.strftime("%Y%m%d%H%M%S%z")
    head = [*sender, *receiver, stamp, ""]
    if form == "OMI":
        segments = _omi(case, head, control_id, at)
    else:
        segments = _report(
            case,
            _FORMS[form],
            head,
            control_id=control_id,
            at=at,
            charset=charset,
            document=document or cda(case, pdf_size=pdf_size),
            structure=structure,
        )
    return line_end.join(segments).encode(codec, "replace")


def _report(
    case: Case,
    form: _Envelope,
    head: list[str],
    *,
    control_id: str,
    at: datetime,
    charset: str,
    document: bytes,
    structure: tuple[str, str],
) -> list[str]:
    mdm = form.version == "2.6"
    event = form.event[case.action]
    code = f"{REPORT_CODE[0]}^{REPORT_CODE[1]}^LN"
    coded = base64.b64encode(document).decode("ascii")
    header = "|".join(["MSH", "^~\\&", *head, event, control_id, "P", form.version])
    trailing = "" if mdm else _OBR_16_TO_32
    segments = [
        f"{header}|||||FRA|{charset}|||2.1^CISIS_CDA_HL7_V2",
        *([f"EVN||{at:%Y%m%d%H%M%S}|||OPERATEUR|{at:%Y%m%d%H%M%S}"] if mdm else []),
        _pid(case),
        _visit(),
        f"ORC|{case.action}|",
        f"OBR|1|{form.order}|{code}{trailing or '|'}",
        *([_txa(case)] if mdm else []),
        f"OBX|1|ED|{code}||^{form.data_type}^XML^Base64^{coded}||||||{_STATUS[case.action]}|",
        *_participations(case, structure),
    ]
    number = 2
    for body in _observations(case, form.flag_type):
        segments.append(f"OBX|{number}|{body}||||||F|")
        number += 1
    return segments


def _pid(case: Case) -> str:
    traits = case.traits
    ins = f"{case.ins}^^^ASIP-SANTE-INS-NIR&{case.ins_oid}&ISO^INS^^"
    local = {
        "oid": f"~{case.ipp}^^^AUT-AFFECTATION&{case.ipp_root}&ISO^PI",
        "name": f"~{case.ipp}^^^AUT-AFFECTATION^PI",
        "none": "",
    }[case.layout.local_id]
    legal = f"{traits.family}^{traits.given}^{traits.givens}^^^^L"
    used = f"~{traits.used_family}^^^^^^D" if traits.used_family else ""
    birth = f"^^^^^^BDL^^{case.layout.birth_place or traits.birth_place}"
    home = "7 rue des Essais^^PARIS^^75013^FRA^H"
    fields = {
        3: ins + local,
        5: legal + used,
        7: traits.birth_date,
        8: traits.sex,
        11: f"{birth}{case.layout.repetition}{home}",
        23: "C",
        31: "N",
        32: case.ins_status,
    }
    return "|".join(["PID", *(fields.get(position, "") for position in range(1, 33))])


def _visit() -> str:
    return "PV1|1|I|IMAGERIE||||||||||||||||000103000^^^AUT-AFFECTATION&120456789&M^VN^^20210108"


def _txa(case: Case) -> str:
    """Document notification; TXA-12 the document, TXA-13 the one that it replaces."""
    fields = {
        1: "1",
        2: REPORT_CODE[0],
        3: "TEXT",
        4: case.ended[:12],
        12: case.cda_id,
        13: case.replaces,
        17: "AU",
        22: "801234564895",
    }
    return "|".join(["TXA", *(fields.get(position, "") for position in range(1, 23))])


def _participations(case: Case, named: tuple[str, str]) -> list[str]:
    table = case.layout.participation_table
    person = f"801234564895^LANGEVIN^Corentin^^^^^^ASIP-SANTE-PS&{PROFESSIONAL_ROOT}&ISO^D^^^RPPS"
    finess, name = named
    structure = f"{name}^^^^^ASIP-SANTE-ST&{STRUCTURE_ROOT}&ISO^FINEG^^^{finess}"
    segments = [f"PRT||UC||SB^^{table}|{person}|||{structure}"]
    if case.layout.recipients:
        address = "^NET^X.400^{}"
        segments += [
            f"PRT||UC||RCT^^{table}|||||||||||{address.format('cabinet@medecin.mssante.example')}",
            f"PRT||UC||RCT^^{table}|||||||||||{address.format('patient@patient.mssante.example')}",
            f"PRT||UC||REPLY^^{table}|||||||||||{address.format('imagerie@site.mssante.example')}",
        ]
    return segments


def _observations(case: Case, kind: str) -> list[str]:
    """OBX-2 to OBX-5 of every observation after the document."""
    table = case.layout.flag_table
    flags = [
        f"{kind}|{code}^{_LABELS[code]}^MetaDMPMSS"
        f"||{'Y' if getattr(case.flags, code.lower()) else 'N'}^^{table}"
        for code in case.layout.flag_order
    ]
    if not case.layout.recipients:
        return flags
    annexe = base64.b64encode(pdf(("Annexe du compte rendu",))).decode("ascii")
    mail = base64.b64encode("Un compte rendu vous est adressé.".encode()).decode("ascii")
    return [
        f"ED|11502-2^CR d'examens biologiques^LN||^application^pdf^Base64^{annexe}",
        *flags[:8],
        f"ED|CORPSMAIL_PS^Corps du mail^MetaDMPMSS||^TEXT^PLAIN^Base64^{mail}",
        *flags[8:],
    ]


def _omi(case: Case, head: list[str], control_id: str, at: datetime) -> list[str]:
    """The exam was taken out of the PACS (OMI^O23, HL7 2.5.1; IPC-1 accession, IPC-3 study)."""
    code = f"{REPORT_CODE[0]}^{REPORT_CODE[1]}^LN"
    return [
        f"MSH|^~\\&|{'|'.join(head)}|OMI^O23^OMI_O23|{control_id}|P|2.5.1||||||||",
        _pid(case),
        _visit(),
        "ORC|CA|",
        f"TQ1|||||||{at:%Y%m%d}||",
        f"OBR|1|{_FORMS['ORU'].order}|{code}{_OBR_16_TO_32}",
        "OBX|1|ST|Modification Examen Imagerie||||||||||||||",
        *(
            f"IPC|{study.accession}|PACS_SOURCE|{study.study_instance_uid}|12346789|||||"
            for study in case.archived_studies()
        ),
    ]
