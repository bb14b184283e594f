"""The national test messages, where their folder is beside the project: each reads as it should."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from functions.drimbox.errors import MessageError
from functions.drimbox.report.masking import confidentiality_codes, sharing
from functions.drimbox.report.reading import read_report
from functions.drimbox.report.requested_action import Action

FOLDER = Path(__file__).parents[4] / "shared" / "data"
ROOT = "1.2.250.1.213.4.5"


@dataclass(frozen=True, slots=True)
class Expected:
    document: str
    accessions: tuple[str, ...]
    studies: tuple[str, ...]
    modality: str
    action: Action = Action.PUBLISH
    codes: tuple[str, ...] = ("N", "INVISIBLE_PATIENT")
    version: int = 1
    replaces: str = ""


def nominal(number: int, modality: str) -> Expected:
    return Expected(
        document=f"{ROOT}.4.4{number - 100:02d}",
        accessions=(f"ACN{number}",),
        studies=(f"{ROOT}.2.1.{number}",),
        modality=modality,
    )


G1 = replace(nominal(108, "XA"), document=f"{ROOT}.4.407")
CASES = {
    "A": nominal(101, "CT"),
    "C": nominal(103, "CT"),
    "E": nominal(105, "NM"),
    "F": replace(
        nominal(106, "MR"),
        accessions=("ACN106", "ACN107"),
        studies=(f"{ROOT}.2.1.106", f"{ROOT}.2.1.107"),
    ),
    "G1": G1,
    "G1_MAJ": replace(
        G1,
        document=f"{ROOT}.4.4072",
        action=Action.REPLACE,
        codes=("N",),
        version=2,
        replaces=f"{ROOT}.4.407",
    ),
    "G2": replace(G1, document=f"{ROOT}.4.408", studies=("1.2.3.4.5.6.7.8.9",)),
    "I": nominal(110, "NM"),
    "I_Depublication": replace(nominal(110, "NM"), action=Action.WITHDRAW),
    "Q": nominal(118, "MR"),
    "U": nominal(122, "CT"),
    "W": nominal(124, "CT"),
}
PLACEHOLDERS = {
    "applicationSupplier": "RIS",
    "facilitySupplier": "SITE",
    "applicationReceiver": "BOX",
    "facilityReceiver": "OP",
    "idMessage": "42",
}

pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason="the national test data is not here")


def filled(path: Path) -> bytes:
    raw = path.read_bytes()
    for name, value in PLACEHOLDERS.items():
        raw = raw.replace(b"{{" + name.encode() + b"}}", value.encode())
    return raw


@pytest.mark.parametrize("form", ["ORU", "MDM"])
@pytest.mark.parametrize("case", CASES)
def test_each_message_reads_as_its_row_says(case: str, form: str) -> None:
    expected = CASES[case]
    report = read_report(filled(FOLDER / "cases" / f"CR_{case}-{form}.hl7"))
    document = report.document
    assert report.cda == (FOLDER / "cases" / f"CR_{case}.xml").read_bytes()
    assert (report.header.sending_application, report.header.control_id) == ("RIS", "42")
    assert report.action is expected.action
    assert document.id.root == expected.document
    assert tuple(order.accession.extension for order in document.orders) == expected.accessions
    assert tuple(exam.study_instance_uid for exam in document.exams) == expected.studies
    assert {code.code for exam in document.exams for code in exam.modalities} == {expected.modality}
    assert tuple(c.code for c in confidentiality_codes(report.visibility)) == expected.codes
    assert document.version == expected.version
    assert (document.replaces.root if document.replaces else "") == expected.replaces
    assert document.legal_authenticator.organisation is not None
    assert document.legal_authenticator.organisation.structure_id == "1750803447"
    assert report.sender is not None
    assert report.sender.organisation is not None
    assert report.sender.organisation.structure_id == "1750803447"
    assert sharing(report).shared


def test_no_message_of_the_folder_is_left_out() -> None:
    found = {path.stem for path in (FOLDER / "cases").glob("*.hl7")}
    assert found == {f"CR_{case}-{form}" for case in CASES for form in ("ORU", "MDM")}


@pytest.mark.parametrize("path", sorted((FOLDER / "official" / "HL7").glob("*.hl7")), ids=str)
def test_omi_messages_are_unsupported(path: Path) -> None:
    with pytest.raises(MessageError) as caught:
        read_report(filled(path))
    assert (caught.value.location, caught.value.condition) == ("MSH^1^9", 200)


def has_its_key(digits: str) -> bool:
    """The key of FINESS, SIRET and RPPS numbers: the sum of all digits, every other one doubled."""
    doubled = (int(d) * (1 + place % 2) for place, d in enumerate(reversed(digits)))
    return sum(sum(divmod(one, 10)) for one in doubled) % 10 == 0


def test_numbers_of_structures_and_professionals_are_samples_without_a_key() -> None:
    """Why no key of FINESS or RPPS is demanded: published samples break both."""
    assert has_its_key("750803447")
    sample = FOLDER / "official" / "CDA" / "IMG_CR_IMG_2023.11_CDA-R2-Niveau-1.xml"
    assert b'"101235555"' in sample.read_bytes()
    assert not has_its_key("101235555")
    assert b"|801234564895^" in (FOLDER / "cases" / "CR_A-ORU.hl7").read_bytes()
    assert not has_its_key("01234564895")


def test_the_published_list_of_regions_lacks_the_region_of_the_published_cases() -> None:
    """Why a region is not compared with a list: the one at hand is not whole."""
    listed = (FOLDER / "official" / "terminology" / "ValueRegion.json").read_bytes()
    assert b'"67734004"' in listed
    assert b'"774007"' not in listed
    assert b'code="774007"' in (FOLDER / "cases" / "CR_A.xml").read_bytes()
