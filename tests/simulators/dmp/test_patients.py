"""The patients' DMP: their description, TD0.2 and TD0.3, and the VIHF that each demands."""

from __future__ import annotations

from typing import Any

import pytest
from lxml import etree

from simulators.dmp.demands import DEMANDS
from simulators.dmp.errors import RegistryError
from simulators.dmp.identifiers import PatientId
from simulators.dmp.patients import BadPatient, Patient, Traits
from tests.simulators.dmp.conftest import Bench
from tests.simulators.dmp.sender import INS, INS_OID, Query, Reply, Vihf, envelope, later

HL7 = "urn:hl7-org:v3"
TD02 = "urn:hl7-org:v3:PRPA_IN201307UV02"
TD03 = "urn:si-dmp-habilitations:HabilitationsEndPoint:setAuthorization"
AIR = "INDIRECTE_RENFORCEE"
WHO = PatientId(INS, INS_OID)
QUESTION = (
    f'<PRPA_IN201307UV02 xmlns="{HL7}" ITSVersion="XML_1.0">'
    '<id root="1.2.3.1" extension="m-1"/><creationTime value="20261124120000"/>'
    '<interactionId root="2.16.840.1.113883.1.6" extension="PRPA_IN201307UV02"/>'
    '<processingCode code="P"/><processingModeCode code="T"/><acceptAckCode code="AL"/>'
    '<receiver typeCode="RCV"><device><id root="1.2.250.1.213.4.1.1.1"/></device></receiver>'
    '<sender typeCode="SND"><device><id root="1.2.3"/></device></sender>'
    '<controlActProcess classCode="CACT" moodCode="EVN">'
    '<reasonCode code="TEST_EXST" codeSystem="1.2.250.1.213.1.1.4.11"/>'
    '<queryByParameter><queryId root="1.2.3.2" extension="q-1"/><statusCode code="new"/>'
    f'<parameterList><patientIdentifier><value root="{INS_OID}" extension="{INS}"/>'
    "<semanticsText>Patient.id</semanticsText></patientIdentifier></parameterList>"
    "</queryByParameter></controlActProcess></PRPA_IN201307UV02>"
)
ADD = '<setAuthorization xmlns="urn:si-dmp-habilitations"><action>AJOUT</action></setAuthorization>'


def sent(bench: Bench, transaction: str, payload: str, vihf: Vihf | None = None) -> Reply:
    action = {"td0.2": TD02, "td0.3": TD03}[transaction]
    assertion = (vihf or Vihf(bench.site, mode=AIR)).build()
    body = etree.tostring(envelope(action, assertion, etree.fromstring(payload)))
    peer = bench.site.peer
    answer = bench.registry.execute(transaction, body, "application/soap+xml", peer)
    return Reply.of(*answer)


def values(reply: Reply, path: str) -> list[str]:
    names = {"h": HL7, "a": "urn:si-dmp-habilitations"}
    found: Any = reply.root.xpath(path, namespaces=names)
    return [str(one) for one in found]


AUTHORIZATION = "//h:attentionLine[h:keyWordText/@code='AUTORISATION']/h:value/@code"
RESPONSE = "//h:queryResponseCode/@code"
STATUS = "//a:output/a:status/text()"


def test_a_patient_whom_nobody_described_has_an_open_authorised_dmp(bench: Bench) -> None:
    reply = sent(bench, "td0.2", QUESTION)
    assert reply.header("Action") == "urn:hl7-org:v3:PRPA_IN201308UV02"
    assert values(reply, AUTHORIZATION) == ["VALIDE"]
    assert values(reply, RESPONSE) == ["OK"]
    assert values(reply, "//h:patient/h:id/@extension") == [INS]
    assert values(reply, "//h:patient/h:statusCode/@code") == ["active"]
    assert values(reply, "//h:targetMessage/h:id/@extension") == ["m-1"]
    assert values(reply, "//h:queryAck/h:queryId/@extension") == ["q-1"]
    assert values(reply, "//h:patientPerson") == []


@pytest.mark.parametrize(
    ("state", "code"), [("absent", "NON_EXISTE"), ("expired", "EXPIRE"), ("refused", "INTERDIT")]
)
def test_the_authorisation_is_told(bench: Bench, state: str, code: str) -> None:
    bench.registry.describe_patient(WHO, Patient(authorization=state))
    assert values(sent(bench, "td0.2", QUESTION), AUTHORIZATION) == [code]


