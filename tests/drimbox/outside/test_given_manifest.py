"""A manifest that comes as a file tells its patient, and its own entry."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pydicom
import pytest

from functions.drimbox.consultation.document_patient import compare
from functions.drimbox.consultation.imaging_document import Mark, read_document
from functions.drimbox.dmp import xds
from functions.drimbox.dmp.documents import Kind
from functions.drimbox.identity.ins import Ins
from functions.drimbox.manifest.read import read
from functions.drimbox.outside.given_manifest import entry_of, patient_of
from tests.drimbox.consultation.readers import CALL
from tests.drimbox.images.samples import STUDY
from tests.drimbox.outside.archives import AT, kos
from tests.drimbox.reading.exam_scenes import MANIFEST


def changed(**changes: Any) -> bytes:
    """The manifest with these attributes, None for one that it has not."""
    data = pydicom.dcmread(BytesIO(kos()))
    for keyword, value in changes.items():
        if value is None:
            del data[keyword]
        else:
            setattr(data, keyword, value)
    held = BytesIO()
    data.save_as(held)
    return held.getvalue()


def test_the_patient_is_told_by_ins_and_strict_traits() -> None:
    found = patient_of(kos())
    assert found.ins == {(CALL.ins.value, str(CALL.ins.oid))}
    assert (found.birth_families, found.birth_givens) == (("PAT-TROIS",), ("DOMINIQUE",))
    assert (found.birth_date, found.sex, found.birth_place) == ("19790327", "F", "63113")
    assert compare(found, CALL).agrees


@pytest.mark.parametrize(
    ("changes", "differs"),
    [
        ({"PatientName": "AUTRE^DOMINIQUE"}, ("birth_family",)),
        ({"PatientName": "PAT-TROIS^ALICE"}, ("birth_given",)),
        ({"PatientBirthDate": "19790328"}, ("birth_date",)),
        ({"PatientSex": "M"}, ("sex",)),
        ({"PatientComments": "75056"}, ("birth_place",)),
        ({"IssuerOfPatientIDQualifiersSequence": None}, ("ins",)),
        ({"PatientID": "279035121518900"}, ("ins",)),
    ],
)
def test_each_trait_may_differ(changes: dict[str, Any], differs: tuple[str, ...]) -> None:
    found = compare(patient_of(changed(**changes)), CALL)
    assert found.different == differs
    assert not found.agrees


@pytest.mark.parametrize("name", [None, "", "PAT-TROIS", "^DOMINIQUE"])
def test_a_manifest_without_a_name_agrees_with_nobody(name: str | None) -> None:
    assert not compare(patient_of(changed(PatientName=name)), CALL).agrees


def test_odd_texts_tell_nothing() -> None:
    odd = patient_of(changed(PatientComments="see file", PatientSex=""))
    assert (odd.birth_place, odd.sex) == ("", "")
    other = type(CALL.ins)("248039263001064", CALL.ins.oid)
    assert compare(patient_of(kos(ins=other)), CALL).different == ("ins",)
    assert isinstance(other, Ins)


def test_its_entry_tells_what_it_tells_of_itself() -> None:
    data = kos()
    entry = entry_of(data, read(data), AT)
    assert (entry.unique_id, entry.study_instance_uid, entry.kind) == (
        MANIFEST,
        str(STUDY),
        Kind.MANIFEST,
    )
    assert (entry.size, entry.given_at, entry.state) == (len(data), AT, None)
    assert [one.code for one in entry.modalities] == ["CT"]
    assert (entry.title, entry.service_start_time) == ("Scanner thoracique", "20260102093015")
    assert entry.establishment[0]
    assert entry.accession is not None
    document = read_document(entry, 1, lambda _: False)
    assert document.marks == {Mark.OUTSIDE, Mark.UNKNOWN_CONFIDENTIALITY}
    assert document.is_exam
    assert document.is_current


def test_an_entry_without_date_number_or_site_is_whole() -> None:
    bare = changed(StudyDate="", StudyTime="", InstitutionName="", ReferencedRequestSequence=None)
    entry = entry_of(bare, read(bare), AT)
    assert (entry.service_start_time, entry.accession, entry.author_institutions) == ("", None, ())
    timed = changed(StudyTime="09")
    assert entry_of(timed, read(timed), AT).service_start_time == "2026010209"
    odd = kos().replace(b"093015", b"09:015")
    assert entry_of(odd, read(odd), AT).service_start_time == "20260102"
    request = pydicom.dcmread(BytesIO(kos())).ReferencedRequestSequence
    request[0].AccessionNumber = ""
    unnumbered = changed(ReferencedRequestSequence=request)
    assert entry_of(unnumbered, read(unnumbered), AT).accession is None
    assert xds.ACCESSION
