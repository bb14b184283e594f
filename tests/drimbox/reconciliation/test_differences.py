"""Three sides of one study: differences, and none."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.drimbox.dmp import xds
from functions.drimbox.oid import Uid
from functions.drimbox.reconciliation.differences import (
    DifferenceCause,
    Observation,
    Place,
    Publication,
    compare,
)
from functions.drimbox.tenants.reconciliation_policy import DifferenceKind
from tests.drimbox.reconciliation.site import entry
from tests.fakes.registry import DEPRECATED

STUDY, OURS = Uid("1.2.3"), Uid("2.25.7")
NAMED: frozenset[Place] = frozenset({(Uid("1.2.3.1"), Uid("1.2.3.1.1"))})
MORE: Place = (Uid("1.2.3.1"), Uid("1.2.3.1.2"))
PUBLISHED = Publication(OURS, "ab", 7, NAMED)
THERE = entry(OURS, STUDY, sha1="ab", size=7)
WELL = Observation(STUDY, PUBLISHED, NAMED, (THERE,))
WITHDRAWN = Observation(STUDY, None, None, ())


def told(seen: Observation) -> list[tuple[DifferenceKind, DifferenceCause, str, int]]:
    return [(one.kind, one.cause, one.manifest_uid, one.objects) for one in compare(seen)]


@pytest.mark.parametrize(
    "seen",
    [
        WELL,
        WITHDRAWN,
        replace(WELL, active=(replace(THERE, sha1="", size=None),)),
        replace(WELL, active=(), under_uid=(THERE,)),
        replace(WELL, active=(), under_uid=(replace(THERE, status=DEPRECATED), THERE)),
    ],
)
def test_agreement_is_no_difference(seen: Observation) -> None:
    assert told(seen) == []


@pytest.mark.parametrize(
    ("active", "under_uid", "cause"),
    [
        ((), (), DifferenceCause.UNKNOWN_TO_DMP),
        ((), (entry("2.25.8", STUDY),), DifferenceCause.UNKNOWN_TO_DMP),
        ((), (replace(THERE, status=DEPRECATED),), DifferenceCause.NOT_ACTIVE),
        ((), (replace(THERE, status=xds.DELETED),), DifferenceCause.NOT_ACTIVE),
        ((replace(THERE, sha1="cd"),), (), DifferenceCause.OTHER_CONTENT),
        ((replace(THERE, size=8),), (), DifferenceCause.OTHER_CONTENT),
    ],
)
def test_a_manifest_that_is_not_as_we_sent_it(
    active: tuple[object, ...], under_uid: tuple[object, ...], cause: DifferenceCause
) -> None:
    seen = replace(WELL, active=active, under_uid=under_uid)  # type: ignore[arg-type]
    assert told(seen) == [(DifferenceKind.MISSING_MANIFEST, cause, OURS, 0)]


@pytest.mark.parametrize("seen", [WELL, WITHDRAWN])
def test_a_manifest_of_ours_that_is_not_in_force(seen: Observation) -> None:
    orphan = entry("2.25.9", STUDY)
    found = replace(seen, active=(*seen.active, orphan))
    assert told(found) == [
        (DifferenceKind.ORPHAN_MANIFEST, DifferenceCause.OF_NO_RECORD, "2.25.9", 0)
    ]
    held = replace(found, pending_uid="2.25.9")
    assert told(held) == [
        (DifferenceKind.ORPHAN_MANIFEST, DifferenceCause.OF_A_HELD_CHANGE, "2.25.9", 0)
    ]


def test_images_that_are_gone_and_images_that_came() -> None:
    assert told(replace(WELL, archived=None)) == [
        (DifferenceKind.DEAD_REFERENCE, DifferenceCause.STUDY_GONE, OURS, 1)
    ]
    assert told(replace(WELL, archived=frozenset({MORE}))) == [
        (DifferenceKind.DEAD_REFERENCE, DifferenceCause.OBJECTS_GONE, OURS, 1),
        (DifferenceKind.STUDY_CHANGED, DifferenceCause.OBJECTS_ADDED, OURS, 1),
    ]


PLACES = st.frozensets(
    st.sampled_from([(Uid("1.1"), Uid(f"1.1.{n}")) for n in range(1, 5)]), max_size=4
)


@given(PLACES, PLACES)
def test_the_differences_make_the_two_sides_alike(
    named: frozenset[Place], archived: frozenset[Place]
) -> None:
    published = replace(PUBLISHED, named=named)
    found = compare(replace(WELL, published=published, archived=archived))
    counted = {one.kind: one.objects for one in found}
    assert counted.get(DifferenceKind.DEAD_REFERENCE, 0) == len(named - archived)
    assert counted.get(DifferenceKind.STUDY_CHANGED, 0) == len(archived - named)
    assert bool(found) is (named != archived)


def test_a_mark_is_of_one_difference_of_one_manifest() -> None:
    seen = [
        replace(WELL, archived=NAMED | {MORE}),
        replace(WELL, archived=None),
        replace(WELL, archived=frozenset({MORE})),
        replace(
            WELL,
            published=replace(PUBLISHED, manifest_uid=Uid("2.25.8")),
            active=(replace(THERE, unique_id="2.25.8"),),
            archived=NAMED | {MORE},
        ),
    ]
    marks = [one.mark for each in seen for one in compare(each)]
    # The objects that came are the same in the first and the third.
    assert len(marks) == 5
    assert len(set(marks)) == 4
    assert all(len(mark) == 19 for mark in marks)