def test_no_dmp_a_closed_one_and_the_traits_are_told(bench: Bench) -> None:
    bench.registry.describe_patient(WHO, Patient("none"))
    reply = sent(bench, "td0.2", QUESTION)
    assert (values(reply, RESPONSE), values(reply, "//h:patient")) == (["NF"], [])
    traits = Traits("D'<ESSAI>", "AUTRE", ("ANNE", "LÉA"), "1979", "UN")
    bench.registry.describe_patient(WHO, Patient("closed", traits=traits))
    reply = sent(bench, "td0.2", QUESTION)
    assert values(reply, "//h:patient/h:statusCode/@code") == ["terminated"]
    assert values(reply, "//h:family[@qualifier='BR']/text()") == ["D'<ESSAI>"]
    assert values(reply, "//h:family[@qualifier='SP']/text()") == ["AUTRE"]
    assert values(reply, "//h:given/text()") == ["ANNE", "LÉA"]
    assert values(reply, "//h:birthTime/@value") == ["1979"]
    assert values(reply, "//h:administrativeGenderCode/@code") == ["UN"]


@pytest.mark.parametrize(
    ("before", "status", "after"),
    [
        (Patient(authorization="absent"), "DMPOk", "valid"),
        (Patient(authorization="expired"), "DMPOk", "valid"),
        (Patient(), "DMPOk", "valid"),
        (Patient(authorization="refused"), "DMPAuthorizationRefused", "refused"),
        (Patient("closed", "absent"), "DMPClosed", "absent"),
        (Patient("none", "absent"), "DMPNotFound", "absent"),
    ],
)
def test_an_authorisation_is_added_unless_the_patient_opposes_it(
    bench: Bench, before: Patient, status: str, after: str
) -> None:
    bench.registry.describe_patient(WHO, before)
    reply = sent(bench, "td0.3", ADD)
    assert reply.header("Action").endswith("setAuthorizationResponse")
    assert values(reply, STATUS) == [status]
    assert bench.registry.patients()[str(WHO)]["authorization"] == after


@pytest.mark.parametrize(
    "patient",
    [Patient(authorization="absent"), Patient(authorization="refused"), Patient("closed")],
)
def test_without_an_authorisation_a_consultation_is_refused_and_a_sender_s_query_is_not(
    bench: Bench, patient: Patient
) -> None:
    bench.registry.describe_patient(WHO, patient)
    refused = bench.query(Query.find(bench.site, vihf=Vihf(bench.site, mode=AIR)))
    assert len(refused.codes) == 1
    assert refused.codes[0].startswith("DMP")
    assert bench.query(Query.find(bench.site)).success
    bench.registry.forget_patients()
    assert bench.query(Query.find(bench.site, vihf=Vihf(bench.site, mode=AIR))).success
    assert bench.registry.patients() == {}


def test_each_transaction_demands_its_own_assertion(bench: Bench) -> None:
    bench.registry.describe_patient(WHO, Patient(authorization="absent"))

    def glass(assertion: etree._Element) -> None:
        for one in assertion.iter(f"{{{HL7}}}PurposeOfUse"):
            one.set("code", "bris_de_glace")

    def nobody(assertion: etree._Element) -> None:
        next(assertion.iter(f"{{{HL7}}}Role")).set("code", "physician")

    other = f"{INS}^^^&1.2.250.1.213.1.4.11&ISO^NH"
    site = bench.site
    for vihf in (
        Vihf(site),
        Vihf(site, mode=AIR, before=glass),
        Vihf(site, mode=AIR, before=nobody),
    ):
        assert sent(bench, "td0.3", ADD, vihf).fault.startswith("wsse:")
    assert bench.registry.patients()[str(WHO)]["authorization"] == "absent"
    assert sent(bench, "td0.2", QUESTION, Vihf(site, mode=AIR, patient=other)).fault != ""
    assert sent(bench, "td0.2", QUESTION, Vihf(site)).fault == ""
    assert set(DEMANDS) == {"td0.2", "td0.3"}


