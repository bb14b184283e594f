"""TD0.2: the question, and answers: nothing but a plain one about this patient opens anything."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.drimbox.dmp.existence import (
    HL7V3,
    Authorization,
    Existence,
    PatientRecord,
    RecordTraits,
    ask,
    read,
)
from functions.drimbox.dmp.soap import AnswerUnreadable
from functions.drimbox.errors import DmpRefused
from functions.drimbox.safe_xml import UnsafeXml, parse
from tests.drimbox.dmp import records, samples
from tests.drimbox.dmp.records import QUESTION, acknowledged, act, answer, line, subject

TRAITS = RecordTraits("PATIENTE", "EPOUSE", ("ALICE",), "19790328", "F")


def found(text: str) -> PatientRecord:
    return read(parse(text.encode()), QUESTION)


def of(person: str) -> RecordTraits | None:
    return found(answer(control=act(subject(person=person)))).traits


def test_the_question_is_that_of_the_national_interface() -> None:
    asked = parse(ask(QUESTION, samples.AT))
    assert asked.tag == f"{{{HL7V3}}}PRPA_IN201307UV02"
    assert [etree.tag.partition("}")[2] for etree in asked] == [
        *("id", "creationTime", "interactionId", "processingCode", "processingModeCode"),
        *("acceptAckCode", "receiver", "sender", "controlActProcess"),
    ]
    names = {"h": HL7V3}
    for path, value in {
        "h:creationTime/@value": "20260302093015",
        "h:receiver/h:device/h:id/@root": "1.2.250.1.213.4.1.1.1",
        "h:sender/h:device/h:id/@root": "1.2.250.1.999.1",
        "h:controlActProcess/h:reasonCode/@code": "TEST_EXST",
        "h:controlActProcess/h:reasonCode/@codeSystem": "1.2.250.1.213.1.1.4.11",
        ".//h:patientIdentifier/h:value/@root": samples.INS.oid,
        ".//h:patientIdentifier/h:value/@extension": samples.INS.value,
        ".//h:patientIdentifier/h:semanticsText/text()": "Patient.id",
    }.items():
        assert asked.xpath(path, namespaces=names) == [value], path


def test_an_open_dmp_with_an_authorisation() -> None:
    assert found(answer()) == PatientRecord(Existence.OPEN, Authorization.VALID, TRAITS)
    assert "PATIENTE" not in repr(found(answer())) + repr(TRAITS)


@pytest.mark.parametrize(
    ("code", "authorization"),
    [
        ("NON_EXISTE", Authorization.ABSENT),
        ("INEXISTANTE", Authorization.ABSENT),
        ("EXPIRE", Authorization.EXPIRED),
        ("EXPIREE", Authorization.EXPIRED),
        ("INTERDIT", Authorization.REFUSED),
        ("INTERDITE", Authorization.REFUSED),
    ],
)
def test_an_open_dmp_without_one(code: str, authorization: Authorization) -> None:
    assert found(answer(lines=line(code))).authorization is authorization


def test_no_dmp_and_a_closed_one_give_nothing_else() -> None:
    assert found(records.NO_RECORD) == PatientRecord(Existence.NONE)
    closed = subject(status='<statusCode code="terminated"/>')
    assert found(answer(control=act(closed))) == PatientRecord(Existence.CLOSED)


def test_an_older_number_of_the_patient_beside_the_ins_says_nothing() -> None:
    ids = records.identifier("0123456789012345678901", "1.2.250.1.213.1.4.2")
    both = subject(ids=ids + records.identifier())
    assert found(answer(control=act(both))).existence is Existence.OPEN


OTHER = records.identifier("184027512345679")
OTHER_KIND = records.identifier(oid="1.2.250.1.213.1.4.8")


@pytest.mark.parametrize(
    "text",
    [
        answer(tag="PRPA_IN201306UV02"),
        answer(acknowledgement=acknowledged() + acknowledged()),
        answer(acknowledgement=acknowledged("CA")),
        answer(acknowledgement=acknowledged(message=records.OTHER_UUID)),
        answer(acknowledgement="<sender/>"),
        answer(control="<sender/>"),
        answer(control=act() + act()),
        answer(control=act(reason="CNSLT_DATA")),
        answer(control=act(query=records.OTHER_UUID)),
        answer(control=act(response="")),
        answer(control=act(response='<queryResponseCode code="ok"/>')),
        answer(control=act(response='<queryResponseCode code="OK" nullFlavor="UNK"/>')),
        answer(control=act(response='<queryResponseCode code="OK"/>' * 2)),
        answer(control=act(response='<queryResponseCode code="NF"/>')),
        answer(control=act("")),
        answer(control=act(subject() + subject())),
        answer(control=act(subject(ids=OTHER))),
        answer(control=act(subject(ids=OTHER_KIND))),
        answer(control=act(subject(ids=records.identifier() + OTHER))),
        answer(control=act(subject(ids=records.identifier() + OTHER_KIND))),
        answer(control=act(subject(ids=records.identifier() * 2))),
        answer(control=act(subject(ids="<id/>"))),
        answer(control=act(subject(status=""))),
        answer(control=act(subject(status='<statusCode code="suspended"/>'))),
        answer(control=act(subject(status='<statusCode code="active"/>' * 2))),
        answer(lines=""),
        answer(lines=line() + line()),
        answer(lines=line() + line("INTERDIT")),
        answer(lines=line("valide")),
        answer(lines=line("VALIDE ")),
        answer(lines=line("")),
        answer(lines=line(system="1.2.250.1.213.4.1.2.6.3")),
        answer(lines=line(key="2")),
        answer(lines=line().replace("<value ", '<value nullFlavor="NI" ')),
        answer(lines=line().replace("</attentionLine>", '<value code="X"/></attentionLine>')),
        answer(control=act(subject(person=records.PERSON * 2))),
    ],
)
def test_an_answer_that_is_not_plain_is_unreadable(text: str) -> None:
    with pytest.raises(AnswerUnreadable):
        found(text)


@pytest.mark.parametrize("kind", ["AE", "AR"])
def test_a_refusal_gives_its_codes_and_no_text(kind: str) -> None:
    detail = "<acknowledgementDetail>{}<text>Mme PATIENTE</text></acknowledgementDetail>"
    details = detail.format('<code code="DMPError"/>') + detail.format('<code code="Mme X"/>')
    for said, codes in ((details, ("DMPError", "unreadable_code")), ("", (kind,))):
        with pytest.raises(DmpRefused) as caught:
            found(answer(acknowledgement=acknowledged(kind, details=said)))
        assert caught.value.registry_codes == codes


@pytest.mark.parametrize("code", ["AE", "QE"])
def test_a_query_that_was_not_run_is_refused(code: str) -> None:
    with pytest.raises(DmpRefused) as caught:
        found(answer(control=act("", response=f'<queryResponseCode code="{code}"/>')))
    assert caught.value.registry_codes == (code,)


def test_traits_that_the_dmp_does_not_give_are_empty() -> None:
    assert of("") == of("<patientPerson/>") == RecordTraits()
    unknown = '<administrativeGenderCode nullFlavor="UNK"/><birthTime/>'
    assert of(f"<patientPerson><name><given/></name>{unknown}</patientPerson>") == RecordTraits()


def test_a_family_without_a_qualifier_counts_as_the_birth_s() -> None:
    name = "<name><given> ANNE  ALICE </given><given>MARIE</given><family>NOM</family></name>"
    more = '<administrativeGenderCode code="UN"/><birthTime value="1979"/>'
    assert of(f"<patientPerson>{name}{more}</patientPerson>") == RecordTraits(
        "NOM", "", ("ANNE ALICE", "MARIE"), "1979", "U"
    )


@pytest.mark.parametrize(
    "inside",
    [
        "<name><family>UN</family><family>DEUX</family></name>",
        "<name><family>UN</family></name><name><family>DEUX</family></name>",
        "<name><family>UN<given>DEUX</given></family></name>",
        f"<name><given>{'A' * 257}</given></name>",
        '<birthTime value="1979-03-28"/>',
        '<birthTime value="197903280000+0100"/>',
        '<birthTime value="197"/>',
        '<birthTime value="19790328"/><birthTime value="19790329"/>',
        '<administrativeGenderCode code="X"/>',
        '<administrativeGenderCode code="M"/><administrativeGenderCode code="F"/>',
    ],
)
def test_traits_that_contradict_themselves_are_unreadable(inside: str) -> None:
    with pytest.raises(AnswerUnreadable):
        of(f"<patientPerson>{inside}</patientPerson>")


WORDS = st.sampled_from(
    [*records.answer().replace(">", ">\x00").split("\x00"), "VALIDE", "INTERDIT", OTHER, "<x/>"]
)


@given(at=st.integers(0, 5000), length=st.integers(0, 60), put=st.one_of(WORDS, st.text()))
def test_no_change_of_an_answer_makes_an_authorisation(at: int, length: int, put: str) -> None:
    """A refusal that is spoiled anywhere never becomes an authorisation, nor another's DMP ours."""
    for good in (answer(lines=line("INTERDIT")), answer(control=act(subject(ids=OTHER)))):
        start = at % len(good)
        text = good[:start] + put.replace("VALIDE", "VALID") + good[start + length :]
        try:
            record = found(text)
        except (AnswerUnreadable, DmpRefused, UnsafeXml, UnicodeEncodeError):
            continue
        assert record.authorization is not Authorization.VALID or samples.INS.value in put
