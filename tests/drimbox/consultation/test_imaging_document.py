"""A document of the list, from the DMP's entry: nothing that restricts is lost."""

from __future__ import annotations

from dataclasses import replace

import pytest

from functions.drimbox.consultation.imaging_document import Mark, Told, read_document
from functions.drimbox.dmp import xds
from functions.drimbox.dmp.registry import DocumentEntry
from functions.drimbox.identity.parties import Code
from tests.drimbox.consultation.histories import NORMAL, OWN, documents, exam, report


def of_its_system(code: str) -> Code:
    return Code(code, xds.CONFIDENTIALITY_SYSTEM if len(code) < 2 else xds.MASKING_SYSTEM)


def coded(entry: DocumentEntry, *codes: str) -> DocumentEntry:
    return replace(entry, confidentiality_codes=tuple(map(of_its_system, codes)))


def test_an_exam_says_what_when_and_where() -> None:
    [read] = documents(exam("1", "20261112101500", "Scanner thoracique"))
    assert (read.number, read.is_exam, read.at) == (1, True, "202611121015")
    assert (read.title, read.study) == ("Scanner thoracique", "1")
    assert (read.site.name, read.site.own, read.site.key) == ("Clinique Ambroise", True, OWN)
    assert read.modality_codes == read.image_modalities == frozenset({"CT"})
    assert (read.told, read.is_current) == ((), True)
    assert repr(read) == "ImagingDocument(1)"


def test_a_report_says_its_own_title_day_and_signatory() -> None:
    [read] = documents(report(["1"], "20261112110500", "CR de scanner"))
    assert (read.is_exam, read.at) == (False, "202611121105")
    assert (read.title, read.author) == ("CR de scanner", "Camille ESSAI")


def test_facts_that_are_missing_leave_blanks() -> None:
    bare = exam("1", "", modality="", region=None, author_institutions=(), reference_ids=())
    [read] = documents(replace(bare, title="IRM", creation_time="2019"))
    assert (read.at, read.title, read.study) == ("2019", "IRM", "")
    assert (read.site.key, read.site.own, read.author) == ("", False, "")
    assert read.modality_codes == read.region_codes == frozenset({""})
    [untitled] = documents(report(["1"], "", "", event_codes=(Code("18748-4", xds.LOINC),)))
    assert untitled.title == "18748-4"


def test_a_manifest_is_known_by_its_type_or_by_its_format() -> None:
    made = exam("1", "2026")
    for entry, is_exam in (
        (replace(made, type_code=None), True),
        (replace(made, mime_type=""), True),
        (replace(made, type_code=None, mime_type="text/xml"), False),
        (replace(made, type_code=Code("11490-0", xds.LOINC), mime_type="text/xml"), False),
    ):
        [read] = documents(entry)
        assert read.is_exam is is_exam


@pytest.mark.parametrize(
    ("status", "told", "current"),
    [
        (xds.APPROVED, (), True),
        (xds.ARCHIVED, (Told(Mark.ARCHIVED),), True),
        (xds.DEPRECATED, (Told(Mark.OLD),), False),
        (xds.DELETED, (Told(Mark.WITHDRAWN),), False),
        ("urn:x:Frozen", (Told(Mark.UNKNOWN_STATUS, "Frozen"),), True),
        ("", (Told(Mark.UNKNOWN_STATUS),), True),
    ],
)
def test_every_status_but_the_usual_one_is_told(
    status: str, told: tuple[Told, ...], current: bool
) -> None:
    [read] = documents(exam("1", "2026", status=status))
    assert (read.told, read.is_current) == (told, current)


@pytest.mark.parametrize(
    ("codes", "told"),
    [
        (("N",), ()),
        (("N", "MASQUE_PS"), (Told(Mark.MASKED),)),
        (
            ("N", "INVISIBLE_PATIENT", "INVISIBLE_REPRESENTANTS_LEGAUX"),
            (Told(Mark.INVISIBLE_PATIENT), Told(Mark.INVISIBLE_REPRESENTATIVES)),
        ),
        (("R",), (Told(Mark.RESTRICTED),)),
        (("V", "V"), (Told(Mark.VERY_RESTRICTED),)),
        (("N", "NEW"), (Told(Mark.UNKNOWN_CONFIDENTIALITY, "NEW"),)),
        (("",), (Told(Mark.UNKNOWN_CONFIDENTIALITY),)),
        ((), (Told(Mark.UNKNOWN_CONFIDENTIALITY),)),
    ],
)
def test_every_restriction_is_told(codes: tuple[str, ...], told: tuple[Told, ...]) -> None:
    [read] = documents(coded(exam("1", "2026"), *codes))
    assert read.told == told
    assert read.marks == {one.mark for one in told}


@pytest.mark.parametrize(
    "code", [Code("N", xds.MASKING_SYSTEM), Code("MASQUE_PS", xds.CONFIDENTIALITY_SYSTEM)]
)
def test_a_code_of_another_system_is_an_unknown_restriction(code: Code) -> None:
    [read] = documents(replace(exam("1", "2026"), confidentiality_codes=(code,)))
    assert read.told == (Told(Mark.UNKNOWN_CONFIDENTIALITY, code.code),)


def test_a_code_that_no_form_can_name_is_none_to_filter_by() -> None:
    odd = exam("1", "2026", event_codes=(Code("C T", xds.DCM), Code("51185008", xds.SNOMED)))
    [read] = documents(odd)
    assert [read.modality_codes, read.region_codes] == [frozenset({""}), frozenset({"51185008"})]


def test_an_own_site_is_one_with_an_identifier() -> None:
    read = read_document(exam("1", "2026", site=("Ambroise", "")), 1, lambda _: True)
    assert (read.site.own, read.site.key) == (False, "Ambroise")
    assert NORMAL.code == "N"
