"""A file that a professional gives: each exam is shown, or not shown with its reason."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.drimbox.dmp import xds
from functions.drimbox.dmp.signing import SHA256
from functions.drimbox.errors import FileRefused
from functions.drimbox.identity.parties import Code
from functions.drimbox.oid import Uid
from functions.drimbox.outside import given_file
from functions.drimbox.outside.faults import Reason
from functions.drimbox.outside.given_file import describe, read_file
from functions.drimbox.outside.signed import Proof
from tests.drimbox.consultation.readers import CALL
from tests.drimbox.dmp import samples
from tests.drimbox.images.samples import STUDY
from tests.drimbox.outside.archives import (
    AT,
    HIDDEN,
    MASKED,
    NORMAL,
    kos,
    reading,
    submitted,
    xdm,
    zipped,
)
from tests.drimbox.reading.exam_scenes import MANIFEST, NEWER

SET = submitted()


def reasons(*sets: dict[str, bytes]) -> tuple[Reason, ...]:
    found = read_file(xdm(*sets), reading())
    assert found.exams == ()
    return found.refused


def test_one_manifest_is_one_exam_that_nobody_signed() -> None:
    found = read_file(kos(), reading())
    (exam,) = found.exams
    assert (exam.entry.unique_id, exam.entry.given_at) == (MANIFEST, AT)
    assert (exam.content, exam.proof, found.is_archive) == (kos(), Proof.NONE, False)
    assert exam.entry.confidentiality_codes == ()


def test_an_archive_gives_the_exams_of_its_sets() -> None:
    second = submitted(uid=NEWER, study=Uid("1.2.250.9.6"), content=_of_study("1.2.250.9.6"))
    found = read_file(xdm(SET, second), reading(authorities=(samples.signer().held,)))
    assert [one.entry.unique_id for one in found.exams] == [MANIFEST, NEWER]
    assert [one.proof for one in found.exams] == [Proof.TRUSTED] * 2
    assert (found.refused, found.others, found.is_archive) == ((), 0, True)
    assert found.exams[0].entry.title
    assert found.exams[0].entry.establishment[0] == samples.STRUCTURE
    assert (found.exams[0].entry.status, found.exams[0].entry.given_at) == ("", AT)
    assert found.exams[0].signer.startswith("DRIMbox de test")


def _of_study(study: str) -> bytes:
    data = kos(NEWER)
    assert len(study) == len(str(STUDY)), "the length stays"
    return data.replace(str(STUDY).encode(), study.encode())


@pytest.mark.parametrize(
    "data", [b"", b"MZ" * 400, b"%PDF-1.7", b"<xml/>", bytes(128) + b"DIC", b"\x1f\x8b" * 100]
)
def test_another_kind_of_file_is_refused(data: bytes) -> None:
    with pytest.raises(FileRefused) as caught:
        read_file(data, reading())
    assert caught.value.code == "file_unreadable"


def test_a_large_file_is_refused_before_it_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(given_file, "MAX_FILE", 10)
    with pytest.raises(FileRefused) as caught:
        read_file(kos(), reading())
    assert caught.value.code == "file_too_large"


def test_a_manifest_of_another_patient_or_none_is_not_shown() -> None:
    for data in (kos(birth_family="AUTRE"), kos(sex="M"), kos(birth_date="19800101")):
        assert read_file(data, reading()).refused == (Reason.OTHER_PATIENT,)
    assert read_file(kos()[:400], reading()).refused == (Reason.UNREADABLE,)


def _changed(name: str, change: Callable[[bytes], bytes]) -> dict[str, bytes]:
    changed = {**SET, name: change(SET[name])}
    assert changed != SET
    return changed


@pytest.mark.parametrize(
    ("files", "reason"),
    [
        ({**SET, "KOS_1_1.DCM": kos("2.25.7")}, Reason.ALTERED),
        ({**SET, "KOS_1_1.DCM": SET["KOS_1_1.DCM"] + b"\0\0"}, Reason.ALTERED),
        ({name: one for name, one in SET.items() if "KOS" not in name}, Reason.ALTERED),
        (submitted(uid="2.25.7", content=kos()), Reason.ALTERED),
        (submitted(study=Uid("1.2.3")), Reason.ALTERED),
        (_changed("METADATA.XML", lambda one: one.replace(b'"hash"', b'"h"')), Reason.UNPROVABLE),
        (_changed("METADATA.XML", lambda one: one.replace(b'"size"', b'"s"')), Reason.UNPROVABLE),
        (_changed("METADATA.XML", lambda _: b"<a/>"), Reason.UNREADABLE),
        (submitted(content=kos()[:600]), Reason.UNREADABLE),
        (submitted(codes=(NORMAL, MASKED)), Reason.RESTRICTED),
        (submitted(codes=()), Reason.RESTRICTED),
        (submitted(codes=(NORMAL, Code("X", "1.2.3", ""))), Reason.RESTRICTED),
        (submitted(content=kos(birth_given="ALICE")), Reason.OTHER_PATIENT),
        (
            _changed(
                "METADATA.XML",
                lambda one: one.replace(b"279035121518989^^^", b"279035121518900^^^"),
            ),
            Reason.OTHER_PATIENT,
        ),
        (
            _changed("METADATA.XML", lambda one: one.replace(b"PID-7|19790327", b"PID-7|19790328")),
            Reason.OTHER_PATIENT,
        ),
        (
            _changed(
                "METADATA.XML",
                lambda one: one.replace(
                    b'<rim:ExtrinsicObject id="DocumentKOS"',
                    b'<rim:ExtrinsicObject id="DocumentKOS" '
                    b'status="urn:asip:ci-sis:2010:StatusType:Deleted"',
                ),
            ),
            Reason.WITHDRAWN,
        ),
    ],
)
def test_an_exam_in_doubt_is_not_shown(files: dict[str, bytes], reason: Reason) -> None:
    assert reasons(files) == (reason,)


def test_an_exam_hidden_from_the_patient_is_shown_with_its_codes() -> None:
    (exam,) = read_file(xdm(submitted(codes=(NORMAL, HIDDEN))), reading()).exams
    assert [one.code for one in exam.entry.confidentiality_codes] == ["N", "INVISIBLE_PATIENT"]


def test_metadata_complete_an_older_manifest_that_has_the_family_name_alone() -> None:
    older = kos(birth_given="").replace(b"\0\0AUTRE", b"")
    assert read_file(older, reading()).refused == (Reason.OTHER_PATIENT,)
    assert read_file(xdm(submitted(content=older)), reading()).exams
    other = replace(CALL, birth_given="ALICE")
    found = read_file(xdm(submitted(content=older)), reading(patient=other))
    assert found.refused == (Reason.OTHER_PATIENT,)


def _resigned(sign: bytes) -> dict[str, bytes]:
    """The set with other bytes as its signature, rightly described."""
    told = {b"hash": hashlib.sha1(sign).hexdigest(), b"size": str(len(sign))}  # noqa: S324
    known = SET["SIGN_1.XML"]
    old = {b"hash": hashlib.sha1(known).hexdigest(), b"size": str(len(known))}  # noqa: S324
    stored = SET["METADATA.XML"]
    for name, value in told.items():
        stored = stored.replace(f">{old[name]}<".encode(), f">{value}<".encode())
    return {**SET, "METADATA.XML": stored, "SIGN_1.XML": sign}


def test_a_signature_of_other_bytes_hides_the_exam() -> None:
    foreign = submitted(content=kos(birth_place="75056"))["SIGN_1.XML"]
    assert reasons(_resigned(foreign)) == (Reason.SIGNATURE_WRONG,)
    broken = SET["SIGN_1.XML"].replace(b"AA==", b"AQ==")
    assert reasons(_resigned(broken)) == (Reason.SIGNATURE_WRONG,)
    # Also where the metadata describe another signature.
    assert reasons({**SET, "SIGN_1.XML": foreign}) == (Reason.SIGNATURE_WRONG,)


def test_a_signature_that_proves_nothing_is_told() -> None:
    unreadable = SET["SIGN_1.XML"].replace(b"<X509Certificate>", b"<X509Certificate>X")
    without = {name: one for name, one in SET.items() if name != "SIGN_1.XML"}
    sha256 = submitted(algorithms=SHA256)["SIGN_1.XML"]
    for files, proof in (
        (_resigned(unreadable), Proof.UNVERIFIABLE),
        ({**SET, "SIGN_1.XML": sha256}, Proof.UNVERIFIABLE),
        (without, Proof.NONE),
        (SET, Proof.INTACT),
    ):
        (exam,) = read_file(xdm(files), reading()).exams
        assert exam.proof is proof


def test_of_two_manifests_of_a_study_the_newest_is_shown() -> None:
    newer = submitted(uid=NEWER, at=samples.AT + timedelta(hours=1))
    found = read_file(xdm(SET, newer), reading())
    assert [one.entry.unique_id for one in found.exams] == [NEWER]
    assert found.refused == (Reason.OLDER,)
    assert reasons(SET, submitted(uid=NEWER)) == (Reason.OLDER, Reason.OLDER)


LATER = samples.AT + timedelta(hours=1)
CLOSING = {
    Reason.RESTRICTED: submitted(uid=NEWER, at=LATER, codes=(NORMAL, MASKED)),
    Reason.ALTERED: {**submitted(uid=NEWER, at=LATER), "KOS_1_1.DCM": kos("2.25.9")},
    Reason.SIGNATURE_WRONG: {
        **submitted(uid=NEWER, at=LATER),
        "SIGN_1.XML": submitted(uid=NEWER, content=kos(NEWER, birth_place="75056"))["SIGN_1.XML"],
    },
}


@pytest.mark.parametrize("reason", CLOSING)
def test_a_newest_manifest_that_is_refused_closes_its_study(reason: Reason) -> None:
    """The older one would show what the newest one hides."""
    for sets in ((SET, CLOSING[reason]), (CLOSING[reason], SET)):
        assert reasons(*sets) == (reason, Reason.OLDER)


def test_a_withdrawn_newest_manifest_closes_its_study() -> None:
    newer = submitted(uid=NEWER, at=LATER)
    stored = newer["METADATA.XML"].replace(xds.APPROVED.encode(), xds.DEPRECATED.encode())
    if stored == newer["METADATA.XML"]:
        stored = stored.replace(
            b'<rim:ExtrinsicObject id="DocumentKOS"',
            b'<rim:ExtrinsicObject status="%s" id="DocumentKOS"' % xds.DEPRECATED.encode(),
        )
    found = reasons(SET, {**newer, "METADATA.XML": stored})
    assert found == (Reason.WITHDRAWN, Reason.OLDER)


def test_a_refused_manifest_without_a_time_may_be_the_newest() -> None:
    hidden = submitted(uid=NEWER, codes=(MASKED,))
    undated = hidden["METADATA.XML"].replace(b'name="creationTime"', b'name="x"', 1)
    assert undated != hidden["METADATA.XML"]
    assert reasons(SET, {**hidden, "METADATA.XML": undated}) == (Reason.RESTRICTED, Reason.OLDER)


def test_another_patient_s_manifest_closes_nothing() -> None:
    other = submitted(uid=NEWER, at=LATER, content=kos(NEWER, birth_family="AUTRE"))
    found = read_file(xdm(SET, other), reading())
    assert ([one.entry.unique_id for one in found.exams], found.refused) == (
        [MANIFEST],
        (Reason.OTHER_PATIENT,),
    )


def test_a_set_that_replaces_a_manifest_of_the_file_closes_it() -> None:
    named = SET["METADATA.XML"].replace(b'"DocumentKOS"', b'"urn:uuid:ab"')
    association = (
        f'<rim:Association id="a" associationType="{xds.REPLACES}" '
        'sourceObject="x" targetObject="urn:uuid:AB"/>'
    ).encode()
    end = b"</rim:RegistryObjectList>"
    other = submitted(uid="2.25.7", study=Uid("1.2.3.4"), codes=(MASKED,))
    stored = other["METADATA.XML"].replace(end, association + end)
    found = reasons({**SET, "METADATA.XML": named}, {**other, "METADATA.XML": stored})
    assert sorted(found) == [Reason.ALTERED, Reason.WITHDRAWN]


def test_a_set_whose_metadata_are_no_xml_is_unreadable() -> None:
    assert reasons({**SET, "METADATA.XML": b"<a"}) == (Reason.UNREADABLE,)


def test_the_audit_record_names_the_file_by_its_digest() -> None:
    data = xdm(SET)
    assert describe(read_file(data, reading()), data) == {
        "sha256": hashlib.sha256(data).hexdigest(),
        "kind": "archive",
        "count": "1",
        "refused": "",
        "manifest_uids": MANIFEST,
    }


def test_other_documents_are_counted_and_not_read() -> None:
    as_report = SET["METADATA.XML"].replace(b"IMG-KOS", b"18748-4")
    found = read_file(xdm({**SET, "METADATA.XML": as_report}), reading())
    assert (found.exams, found.refused, found.others) == ((), (), 1)


def test_the_words_of_the_dmp_are_asked_for_each_exam() -> None:
    asked: list[tuple[str, str]] = []

    def judge(manifest: str, study: str) -> Reason | None:
        asked.append((manifest, study))
        return Reason.GONE

    for data in (kos(), xdm(SET)):
        assert read_file(data, reading(judge=judge)).refused == (Reason.GONE,)
    assert [manifest for manifest, _ in asked] == [MANIFEST] * 2


GOOD = zipped({f"KA/IHE_XDM/SS000001/{name}": one for name, one in SET.items()}, 0)


@given(st.integers(0, len(GOOD) - 1), st.binary(min_size=1, max_size=4))
def test_a_spoilt_archive_is_refused_or_told_and_never_shows_other_bytes(
    at: int, value: bytes
) -> None:
    try:
        found = read_file(GOOD[:at] + value + GOOD[at + len(value) :], reading())
    except FileRefused:
        return
    assert all(one.content == kos() for one in found.exams)
