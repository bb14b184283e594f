"""The DMP's answers to TD0.2 and TD0.3, written by hand from the national interface."""

from __future__ import annotations

from functions.drimbox.dmp.existence import HL7V3, Question
from functions.drimbox.oid import Oid, uid_of
from tests.drimbox.dmp import samples

QUESTION = Question(
    samples.INS,
    Oid("1.2.250.1.999.1"),
    "00000000-0000-4000-8000-000000000001",
    "00000000-0000-4000-8000-000000000002",
)
OTHER_UUID = "00000000-0000-4000-8000-00000000000f"
PERSON = (
    "<patientPerson><name><prefix>Mme</prefix><given>ALICE</given>"
    '<given qualifier="CL">LILI</given><family qualifier="BR">PATIENTE</family>'
    '<family qualifier="SP">EPOUSE</family></name>'
    '<administrativeGenderCode code="F"/><birthTime value="19790328"/></patientPerson>'
)


def line(code: str = "VALIDE", *, system: str = "1.2.250.1.213.4.1.2.6.2", key: str = "1") -> str:
    """The line that tells the authorisation."""
    return (
        f'<attentionLine><keyWordText code="AUTORISATION" '
        f'codeSystem="1.2.250.1.213.4.1.2.6.{key}"/>'
        f'<value code="{code}" codeSystem="{system}"/></attentionLine>'
    )


STATUT_MT = (
    '<attentionLine><keyWordText code="STATUT_MT" codeSystem="1.2.250.1.213.4.1.2.6.3"/>'
    '<value value="true"/></attentionLine>'
)


def identifier(value: str = samples.INS.value, oid: str = samples.INS.oid) -> str:
    """An identifier of the patient."""
    return f'<id root="{oid}" extension="{value}"/>'


def subject(
    *, ids: str = "", status: str = '<statusCode code="active"/>', person: str = PERSON
) -> str:
    """The DMP of one patient."""
    return (
        "<subject><registrationEvent><subject1><patient>"
        f"{ids or identifier()}{status}{person}"
        "</patient></subject1></registrationEvent></subject>"
    )


def act(
    inside: str | None = None,
    *,
    response: str = '<queryResponseCode code="OK"/>',
    reason: str = "TEST_EXST",
    query: str = QUESTION.query,
) -> str:
    """controlActProcess."""
    return (
        f'<controlActProcess><reasonCode code="{reason}" codeSystem="1.2.250.1.213.1.1.4.11"/>'
        f"{subject() if inside is None else inside}"
        f'<queryAck><queryId root="{uid_of(query)}"/>{response}</queryAck></controlActProcess>'
    )


def acknowledged(kind: str = "AA", *, message: str = QUESTION.message, details: str = "") -> str:
    """acknowledgement."""
    return (
        f'<acknowledgement typeCode="{kind}"><targetMessage><id root="{uid_of(message)}"/>'
        f"</targetMessage>{details}</acknowledgement>"
    )


def answer(
    *, lines: str | None = None, acknowledgement: str = "", control: str = "", tag: str = ""
) -> str:
    """PRPA_IN201308UV02, good where nothing is changed."""
    name = tag or "PRPA_IN201308UV02"
    return (
        f'<{name} xmlns="{HL7V3}">{STATUT_MT}{line() if lines is None else lines}'
        f"{acknowledgement or acknowledged()}{control or act()}</{name}>"
    )


NO_RECORD = answer(lines="", control=act("", response='<queryResponseCode code="NF"/>'))


def authorization(status: str | None = "DMPOk") -> str:
    """setAuthorizationResponse."""
    said = "" if status is None else f"<status>{status}</status>"
    return (
        '<setAuthorizationResponse xmlns="urn:si-dmp-habilitations">'
        f"<output>{said}<context>Mme PATIENTE</context></output></setAuthorizationResponse>"
    )
