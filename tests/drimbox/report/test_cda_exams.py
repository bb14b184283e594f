"""The orders and the studies of a header."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from pydicom.sr._cid_dict import cid_concepts
from pydicom.sr._concepts_dict import concepts

from functions.drimbox.identity.parties import Code, Interval
from functions.drimbox.report.cda import MAX_EXAMS, read_cda
from functions.drimbox.report.cda_exams import MODALITIES
from functions.drimbox.report.code_forms import LOINC
from functions.drimbox.report.code_forms import SNOMED_CT as SNOMED
from tests.drimbox.report.build import (
    STUDY,
    cda,
    exam,
    order,
    professional,
)
from tests.drimbox.report.refusals import refusal, refused


def test_several_exams_and_orders_in_document_order() -> None:
    document = read_cda(
        cda(
            orders=order("P1", "A1") + order("P2", "A2") + order("P3", "A3"),
            exams=exam(f'<id root="{STUDY}.1"/>')
            + exam(ids="", code='<code code="Z13.9" codeSystem="2.16.840.1.113883.6.3"/>')
            + exam(f'<id root="{STUDY}.3"/><id root="{STUDY}.2"/>'),
        )
    )
    assert [o.accession.extension for o in document.orders] == ["A1", "A2", "A3"]
    assert [e.study_instance_uid for e in document.exams] == [
        f"{STUDY}.1",
        f"{STUDY}.3",
        f"{STUDY}.2",
    ]


def test_the_number_of_studies_is_bounded() -> None:
    ids = [f'<id root="{STUDY}.{n}"/>' for n in range(MAX_EXAMS + 1)]
    assert len(read_cda(cda(exams=exam("".join(ids[1:])))).exams) == MAX_EXAMS
    error = refused(cda(exams=exam(ids[0]) + exam("".join(ids[1:]))))
    assert (error.code, error.condition) == ("too_many_studies", 198)


@pytest.mark.parametrize("extension", ["studyInstanceUID", "StudyInstanceUID", " "])
def test_the_older_form_of_a_study_id(extension: str) -> None:
    exams = exam(f'<id root="{STUDY}" extension="{extension}"/>')
    assert read_cda(cda(exams=exams)).exams[0].study_instance_uid == STUDY


def test_translations_by_qualifier_then_by_system() -> None:
    code = (
        '<code code="63337009" codeSystem="1.2.250.1.213.2.5">'
        '<translation code="MR" codeSystem="1.2.840.10008.2.16.4"/>'
        '<translation code="XA" codeSystem="1.2.250.1.213.1.1.5.618"/>'
        '<translation code="774007" codeSystem="2.16.840.1.113883.6.96"/>'
        '<translation code="67734004" codeSystem="1.2.250.1.213.1.1.5.695"/>'
        '<translation code="P" codeSystem="1.2.250.1.215.300.1"/>'
        '<translation nullFlavor="UNK"/>'
        '<translation code="113257007" codeSystem="2.16.840.1.113883.6.96">'
        '<qualifier/><qualifier><name code="other"/></qualifier>'
        '<qualifier><name code="39111-0"/></qualifier>'
        "</translation></code>"
    )
    (found,) = read_cda(cda(exams=exam(code=code))).exams
    assert found.act == Code("63337009", "1.2.250.1.213.2.5")
    assert [c.code for c in found.modalities] == ["MR", "XA"]
    assert [c.code for c in found.regions] == ["774007", "67734004", "113257007"]
    assert [c.code for c in found.procedures] == ["P"]


def test_the_performer_is_the_prf_one() -> None:
    def performer(number: str, kind: str) -> str:
        entity = f"<assignedEntity>{professional(number)}</assignedEntity>"
        return f'<performer typeCode="{kind}">{entity}</performer>'

    both = performer("1", "SPRF") + performer("2", "PRF")
    for content, expected in ((both, "2"), (performer("1", "SPRF"), "1")):
        found = read_cda(cda(exams=exam(performer=content))).exams[0].performer
        assert found is not None
        assert found.identifier == expected


def test_a_study_may_have_no_performer() -> None:
    assert read_cda(cda(exams=exam(performer=""))).exams[0].performer is None


def _performer(kind: str, number: str = "1") -> str:
    entity = f"<assignedEntity>{professional(number)}</assignedEntity>"
    return f'<performer typeCode="{kind}">{entity}</performer>'


@pytest.mark.parametrize(
    "performers",
    [_performer("PRF") * 2, _performer("PRF") + _performer("PRF", "2"), _performer("SPRF") * 2],
)
def test_two_performers_of_one_rank_are_refused(performers: str) -> None:
    assert refusal(cda(exams=exam(performer=performers))) == (
        "cda_element_repeated",
        "documentationOf/serviceEvent/performer",
    )


# --- no study is lost in silence ---

SCREENING = '<code code="Z13.9" codeSystem="2.16.840.1.113883.6.3"/>'
IDS = "documentationOf[2]/serviceEvent/id"


@pytest.mark.parametrize("code", ["Z13.9", "Z139", "Z12.3", "Z11", "Z13"])
def test_a_screening_names_no_study(code: str) -> None:
    act = SCREENING.replace("Z13.9", code)
    for ids in ("", '<id nullFlavor="NA"/>'):
        assert len(read_cda(cda(exams=exam() + exam(ids=ids, code=act))).exams) == 1


@pytest.mark.parametrize(
    "code",
    [
        '<code code="24727-0" codeSystem="2.16.840.1.113883.6.1"/>',
        '<code code="Z13.9" codeSystem="2.16.840.1.113883.6.1"/>',
        '<code code="C50.9" codeSystem="2.16.840.1.113883.6.3"/>',
        '<code code="Z13.99" codeSystem="2.16.840.1.113883.6.3"/>',
    ],
)
@pytest.mark.parametrize("ids", ["", '<id nullFlavor="NA"/>', "<!-- an id -->"])
def test_an_act_without_study_that_is_no_screening_is_refused(code: str, ids: str) -> None:
    assert refusal(cda(exams=exam() + exam(ids=ids, code=code))) == ("study_missing", IDS)


@pytest.mark.parametrize(
    ("ids", "code", "element"),
    [
        ('<id root="1.2.250.1.5" extension="12"/>', "cda_element_invalid", IDS),
        ('<id extension="1.2.250.1.5"/>', "cda_element_invalid", IDS),
        ("<id/>", "cda_element_invalid", IDS),
        ('<id root="1.2.03"/>', "cda_element_invalid", IDS),
        ('<id root="urn:oid:1.2.3"/>', "cda_element_invalid", IDS),
        (f'<id root="1.{"2" * 63}"/>', "cda_element_invalid", f"{IDS}: too long"),
        ('<id root="1.2.3" nullFlavor="UNK"/>', "cda_null_flavor", IDS),
        (
            f'<id root="{STUDY}.2"/><id root="1.2" extension="3"/>',
            "cda_element_invalid",
            f"{IDS}[2]",
        ),
        ('<id xmlns="" root="1.2.3"/>', "cda_element_invalid", f"{IDS}: no namespace"),
    ],
)
@pytest.mark.parametrize("act", [None, SCREENING])
def test_an_id_that_may_be_a_study_is_never_passed_over(
    ids: str, code: str, element: str, act: str | None
) -> None:
    second = exam(ids) if act is None else exam(ids, code=act)
    assert refusal(cda(exams=exam() + second)) == (code, element)


@pytest.mark.parametrize(
    ("second", "code", "element"),
    [
        ("<documentationOf/>", "cda_element_missing", "documentationOf[2]/serviceEvent"),
        (
            '<documentationOf nullFlavor="NA"><serviceEvent/></documentationOf>',
            "cda_null_flavor",
            "documentationOf[2]",
        ),
        (
            exam().replace("<serviceEvent", '<serviceEvent nullFlavor="NA"'),
            "cda_null_flavor",
            "documentationOf[2]/serviceEvent",
        ),
        (
            exam().replace("<documentationOf", '<documentationOf xmlns=""'),
            "cda_element_invalid",
            "documentationOf: no namespace",
        ),
        (
            f"<documentationOf>{'<serviceEvent/>' * 2}</documentationOf>",
            "cda_element_repeated",
            "documentationOf[2]/serviceEvent",
        ),
    ],
)
def test_a_documentation_that_cannot_be_read_is_refused(
    second: str, code: str, element: str
) -> None:
    assert refusal(cda(exams=exam() + second)) == (code, element)


# --- modalities and regions ---

DCM = "1.2.840.10008.2.16.4"
ACT = "documentationOf/serviceEvent/code"


def _act(*translations: str) -> bytes:
    return cda(
        exams=exam(
            code=f'<code code="24727-0" codeSystem="2.16.840.1.113883.6.1">{"".join(translations)}'
            "</code>"
        )
    )


def _translation(code: str, system: str = DCM, qualifier: str = "") -> str:
    said = f'<qualifier><name code="{qualifier}"/></qualifier>' if qualifier else ""
    return f'<translation code="{code}" codeSystem="{system}">{said}</translation>'


def test_the_modalities_are_those_of_the_standard() -> None:
    """CID 29, but for the two that the national value set does not have."""
    names: Any = cid_concepts[29]["DCM"]
    known: Any = concepts["DCM"]
    published = {code for name in names for code in known[name]}
    assert published - MODALITIES == {"PA", "CFM"}
    assert not MODALITIES - published
    for modality in MODALITIES:
        (found,) = read_cda(_act(_translation(modality))).exams
        assert [code.code for code in found.modalities] == [modality]


@pytest.mark.parametrize("modality", ["RM", "OT", "KO", "SR", "PR", "ct", "CT\\MR", "IRM", "MRI"])
@pytest.mark.parametrize("system", [DCM, "1.2.250.1.213.1.1.5.618"])
@pytest.mark.parametrize("qualifier", ["", "121139"])
def test_a_modality_outside_the_value_set_is_refused(
    modality: str, system: str, qualifier: str
) -> None:
    bad = _translation(modality, system, qualifier)
    error = refused(_act(bad))
    assert (error.code, error.condition) == ("cda_element_invalid", 103)
    assert error.detail == f"CDA: {ACT}/translation"
    assert refusal(_act(_translation("CT"), bad)) == (
        "cda_element_invalid",
        f"{ACT}/translation[2]",
    )


@pytest.mark.parametrize(
    "translations",
    [
        (),
        ('<translation nullFlavor="UNK"/>',),
        (_translation("774007", "2.16.840.1.113883.6.96"), _translation("A", "1.2.250.1.213.2.5")),
        (_translation("CT", "1.2.3"),),
    ],
)
def test_a_study_without_modality_is_refused(translations: tuple[str, ...]) -> None:
    assert refusal(_act(*translations)) == ("cda_element_missing", f"{ACT}/translation: a modality")


@pytest.mark.parametrize(
    "translation",
    [
        _translation("CT", DCM, "39111-0"),
        _translation("CT", "1.2.3", "121139"),
        _translation("774007", "2.16.840.1.113883.6.96", "121139"),
        _translation("774007", "1.2.3", "39111-0"),
        _translation("CT", DCM, "121139").replace(
            "</translation>", '<qualifier><name code="39111-0"/></qualifier></translation>'
        ),
    ],
)
def test_a_qualifier_and_a_code_system_that_disagree_are_refused(translation: str) -> None:
    assert refusal(_act(_translation("MR"), translation)) == (
        "cda_element_invalid",
        f"{ACT}/translation[2]",
    )


@pytest.mark.parametrize("attribute", ["code", "codeSystem"])
def test_a_code_without_its_half_is_refused(attribute: str) -> None:
    cut = _translation("A", "1.2.3").replace(f"{attribute}=", "displayName=")
    code, element = refusal(_act(_translation("CT"), cut))
    assert code in {"cda_element_missing", "cda_element_invalid"}
    assert element.startswith(f"{ACT}/translation[2]")


# --- numbers ---

ORDER = "inFulfillmentOf/order"
PLACER = '<id root="1.2.250.1.748.12345678.12" extension="OPN103"/>'
ACCESSION = '<ps:accessionNumber root="1.2.250.1.925.994044.27" extension="ACN103"/>'


def test_the_longest_numbers() -> None:
    (found,) = read_cda(cda(orders=order("P" * 64, "A" * 16))).orders
    assert (len(found.placer.extension), len(found.accession.extension)) == (64, 16)


@pytest.mark.parametrize(
    ("orders", "code", "element"),
    [
        (order(accession="A" * 17), "cda_element_invalid", "accessionNumber: too long"),
        (order(placer="P" * 65), "cda_element_invalid", "id: too long"),
        (order(accession="A\\B"), "cda_element_invalid", "accessionNumber"),
        (order(placer="A\\B"), "cda_element_invalid", "id"),
        (
            order(accession="A&#10;B"),
            "cda_element_invalid",
            "accessionNumber: a character that no identifier holds",
        ),
        (
            order(placer="A\u202eB"),
            "cda_element_invalid",
            "id: a character that no identifier holds",
        ),
        (
            order().replace("1.2.250.1.925.994044.27", "RIS"),
            "cda_element_invalid",
            "accessionNumber",
        ),
        (order().replace("1.2.250.1.748.12345678.12", ""), "cda_element_invalid", "id"),
        (order().replace(PLACER, PLACER * 2), "cda_element_repeated", "id"),
        (order().replace(ACCESSION, ACCESSION * 2), "cda_element_repeated", "accessionNumber"),
        (
            order().replace(ACCESSION, ACCESSION.replace("ps:", "")),
            "cda_element_invalid",
            "accessionNumber: no namespace",
        ),
    ],
)
def test_a_number_that_a_manifest_cannot_hold_is_refused(
    orders: str, code: str, element: str
) -> None:
    if "no namespace" in element:
        orders = orders.replace("<accessionNumber", '<accessionNumber xmlns=""')
    assert refusal(cda(orders=orders)) == (code, f"{ORDER}/{element}")


# --- periods ---


def test_periods() -> None:
    noon = datetime(2021, 1, 8, 12, tzinfo=UTC)
    for period, expected in (
        ("", Interval(None, None)),
        ('<effectiveTime value="2021010812+0000"/>', Interval(noon, noon)),
        ('<effectiveTime><low value="2021010812+0000"/></effectiveTime>', Interval(noon, None)),
        ('<effectiveTime><high value="2021010812+0000"/></effectiveTime>', Interval(None, noon)),
    ):
        assert read_cda(cda(exams=exam(period=period))).exams[0].period == expected


@pytest.mark.parametrize(
    ("period", "code", "element"),
    [
        ('<effectiveTime><low value="x"/></effectiveTime>', "cda_element_invalid", "/low"),
        (
            "<effectiveTime><low/></effectiveTime>",
            "cda_element_missing",
            "/low/@value",
        ),
        (
            '<effectiveTime value="20210108"><high value="20210109"/></effectiveTime>',
            "cda_element_invalid",
            "",
        ),
        ('<effectiveTime value="20210108"/>' * 2, "cda_element_repeated", ""),
    ],
)
def test_a_period_that_is_none(period: str, code: str, element: str) -> None:
    path = f"documentationOf/serviceEvent/effectiveTime{element}"
    assert refusal(cda(exams=exam(period=period))) == (code, path)


@pytest.mark.parametrize(
    ("code", "system"),
    [
        ("774008", SNOMED),
        ("747007", SNOMED),
        ("Thorax", SNOMED),
        ("774008", "1.2.250.1.213.1.1.5.695"),
        ("24727-1", LOINC),
    ],
)
def test_a_code_whose_check_digit_is_wrong_is_refused(code: str, system: str) -> None:
    """It would be published, and no search by region or act would find the exam."""
    error = refused(_act(_translation("CT"), _translation(code, system)))
    assert (error.code, error.condition) == ("cda_element_invalid", 103)
    assert error.detail.endswith("code/translation[2]")


def test_the_act_itself_has_its_check_digit() -> None:
    error = refused(_act(_translation("CT")).replace(b'"24727-0"', b'"24727-3"'))
    assert error.detail.endswith("serviceEvent/code")


def test_a_region_outside_the_known_list_is_taken() -> None:
    (found,) = read_cda(_act(_translation("CT"), _translation("818983003", SNOMED))).exams
    assert [code.code for code in found.regions] == ["818983003"]
