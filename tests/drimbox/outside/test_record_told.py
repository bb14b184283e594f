"""The DMP's last words on a page, and their bounds for a file."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from functions.drimbox.dmp import xds
from functions.drimbox.dmp.registry import DocumentEntry
from functions.drimbox.identity.parties import Code
from functions.drimbox.outside import record_told
from functions.drimbox.outside.faults import Reason
from functions.drimbox.outside.record_told import (
    AWAY_LIFE,
    Heard,
    RecordTold,
    hides,
    is_gone,
    judge,
    read,
    write,
)
from functions.drimbox.tenants.model import OfflineFiles
from tests.drimbox.images.samples import STUDY
from tests.drimbox.outside.archives import HIDDEN, MASKED, NORMAL, NOW
from tests.drimbox.reading import exam_scenes
from tests.drimbox.reading.exam_scenes import MANIFEST, NEWER

AWAY, ALWAYS, NO = OfflineFiles.DMP_AWAY, OfflineFiles.ALWAYS, OfflineFiles.NO
OTHER_STUDY = "1.2.3.999"


def exam_entry(uid: str = MANIFEST, **changes: Any) -> DocumentEntry:
    """The entry of a manifest that nothing restricts."""
    return exam_scenes.exam_entry(uid, **{"confidentiality_codes": (NORMAL,), **changes})


REPORT = exam_entry("2.25.8", type_code=Code("18748-4", xds.LOINC, ""))


def test_nothing_is_offered_before_the_dmp_was_asked() -> None:
    told = read("")
    assert told == RecordTold()
    assert not any(told.offers(policy, NOW) for policy in OfflineFiles)


@pytest.mark.parametrize(
    ("code", "heard", "offered"),
    [
        ("dmp_unavailable", Heard.AWAY, {AWAY, ALWAYS}),
        ("timeout", Heard.AWAY, {AWAY, ALWAYS}),
        ("dmp_refused", Heard.CLOSED, set()),
        ("record_closed", Heard.CLOSED, set()),
        ("configuration_error", Heard.CLOSED, set()),
    ],
)
def test_a_file_stands_in_for_a_dmp_that_is_away_and_for_no_refusal(
    code: str, heard: Heard, offered: set[OfflineFiles]
) -> None:
    told = RecordTold().after_failure(code, NOW)
    assert (told.heard, told.at) == (heard, NOW.isoformat())
    assert {policy for policy in OfflineFiles if told.offers(policy, NOW)} == offered
    assert told.against(MANIFEST, str(STUDY), AWAY) is None


def test_a_list_allows_files_where_the_tenant_always_does() -> None:
    told = RecordTold().after_list([exam_entry(), REPORT], NOW)
    assert {policy for policy in OfflineFiles if told.offers(policy, NOW)} == {ALWAYS}
    assert told.against(MANIFEST, str(STUDY), AWAY) is None
    assert repr(told) == "RecordTold(listed, 1 manifests)"


@pytest.mark.parametrize(
    "entry",
    [
        exam_entry(status=xds.DEPRECATED),
        exam_entry(status=xds.DELETED),
        exam_entry(confidentiality_codes=(NORMAL, MASKED)),
        exam_entry(confidentiality_codes=()),
    ],
)
def test_a_manifest_that_the_dmp_replaced_or_hides_is_not_opened(entry: DocumentEntry) -> None:
    told = RecordTold().after_list([entry], NOW)
    for policy in (AWAY, ALWAYS):
        assert told.against(MANIFEST, str(STUDY), policy) is Reason.GONE


def test_a_manifest_that_the_next_list_does_not_have_is_gone() -> None:
    told = RecordTold().after_list([exam_entry()], NOW)
    later = told.after_list([], NOW + timedelta(minutes=1)).after_failure("dmp_unavailable", NOW)
    assert later.against(MANIFEST, str(STUDY), ALWAYS) is Reason.GONE


def test_another_manifest_of_a_listed_study_is_gone() -> None:
    told = RecordTold().after_list([exam_entry(NEWER)], NOW)
    assert told.against(MANIFEST, str(STUDY), ALWAYS) is Reason.GONE
    assert told.against(MANIFEST, OTHER_STUDY, AWAY) is Reason.NOT_IN_RECORD
    assert told.against(MANIFEST, OTHER_STUDY, ALWAYS) is None


def test_another_manifest_of_a_study_that_was_ever_listed_is_gone() -> None:
    """Also where the DMP has withdrawn the study, or lists it no more."""
    told = RecordTold().after_list([exam_entry(NEWER, status=xds.DEPRECATED)], NOW)
    for later in (told, told.after_list([], NOW)):
        assert later.against(MANIFEST, str(STUDY), ALWAYS) is Reason.GONE
        assert not later.lacks(str(STUDY))
        assert later.lacks(OTHER_STUDY)
    assert not RecordTold().lacks(OTHER_STUDY)


def test_a_silence_takes_back_no_refusal() -> None:
    refused = RecordTold().after_failure("dmp_refused", NOW)
    silent = refused.after_failure("dmp_unavailable", NOW)
    assert silent.heard is Heard.CLOSED
    assert not silent.may_show
    for answered in (silent.after_open(NOW), silent.after_list([], NOW)):
        later = answered.after_failure("dmp_unavailable", NOW)
        assert later.heard is Heard.AWAY
        assert later.offers(AWAY, NOW)


def test_a_file_stands_in_for_a_silence_of_now_alone() -> None:
    silent = RecordTold().after_failure("dmp_unavailable", NOW)
    assert silent.offers(AWAY, NOW + AWAY_LIFE)
    late = NOW + AWAY_LIFE + timedelta(seconds=1)
    assert {policy for policy in OfflineFiles if silent.offers(policy, late)} == {ALWAYS}
    answered = silent.after_open(NOW)
    assert answered.heard is Heard.ANSWERED
    assert {policy for policy in OfflineFiles if answered.offers(policy, NOW)} == {ALWAYS}
    assert answered.may_show


def test_a_manifest_is_judged_by_the_words_and_the_tenant_s_policy() -> None:
    told = RecordTold().after_list([exam_entry()], NOW)
    assert judge(told, AWAY)(MANIFEST, str(STUDY)) is None
    assert judge(told, AWAY)("2.25.9", OTHER_STUDY) is Reason.NOT_IN_RECORD


def test_an_exam_is_judged_after_its_file_was_given() -> None:
    told, entry = RecordTold().after_failure("dmp_unavailable", NOW), exam_entry()
    assert not is_gone(told, entry, AWAY)
    assert is_gone(told, entry, NO)
    for gone in (
        RecordTold(),
        told.after_failure("dmp_refused", NOW),
        told.after_list([exam_entry(NEWER)], NOW),
    ):
        assert is_gone(gone, entry, ALWAYS)


def test_the_words_are_kept_without_any_identifier() -> None:
    masked = exam_entry("2.25.5", confidentiality_codes=(MASKED,))
    told = RecordTold().after_list([exam_entry(), masked], NOW)
    text = write(told.after_failure("dmp_unavailable", NOW))
    assert read(text) == told.after_failure("dmp_unavailable", NOW)
    assert MANIFEST not in text
    assert str(STUDY) not in text


def test_a_page_remembers_so_many_manifests_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(record_told, "MOST", 1)
    told = RecordTold().after_list([exam_entry(f"2.25.{n}") for n in range(5, 9)], NOW)
    kept = read(write(told.after_failure("dmp_unavailable", NOW)))
    assert len(kept.manifests) == 2
    assert not kept.offers(ALWAYS, NOW)
    assert not kept.may_show


def test_codes_that_hide_from_professionals() -> None:
    assert not hides([NORMAL])
    assert not hides([NORMAL, HIDDEN])
    unknown = Code("X", xds.MASKING_SYSTEM, "")
    for codes in ([], [MASKED], [NORMAL, unknown], [Code("R", xds.CONFIDENTIALITY_SYSTEM, "")]):
        assert hides(codes)
