"""functions.drimbox.reading.source_manifest: the manifest of an opened exam, proved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from functions.drimbox.dmp import xds
from functions.drimbox.dmp.registry import DocumentEntry
from functions.drimbox.dmp.retrieve import Retrieved
from functions.drimbox.errors import Absent, DmpRefused, DocumentUnusable, Forbidden
from functions.drimbox.manifest.read import read
from functions.drimbox.reading import source_manifest
from tests.drimbox.consultation.readers import CALL
from tests.drimbox.reading.exam_scenes import NEWER, exam_entry, manifest


@dataclass
class Dmp:
    answer: Retrieved = field(default_factory=lambda: Retrieved({}))
    found: tuple[DocumentEntry, ...] = ()
    failure: Exception | None = None

    def retrieve(self, entries: Sequence[DocumentEntry]) -> Retrieved:
        if self.failure:
            raise self.failure
        return self.answer

    def of_study(self, patient: Any, study: Any) -> tuple[DocumentEntry, ...]:
        return self.found


ENTRY = exam_entry()


def test_the_bytes_are_those_of_the_entry() -> None:
    assert source_manifest.fetch(Dmp(Retrieved({ENTRY.unique_id: b"x"})), ENTRY) == b"x"


def test_a_document_that_cannot_be_had_says_why() -> None:
    for dmp, entry, code in (
        (Dmp(), replace(ENTRY, sha1=""), "document_unprovable"),
        (Dmp(Retrieved({}, frozenset({ENTRY.unique_id}))), ENTRY, "document_altered"),
    ):
        with pytest.raises(DocumentUnusable) as refused:
            source_manifest.fetch(dmp, entry)
        assert refused.value.code == code
    with pytest.raises(Absent):
        source_manifest.fetch(Dmp(), ENTRY)
    with pytest.raises(Forbidden):
        source_manifest.fetch(Dmp(failure=DmpRefused(("X",))), ENTRY)


def test_a_manifest_is_that_of_its_entry_and_patient() -> None:
    assert source_manifest.checked(manifest(), ENTRY, CALL) == read(manifest())
    other = type(CALL.ins)("248039263001064", CALL.ins.oid)
    for data, code in (
        (b"garbage", "document_unreadable"),
        (manifest(NEWER), "document_unreadable"),
        (manifest(ins=other), "document_other_patient"),
    ):
        with pytest.raises(DocumentUnusable) as refused:
            source_manifest.checked(data, ENTRY, CALL)
        assert refused.value.code == code
    with pytest.raises(DocumentUnusable):
        source_manifest.checked(manifest(), replace(ENTRY, reference_ids=()), CALL)


def test_the_newer_manifest_is_the_only_one_in_force() -> None:
    newer = exam_entry(NEWER)
    deprecated = replace(exam_entry("2.25.3"), status=xds.DEPRECATED)
    report = replace(exam_entry("2.25.4"), type_code=None)
    other = replace(exam_entry("2.25.5"), reference_ids=())
    for found, expected in (
        ((), None),
        ((ENTRY,), None),
        ((newer,), newer),
        ((newer, deprecated, report, other), newer),
        ((newer, ENTRY), None),
        ((newer, exam_entry("2.25.6")), None),
    ):
        assert source_manifest.newer(Dmp(found=found), ENTRY, CALL) is expected  # type: ignore[arg-type]


def test_a_manifest_is_in_force_while_the_dmp_holds_it() -> None:
    deprecated = replace(ENTRY, status=xds.DEPRECATED)
    for found, expected in (
        ((), False),
        ((exam_entry(NEWER), ENTRY), True),
        ((deprecated,), False),
    ):
        dmp: Any = Dmp(found=found)
        assert source_manifest.is_in_force(dmp, ENTRY, CALL) is expected
