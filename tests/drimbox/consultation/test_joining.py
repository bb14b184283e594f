"""Reports and exams belong together by the references that both name, and by nothing else."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.drimbox.consultation.joining import MOST_REFERENCES, groups, join
from functions.drimbox.dmp import xds
from functions.drimbox.dmp.registry import DocumentEntry, ReferenceId
from tests.drimbox.consultation.histories import (
    HERE,
    ISSUER,
    LYON,
    documents,
    exam,
    reference,
    report,
)


def numbers(*entries: DocumentEntry) -> list[list[int]]:
    read = documents(*entries)
    return [[one.number for one in group] for group in groups(read, join(read))]


def test_one_report_may_speak_of_several_exams_and_several_of_one() -> None:
    entries = (
        *(exam("1", "2026"), exam("2", "2026"), exam("3", "2026")),
        *(report(["1", "2"], "2026"), report(["2"], "2025", status=xds.DEPRECATED)),
        report(["9"], "2026"),
    )
    assert numbers(*entries) == [[1, 4, 2, 5], [3], [6]]


def test_two_versions_of_a_manifest_belong_together() -> None:
    versions = (exam("1", "2026"), exam("1", "2026", status=xds.DEPRECATED))
    assert numbers(*versions, exam("1", "2026"), exam("2", "2026")) == [[1, 2, 3], [4]]


def pair(
    theirs: tuple[ReferenceId, ...], ours: tuple[ReferenceId, ...], site: Any = HERE
) -> list[list[int]]:
    return numbers(
        exam("1", "2026", reference_ids=ours),
        report(["1"], "2026", reference_ids=theirs, site=site),
    )


UID, OTHER_UID = reference("1.2.3"), reference("1.2.4")
NUMBER, FOREIGN = reference("A1", xds.ACCESSION, ISSUER), reference("A1", xds.ACCESSION, "1.9")
BARE = reference("A1", xds.ACCESSION)
ORDER = reference("O1", xds.ORDER, ISSUER)


@pytest.mark.parametrize(
    ("theirs", "ours", "together"),
    [
        ((UID,), (UID,), True),
        ((UID, OTHER_UID), (OTHER_UID,), True),
        ((UID, NUMBER), (OTHER_UID, NUMBER), False),
        ((UID, NUMBER), (NUMBER,), True),
        ((NUMBER,), (UID, NUMBER), True),
        ((NUMBER,), (FOREIGN,), False),
        ((NUMBER, ORDER), (FOREIGN, ORDER), False),
        ((ORDER,), (NUMBER, ORDER), True),
        ((BARE,), (NUMBER,), True),
        ((NUMBER,), (BARE,), True),
        ((NUMBER,), (ORDER,), False),
        ((), (), False),
        ((reference("", xds.ACCESSION),), (reference("", xds.ACCESSION),), False),
        ((reference("A1", "urn:other", ISSUER),), (reference("A1", "urn:other", ISSUER),), False),
    ],
)
def test_the_best_reference_that_both_name_decides(
    theirs: tuple[ReferenceId, ...], ours: tuple[ReferenceId, ...], together: bool
) -> None:
    assert pair(theirs, ours) == ([[1, 2]] if together else [[1], [2]])


def test_a_number_without_its_issuer_counts_within_one_establishment_alone() -> None:
    assert pair((BARE,), (NUMBER,), LYON) == [[1], [2]]
    assert pair((NUMBER,), (NUMBER,), LYON) == [[1, 2]]
    nowhere = exam("1", "2026", reference_ids=(BARE,), author_institutions=())
    alone = replace(report(["1"], "2026", reference_ids=(BARE,)), author_institutions=())
    assert numbers(nowhere, alone) == [[1], [2]]


def test_a_bare_name_joins_nothing() -> None:
    cabinet = ("Cabinet de radiologie", "")
    made = exam("1", "2026", reference_ids=(BARE,), site=cabinet)
    told = report(["1"], "2026", reference_ids=(BARE,), site=cabinet)
    assert numbers(made, told) == [[1], [2]]


def test_a_report_of_absurdly_many_references_is_joined_by_the_first_ones() -> None:
    many = tuple(reference(str(one)) for one in range(MOST_REFERENCES + 1))
    odd = report(["0"], "2026", reference_ids=many)
    last = str(MOST_REFERENCES)
    assert numbers(odd, exam("0", "2026"), exam(last, "2026")) == [[1, 2], [3]]


REFERENCES = st.builds(
    reference,
    st.sampled_from(["", "1", "2", "3"]),
    st.sampled_from([xds.STUDY_INSTANCE_UID, xds.ACCESSION, xds.ORDER, "urn:x"]),
    st.sampled_from(["", ISSUER, "1.9"]),
)


@given(st.lists(st.tuples(st.booleans(), st.lists(REFERENCES, max_size=3)), max_size=12))
def test_whatever_the_references_are_each_document_is_in_one_group(
    drawn: list[tuple[bool, list[ReferenceId]]],
) -> None:
    entries = [
        exam(str(at), "2026", reference_ids=tuple(found))
        if is_exam
        else report([str(at)], "2026", reference_ids=tuple(found))
        for at, (is_exam, found) in enumerate(drawn)
    ]
    found = [number for group in numbers(*entries) for number in group]
    assert sorted(found) == list(range(1, len(entries) + 1))
