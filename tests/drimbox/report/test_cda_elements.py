"""Times, and the rules that hold for every element."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone

import pytest

from functions.drimbox.errors import MessageError
from functions.drimbox.report.cda import read_cda
from functions.drimbox.report.cda_elements import MAX_REPEATED
from tests.drimbox.report.build import (
    DOCUMENT,
    INS,
    INS_OID,
    IPP_OID,
    PARTS,
    PATIENT_NAME,
    PERFORMER,
    STUDY,
    cda,
    exam,
    order,
    patient,
)
from tests.drimbox.report.refusals import refusal, refused

PARIS = timezone(timedelta(hours=1))


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("20210108111700+0100", datetime(2021, 1, 8, 11, 17, tzinfo=PARIS)),
        ("20210108111700", datetime(2021, 1, 8, 11, 17)),  # noqa: DTZ001 - site local
        ("20210108", datetime(2021, 1, 8)),  # noqa: DTZ001 - site local
        ("2021010811", datetime(2021, 1, 8, 11)),  # noqa: DTZ001 - site local
        ("202101081117", datetime(2021, 1, 8, 11, 17)),  # noqa: DTZ001 - site local
        ("20210108111742.123-0330", datetime(2021, 1, 8, 14, 47, 42, tzinfo=UTC)),
        ("202101081117+0000", datetime(2021, 1, 8, 11, 17, tzinfo=UTC)),
    ],
)
def test_times(written: str, read: datetime) -> None:
    found = read_cda(cda(time=f'<effectiveTime value="{written}"/>')).effective_time
    assert found == read
    assert (found.tzinfo is None) == (read.tzinfo is None)


@pytest.mark.parametrize(
    "written",
    [
        "2021",
        "202101",
        "2021010",
        "20210132",
        "20210229",
        "2021010825",
        "20210108116000",
        "20210108111760",
        "20210108.5",
        "20210108111700+1",
        "20210108111700+1500",
        "20210108111700+0160",
        "20210108111700Z",
        "00000101",
        "00010101000000+1400",
        "09991231",
        "99991231235959-1400",
        "２０２１０１０８",
        "hier",
    ],
)
def test_texts_that_are_no_time(written: str) -> None:
    error = refused(cda(time=f'<effectiveTime value="{written}"/>'))
    assert (error.code, error.condition) == ("cda_element_invalid", 102)
    assert error.detail == "CDA: effectiveTime"


# --- an element that must be single ---

ID = f'<id root="{DOCUMENT}"/>'
LOINC = "2.16.840.1.113883.6.1"
RPLC = (
    '<relatedDocument typeCode="RPLC"><parentDocument><id root="1.2.4"/></parentDocument>'
    "</relatedDocument>"
)
LEGAL = PARTS["legal_authenticator"]
CUSTODIAN = PARTS["custodian"]
ENCOUNTER = PARTS["encounter"]
PERSON = "recordTarget/patientRole/patient"
GENDER = '<administrativeGenderCode code="F" codeSystem="2.16.840.1.113883.5.1"/>'
BIRTH = '<birthTime value="19790328"/>'
PLACE = "<birthplace><place><addr><county>51215</county></addr></place></birthplace>"


def _doubled(part: str, piece: str) -> str:
    assert piece in part
    return part.replace(piece, piece * 2, 1)


REPEATED = {
    "id": cda(id=ID * 2),
    "code": cda(code=PARTS["code"] * 2),
    "title": cda(title=PARTS["title"] * 2),
    "effectiveTime": cda(time=PARTS["time"] * 2),
    "confidentialityCode": cda(confidentiality=PARTS["confidentiality"] * 2),
    "setId": cda(set_id=PARTS["set_id"] * 2),
    "versionNumber": cda(version=PARTS["version"] * 2),
    "recordTarget": cda(patient=patient() * 2),
    "recordTarget/patientRole": cda(
        patient=f"<recordTarget>{patient()[14:-15] * 2}</recordTarget>"
    ),
    PERSON: cda(patient=_doubled(patient(), patient()[patient().index("<patient>") : -29])),
    f"{PERSON}/name": cda(patient=patient(name=PATIENT_NAME * 2)),
    f"{PERSON}/administrativeGenderCode": cda(patient=patient(sex=GENDER * 2)),
    f"{PERSON}/birthTime": cda(patient=patient(birth=BIRTH * 2)),
    f"{PERSON}/birthplace": cda(patient=patient(place=PLACE * 2)),
    f"{PERSON}/birthplace/place/addr/county": cda(
        patient=patient(place=_doubled(PLACE, "<county>51215</county>"))
    ),
    "legalAuthenticator": cda(legal_authenticator=LEGAL * 2),
    "custodian": cda(custodian=CUSTODIAN * 2),
    "componentOf": cda(encounter=ENCOUNTER * 2),
    "relatedDocument": cda(related=RPLC * 2),
    "relatedDocument/parentDocument": cda(
        related=_doubled(RPLC, '<parentDocument><id root="1.2.4"/></parentDocument>')
    ),
    "relatedDocument/parentDocument/id": cda(
        related=_doubled(RPLC, '<id root="1.2.4"/>').replace("1.2.4", "1.2.5", 1)
    ),
    "inFulfillmentOf/order": cda(
        orders=_doubled(order(), order()[len("<inFulfillmentOf>") : -len("</inFulfillmentOf>")])
    ),
    "documentationOf/serviceEvent/code": cda(
        exams=exam(code='<code code="1" codeSystem="1.2"/>' * 2)
    ),
    "documentationOf/serviceEvent/performer": cda(exams=exam(performer=PERFORMER * 2)),
}


@pytest.mark.parametrize("element", REPEATED)
def test_a_repeated_element_is_refused(element: str) -> None:
    error = refused(REPEATED[element])
    assert (error.code, error.condition) == ("cda_element_repeated", 198)
    assert error.detail == f"CDA: {element}"


@pytest.mark.parametrize("first", ["N", "R", "V"])
@pytest.mark.parametrize("second", ["N", "R"])
def test_two_confidentialities_are_refused_in_any_order(first: str, second: str) -> None:
    both = "".join(
        PARTS["confidentiality"].replace('code="N"', f'code="{code}"') for code in (first, second)
    )
    assert refusal(cda(confidentiality=both)) == ("cda_element_repeated", "confidentialityCode")


def test_a_null_twin_of_a_single_element_is_a_repetition_too() -> None:
    null = '<confidentialityCode nullFlavor="UNK"/>'
    for both in (null + PARTS["confidentiality"], PARTS["confidentiality"] + null):
        assert refusal(cda(confidentiality=both)) == (
            "cda_element_repeated",
            "confidentialityCode",
        )


# --- nullFlavor ---


@pytest.mark.parametrize(
    ("data", "element"),
    [
        (
            cda(
                confidentiality=PARTS["confidentiality"].replace(
                    "code=", 'nullFlavor="UNK" code=', 1
                )
            ),
            "confidentialityCode",
        ),
        (cda(version='<versionNumber nullFlavor="UNK" value="2"/>'), "versionNumber"),
        (cda(time='<effectiveTime nullFlavor="UNK" value="20210108"/>'), "effectiveTime"),
        (
            cda(patient=patient(birth='<birthTime nullFlavor="" value="19790328"/>')),
            f"{PERSON}/birthTime",
        ),
        (
            cda(patient=patient(name=PATIENT_NAME.replace("<given>", '<given nullFlavor="UNK">'))),
            f"{PERSON}/name/given[2]",
        ),
        (
            cda(patient=patient(name=PATIENT_NAME.replace("<name>", '<name nullFlavor="UNK">'))),
            f"{PERSON}/name",
        ),
        (
            cda(related=RPLC.replace("<relatedDocument", '<relatedDocument nullFlavor="UNK"')),
            "relatedDocument",
        ),
        (
            cda(orders=order().replace("<order>", '<order nullFlavor="UNK">')),
            "inFulfillmentOf/order",
        ),
        (
            cda(
                orders=order().replace(
                    "<ps:accessionNumber", '<ps:accessionNumber nullFlavor="UNK"'
                )
            ),
            "inFulfillmentOf/order/accessionNumber",
        ),
        (
            cda(
                exams=exam(
                    period='<effectiveTime><low nullFlavor="UNK" value="20210108"/></effectiveTime>'
                )
            ),
            "documentationOf/serviceEvent/effectiveTime/low",
        ),
    ],
)
def test_a_null_flavor_beside_a_value_is_refused(data: bytes, element: str) -> None:
    error = refused(data)
    assert (error.code, error.condition) == ("cda_null_flavor", 102)
    assert error.detail == f"CDA: {element}"


@pytest.mark.parametrize(
    ("data", "element"),
    [
        (cda(id='<id nullFlavor="UNK"/>'), "id"),
        (cda(id=f'<id nullFlavor="UNK" root="{DOCUMENT}"/>'), "id"),
        (cda(confidentiality='<confidentialityCode nullFlavor="UNK"/>'), "confidentialityCode"),
        (cda(version='<versionNumber nullFlavor="UNK"/>'), "versionNumber"),
        (
            cda(related=RPLC.replace('<id root="1.2.4"/>', '<id root="1.2.4" nullFlavor="UNK"/>')),
            "relatedDocument/parentDocument/id",
        ),
        (
            cda(
                exams=exam(
                    code='<code nullFlavor="OTH"><translation code="CT" codeSystem="1.2"/></code>'
                )
            ),
            "documentationOf/serviceEvent/code",
        ),
        (
            cda(orders='<inFulfillmentOf nullFlavor="NA"/>'),
            "inFulfillmentOf",
        ),
    ],
)
def test_a_mandatory_element_that_is_null_is_missing(data: bytes, element: str) -> None:
    assert refusal(data) == ("cda_element_missing", element)


def test_a_code_of_no_code_system_has_its_text_all_the_same() -> None:
    setting = (
        '<standardIndustryClassCode nullFlavor="OTH"><originalText>Cabinet</originalText>'
        "</standardIndustryClassCode>"
    )
    start = LEGAL.index("<standardIndustryClassCode")
    signer = LEGAL[:start] + setting + LEGAL[LEGAL.index("</representedOrganization>") :]
    organisation = read_cda(cda(legal_authenticator=signer)).legal_authenticator.organisation
    assert organisation is not None
    assert organisation.practice_setting is None


# --- namespaces ---


@pytest.mark.parametrize(
    "twin",
    [
        '<confidentialityCode xmlns="" code="R" codeSystem="2.16.840.1.113883.5.25"/>',
        '<confidentialityCode xmlns="" nullFlavor="UNK"/>',
    ],
)
def test_a_twin_without_namespace_is_refused(twin: str) -> None:
    for both in (twin + PARTS["confidentiality"], PARTS["confidentiality"] + twin, twin):
        code, element = refusal(cda(confidentiality=both))
        assert code in {"cda_element_invalid", "cda_element_repeated"}
        assert element.startswith("confidentialityCode")


def test_the_prefix_of_the_namespace_tells_nothing() -> None:
    plain = cda().decode()
    prefixed = (
        plain.replace("<ps:", "<PS:")
        .replace("</", "</h:")
        .replace("<", "<h:")
        .replace("<h:?", "<?")
        .replace("<h:PS:", "<ps:")
        .replace("<h:/h:", "</h:")
        .replace('xmlns="urn', 'xmlns:h="urn')
    )
    assert read_cda(prefixed.encode()) == read_cda(plain.encode())


def test_an_extension_in_a_namespace_of_its_own_is_no_twin() -> None:
    other = '<x:confidentialityCode xmlns:x="urn:x" code="R"/>'
    assert read_cda(cda(confidentiality=PARTS["confidentiality"] + other)).confidentiality == "N"


# --- lists: their ceiling, and the time that they take ---


def _translations(count: int) -> bytes:
    code = '<translation code="A" codeSystem="1.2.3"/>' * count
    return cda(exams=exam(code=f'<code code="1" codeSystem="1.2">{code}</code>'))


def _qualifiers(count: int) -> bytes:
    code = f'<translation code="CT" codeSystem="1.2">{"<qualifier/>" * count}</translation>'
    return cda(exams=exam(code=f'<code code="1" codeSystem="1.2">{code}</code>'))


def _patient_ids(count: int) -> bytes:
    more = "".join(f'<id root="1.2.{n}" extension="X"/>' for n in range(count))
    return cda(patient=patient(f'<id root="{INS_OID}" extension="{INS}"/>{more}'))


EVENT = "documentationOf/serviceEvent"
SIGNER = "legalAuthenticator/assignedEntity"
LISTS: dict[str, Callable[[int], bytes]] = {
    "recordTarget/patientRole/id": _patient_ids,
    f"{PERSON}/name": lambda n: cda(patient=patient(name='<name nullFlavor="MSK"/>' * n)),
    f"{PERSON}/name/family": lambda n: cda(
        patient=patient(name=f"<name>{'<family>A</family>' * n}</name>")
    ),
    f"{PERSON}/name/given": lambda n: cda(
        patient=patient(name=f"<name>{'<given>A</given>' * n}</name>")
    ),
    f"{PERSON}/birthplace/place/addr/county": lambda n: cda(
        patient=patient(
            place=PLACE.replace("<county>", '<county nullFlavor="UNK"/>' * n + "<county>")
        )
    ),
    "author": lambda n: cda(author="<author/>" * n),
    f"{SIGNER}/id": lambda n: cda(
        legal_authenticator=LEGAL.replace("<id", '<id root="1.2" extension="3"/>' * n + "<id", 1)
    ),
    f"{SIGNER}/assignedPerson/name": lambda n: cda(
        legal_authenticator=LEGAL.replace("<name>", '<name nullFlavor="MSK"/>' * n + "<name>", 1)
    ),
    f"{SIGNER}/representedOrganization/name": lambda n: cda(
        legal_authenticator=LEGAL.replace("<name>Imagerie", "<name/>" * n + "<name>Imagerie")
    ),
    "inFulfillmentOf": lambda n: cda(orders=order() * n),
    "inFulfillmentOf/order/id": lambda n: cda(
        orders=order().replace("<id", '<id nullFlavor="UNK"/>' * n + "<id")
    ),
    "inFulfillmentOf/order/accessionNumber": lambda n: cda(
        orders=order().replace("<ps:", '<ps:accessionNumber nullFlavor="UNK"/>' * n + "<ps:")
    ),
    "documentationOf": lambda n: cda(exams=exam() * n),
    f"{EVENT}/id": lambda n: cda(
        exams=exam("".join(f'<id root="{STUDY}.{m}"/>' for m in range(n)))
    ),
    f"{EVENT}/code/translation": _translations,
    f"{EVENT}/code/translation/qualifier": _qualifiers,
    f"{EVENT}/performer": lambda n: cda(exams=exam(performer=PERFORMER * n)),
    "relatedDocument": lambda n: cda(related=RPLC.replace("RPLC", "APND") * n),
    "relatedDocument/parentDocument/id": lambda n: cda(
        related=RPLC.replace("<id", '<id nullFlavor="UNK"/>' * n + "<id")
    ),
}


@pytest.mark.parametrize("element", LISTS)
def test_a_list_has_a_ceiling(element: str) -> None:
    error = refused(LISTS[element](MAX_REPEATED + 1))
    assert (error.code, error.condition) == ("cda_too_many_elements", 198)
    assert error.detail == f"CDA: {element}"


@pytest.mark.parametrize(
    "element",
    [
        "telecom",
        "templateId",
        "participant",
        "informant",
        "authenticator",
        *LISTS,
    ],
)
def test_the_time_of_a_list_grows_with_its_members(element: str) -> None:
    """Nested ones and those that nobody reads too: at most 8 times the time for 4 times as many."""

    def spent(count: int) -> float:
        if element in LISTS:
            data = LISTS[element](count)
        else:
            data = cda(related=f"<{element}><id root='1.2'/></{element}>" * count)
        best = math.inf
        for _ in range(3):
            start = time.process_time()
            with suppress(MessageError):
                read_cda(data)
            best = min(best, time.process_time() - start)
        return best

    few, many = spent(250), spent(1_000)
    assert many <= 8 * max(few, 0.001)
    assert many < 0.5


def test_the_largest_header_takes_a_bounded_time() -> None:
    """Every list at its ceiling, one within another."""
    translation = '<translation code="CT" codeSystem="1.2.840.10008.2.16.4">'
    qualifiers = '<qualifier><name code="121139"/></qualifier>' * MAX_REPEATED
    act = f"{translation}{qualifiers}</translation>" * 10
    event = exam(f'<id root="{STUDY}"/>', code=f'<code code="1" codeSystem="1.2">{act}</code>')
    start = time.process_time()
    assert len(read_cda(cda(exams=event * 10, orders=order() * MAX_REPEATED)).exams) == 10
    assert time.process_time() - start < 5


def test_a_deep_document_is_refused() -> None:
    deep = "<a>" * 300 + "</a>" * 300
    assert refused(cda(related=deep)).code == "document_not_xml"


# --- characters ---


@pytest.mark.parametrize(
    ("data", "element"),
    [
        (cda(id=f'<id root="{DOCUMENT}" extension="A\u2066B"/>'), "id"),
        (
            cda(
                patient=patient(
                    f'<id root="{INS_OID}" extension="{INS}"/>'
                    f'<id root="{IPP_OID}" extension="A&#127;"/>'
                )
            ),
            "recordTarget/patientRole/id[2]",
        ),
        (
            cda(exams=exam(code='<code code="A&#9;B" codeSystem="1.2"/>')),
            "documentationOf/serviceEvent/code",
        ),
        (
            cda(legal_authenticator=LEGAL.replace("801234560801", "8012\u200f0801")),
            "legalAuthenticator/assignedEntity/id",
        ),
    ],
)
def test_an_identifier_with_a_character_that_cannot_be_seen_is_refused(
    data: bytes, element: str
) -> None:
    assert refusal(data) == (
        "cda_element_invalid",
        f"{element}: a character that no identifier holds",
    )


def test_a_label_is_as_long_as_the_registry_takes_it() -> None:
    act = exam().replace('displayName="TDM"', f'displayName="{"T" * 2_000}"')
    assert read_cda(cda(exams=act)).exams[0].act.display == "T" * 1024