def test_an_assertion_serves_once_and_thirty_seconds(bench: Bench) -> None:
    assertion = Vihf(bench.site, mode=AIR)
    built = assertion.build()
    body = etree.tostring(envelope(TD03, built, etree.fromstring(ADD)))
    answers = [
        Reply.of(
            *bench.registry.execute("td0.3", body, "application/soap+xml", bench.site.peer)
        ).fault
        for _ in range(2)
    ]
    assert answers == ["", "wsse:FailedAuthentication"]
    old = Vihf(bench.site, mode=AIR, now=later(-31))
    assert sent(bench, "td0.3", ADD, old).fault == "wsse:MessageExpired"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("PRPA_IN201307UV02 xmlns", "Other xmlns"),
        ("XML_1.0", "XML_2.0"),
        ('extension="PRPA_IN201307UV02"', 'extension="PRPA_IN201305UV02"'),
        ('processingCode code="P"', 'processingCode code="X"'),
        ('value="20261124120000"', 'value="demain"'),
        ("1.2.250.1.213.4.1.1.1", "1.2.250.1.213.4.1.1.2"),
        ('<id root="1.2.3"/>', '<id root="uuid"/>'),
        ("TEST_EXST", "CNSLT_DATA"),
        ('statusCode code="new"', 'statusCode code="old"'),
        ("Patient.id", "Patient.name"),
        (f'root="{INS_OID}"', 'root="1.2.3"'),
        (f'extension="{INS}"', 'extension=""'),
        ('<queryId root="1.2.3.2" extension="q-1"/>', "<queryId/>"),
        ('<acceptAckCode code="AL"/>', ""),
        ("<semanticsText>Patient.id</semanticsText>", ""),
    ],
)
def test_a_question_that_is_none_is_refused(bench: Bench, old: str, new: str) -> None:
    changed = QUESTION.replace(old, new).replace("</PRPA_IN201307UV02>", "</Other>")
    asked = changed if "<Other" in changed else QUESTION.replace(old, new)
    assert sent(bench, "td0.2", asked).fault != ""


@pytest.mark.parametrize(
    "payload",
    [
        ADD.replace("AJOUT", "SUPPRESSION"),
        ADD.replace("<action>AJOUT</action>", ""),
        ADD.replace("</action>", "</action><role>MEDECIN_TRAITANT</role>"),
        ADD.replace("setAuthorization", "other"),
    ],
)
def test_another_change_of_an_authorisation_is_refused(bench: Bench, payload: str) -> None:
    assert sent(bench, "td0.3", payload).fault != ""
    assert bench.registry.patients() == {}


def test_a_refusal_on_demand_has_the_form_of_its_transaction(bench: Bench) -> None:
    error = RegistryError("DMPDown", "on demand")

    def refused(action: str, transaction: str, payload: str) -> Reply:
        assertion = Vihf(bench.site, mode=AIR).build()
        body = etree.tostring(envelope(action, assertion, etree.fromstring(payload)))
        answer = bench.registry.refuse(transaction, body, "application/soap+xml", error)
        return Reply.of(*answer)

    about = refused(TD02, "td0.2", QUESTION)
    assert values(about, "//h:acknowledgement/@typeCode") == ["AE"]
    assert values(about, "//h:acknowledgementDetail/h:code/@code") == ["DMPDown"]
    assert values(refused(TD03, "td0.3", ADD), STATUS) == ["DMPDown"]
    assert refused(TD02, "td0.2", QUESTION.replace("TEST_EXST", "X")).fault != ""


def test_a_lenient_dmp_names_nobody_without_an_assertion(make_bench: Any) -> None:
    bench = make_bench(lenient=True)
    assert values(sent(bench, "td0.2", QUESTION), RESPONSE) == ["OK"]
    assert sent(bench, "td0.3", ADD).fault != ""


GOOD: dict[str, Any] = {"ins": INS, "oid": INS_OID}


def test_a_description_is_read_and_kept() -> None:
    assert Patient.read(GOOD) == (WHO, Patient())
    facts = {**GOOD, "existence": "closed", "authorization": "expired"}
    traits = {"birth_family": "X", "givens": ["A", "B"], "birth_date": "19790328", "sex": "F"}
    _, patient = Patient.read({**facts, "traits": traits})
    assert patient == Patient("closed", "expired", Traits("X", "", ("A", "B"), "19790328", "F"))
    assert Patient.stored(patient.describe()) == patient


@pytest.mark.parametrize(
    "facts",
    [
        None,
        {},
        {"ins": INS},
        {**GOOD, "oid": "1.2.3"},
        {**GOOD, "colour": "red"},
        {**GOOD, "existence": "ajar"},
        {**GOOD, "authorization": "maybe"},
        {**GOOD, "traits": None},
        {**GOOD, "traits": {"colour": "red"}},
        {**GOOD, "traits": {"givens": "A"}},
        {**GOOD, "traits": {"givens": [1]}},
        {**GOOD, "traits": {"birth_family": 1}},
        {**GOOD, "traits": {"used_family": "a\nb"}},
        {**GOOD, "traits": {"birth_date": "28/03/1979"}},
        {**GOOD, "traits": {"birth_date": 1979}},
        {**GOOD, "traits": {"sex": "X"}},
        {**GOOD, "traits": {"sex": 1}},
    ],
)
def test_a_description_that_is_none_is_refused(facts: Any) -> None:
    with pytest.raises(BadPatient):
        Patient.read(facts)
