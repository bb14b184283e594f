"""functions.drimbox.importing.coercion: the object under the local patient."""

from __future__ import annotations

from typing import Any

import pydicom
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom import Dataset

from functions.drimbox.importing.coercion import coerce
from functions.drimbox.importing.local_patient import LocalPatient
from functions.drimbox.manifest.elements import Malformed
from tests.drimbox.images.samples import EXPLICIT, JPEG_LS, instance
from tests.drimbox.importing.scenes import COERCION, INS, coerced, read

CHANGED = (
    *("SpecificCharacterSet", "PatientID", "IssuerOfPatientID"),
    *("IssuerOfPatientIDQualifiersSequence", "OtherPatientIDsSequence"),
    *("OriginalAttributesSequence", "IssuerOfAccessionNumberSequence"),
)


def issued(oid: str, identifier: str = "") -> Dataset:
    """An issuer; with an identifier, an item of other patient IDs."""
    issuer = Dataset()
    issuer.UniversalEntityID, issuer.UniversalEntityIDType = oid, "ISO"
    if not identifier:
        return issuer
    one = Dataset()
    one.PatientID, one.TypeOfPatientID = identifier, "TEXT"
    one.IssuerOfPatientIDQualifiersSequence = [issuer]
    return one


@pytest.mark.parametrize("syntax", [EXPLICIT, JPEG_LS])
def test_the_local_pair_is_there_and_everything_else_as_it_was(syntax: str) -> None:
    data = instance(1, syntax, IssuerOfPatientID="CHU")
    new = coerced(data)
    root, before = read(new), read(data)
    assert (root.PatientID, root.IssuerOfPatientID) == ("IPP101", "CLINIQUE")
    (issuer,) = root.IssuerOfPatientIDQualifiersSequence
    assert issuer == issued("1.2.250.1.71.4.2.9")
    former, national = root.OtherPatientIDsSequence
    assert (former.PatientID, former.IssuerOfPatientID) == ("IPP-00471", "CHU")
    assert (national.PatientID, national.IssuerOfPatientID) == (INS.value, INS.issuer)
    assert national.IssuerOfPatientIDQualifiersSequence[0].UniversalEntityID == str(INS.oid)
    (original,) = root.OriginalAttributesSequence
    (modified,) = original.ModifiedAttributesSequence
    assert (modified.PatientID, modified.IssuerOfPatientID) == ("IPP-00471", "CHU")
    assert original.AttributeModificationDateTime == "20261129140000.000000+0000"
    assert original.ModifyingSystem == "DRIMBOX"
    assert original.SourceOfPreviousValues == "CHU de Poitiers"
    assert original.ReasonForTheAttributeModification == "COERCE"
    assert root.AccessionNumber == "ACN-77"
    assert root.IssuerOfAccessionNumberSequence[0] == issued("1.2.250.1.71.4.2.5")
    assert root.file_meta == before.file_meta
    changed = {pydicom.datadict.tag_for_keyword(name) for name in CHANGED}
    kept = [one for one in before if one.tag not in changed]
    assert [one for one in root if one.tag not in changed] == kept
    place, former_place = new.index(b"\xe0\x7f\x10\x00"), data.index(b"\xe0\x7f\x10\x00")
    assert new[place:] == data[former_place:]


def test_what_stood_there_is_kept_and_the_ins_once() -> None:
    earlier = Dataset()
    earlier.ModifyingSystem, earlier.ReasonForTheAttributeModification = "X", "CORRECT"
    data = instance(
        OtherPatientIDsSequence=[issued(str(INS.oid), INS.value)],
        IssuerOfPatientIDQualifiersSequence=[issued("1.2.3")],
        OriginalAttributesSequence=[earlier],
        IssuerOfAccessionNumberSequence=[issued("1.2.4")],
    )
    root = read(coerced(data))
    known, former = root.OtherPatientIDsSequence
    assert known.PatientID == INS.value
    assert former.IssuerOfPatientIDQualifiersSequence[0].UniversalEntityID == "1.2.3"
    first, second = root.OriginalAttributesSequence
    assert first == earlier
    (modified,) = second.ModifiedAttributesSequence
    assert modified.OtherPatientIDsSequence[0] == known
    assert root.IssuerOfAccessionNumberSequence[0].UniversalEntityID == "1.2.4"


def test_an_image_under_the_ins_itself_names_it_once() -> None:
    data = instance(PatientID=INS.value, IssuerOfPatientIDQualifiersSequence=[issued(str(INS.oid))])
    (only,) = read(coerced(data)).OtherPatientIDsSequence
    assert only.PatientID == INS.value


def test_an_image_without_identifiers() -> None:
    data = instance(PatientID=None, AccessionNumber=None)
    root = read(coerced(data, patient=LocalPatient("IPP101", "CLINIQUE", "")))
    (modified,) = root.OriginalAttributesSequence[0].ModifiedAttributesSequence
    assert not modified.PatientID
    assert "IssuerOfPatientIDQualifiersSequence" not in root
    assert "IssuerOfAccessionNumberSequence" not in root
    assert len(root.OtherPatientIDsSequence) == 1


def test_the_site_stands_for_an_unknown_issuer_and_a_foreign_name_goes() -> None:
    data = instance(IssuerOfPatientID="CHU")
    local = LocalPatient("IPP101", "", "1.2.250.1.71.4.2.9")
    root = read(coerced(data, patient=local, accession_issuer=""))
    assert "IssuerOfPatientID" not in root
    issuer = root.IssuerOfAccessionNumberSequence[0]
    assert issuer.LocalNamespaceEntityID == "1860000011"


def test_accents_come_with_their_set() -> None:
    plain: dict[str, Any] = {
        "PatientName": "DUPONT^ZOE",
        "StudyDescription": "Thorax",
        "SpecificCharacterSet": None,
    }
    data = instance(**plain)
    data = data.replace("privé".encode("latin-1"), b"prive")
    local = LocalPatient("IPP101", "Clinique Médicale", "")
    root = read(coerced(data, patient=local, source="Évreux \\ " + "é" * 90))
    assert root.SpecificCharacterSet == "ISO_IR 192"
    assert root.IssuerOfPatientID == "Clinique Médicale"
    source = root.OriginalAttributesSequence[0].SourceOfPreviousValues
    assert source.startswith("Évreux   éé")
    assert len(source) == 64
    latin = read(coerced(instance(), patient=local))
    assert latin.SpecificCharacterSet == "ISO_IR 100"
    assert latin.IssuerOfPatientID == "Clinique Médicale"
    assert str(latin.PatientName) == "BÉZIERS^ZOÉ"


def test_an_object_may_end_with_its_elements() -> None:
    data = instance()
    new = coerced(data[: data.index(b"\xe0\x7f\x10\x00")])
    assert read(new).PatientID == "IPP101"


def test_a_large_object_is_read_in_small_pieces() -> None:
    data = instance(PixelData=bytes(3 * 1024 * 1024), Rows=1024, Columns=1536)
    asked: list[int] = []

    def part(offset: int, size: int) -> bytes:
        asked.append(size)
        return data[offset : offset + size]

    whole = b"".join(coerce(data, COERCION).chunks(part))
    assert max(asked) == 1024 * 1024
    assert whole.endswith(data[-(3 * 1024 * 1024) :])


@pytest.mark.parametrize("cut", [100, 131, 200, 400])
def test_bytes_that_are_no_object_are_refused(cut: int) -> None:
    with pytest.raises(Malformed):
        coerced(instance()[:cut])


_LATIN = st.characters(codec="latin-1", exclude_categories=["Cc"], exclude_characters="\\=")


@given(
    st.fixed_dictionaries(
        {
            "PatientName": st.text(_LATIN, max_size=20),
            "PatientID": st.from_regex(r"[A-Z0-9-]{0,16}", fullmatch=True),
            "StudyDescription": st.text(_LATIN, max_size=40),
        }
    ),
    st.lists(st.from_regex(r"[A-Z0-9]{1,8}", fullmatch=True), max_size=3),
    st.sampled_from(["CLINIQUE", "Clinique d'Évreux", ""]),
    st.sampled_from([EXPLICIT, JPEG_LS]),
)
def test_any_object_is_read_back_with_nothing_else_changed(
    texts: dict[str, str], others: list[str], namespace: str, syntax: str
) -> None:
    ids = [issued("1.2.3", one) for one in others]
    data = instance(1, syntax, **texts, OtherPatientIDsSequence=ids)
    local = LocalPatient("IPP101", namespace, "1.2.250.1.71.4.2.9")
    root, before = read(coerced(data, patient=local)), read(data)
    assert root.PatientID == "IPP101"
    assert root.get("IssuerOfPatientID", "") == namespace
    assert [one.PatientID for one in root.OtherPatientIDsSequence][: len(others)] == others
    changed = {pydicom.datadict.tag_for_keyword(name) for name in CHANGED}
    former = [one for one in before if one.tag not in changed]
    assert [one for one in root if one.tag not in changed] == former
