"""An override: kept as it was given, read back equal, and nothing of the message is changed."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from functions.drimbox.oid import Uid
from functions.drimbox.publication.overrides import Override, Release, overridden
from tests.drimbox.dmp import samples

AT = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
STUDY, OTHER = Uid("1.2.3"), Uid("1.2.3.4")
REPORT = replace(samples.report(), sender=samples.VERNIER)


def test_the_archive_keeps_an_override_as_the_inbox_does() -> None:
    override = Override(1, "operator-1", AT, {STUDY: OTHER}, ("A", "B"))
    assert Override.decode(override.encode()).encode() == override.encode()


UIDS = st.integers(1, 10**6).map(lambda number: Uid(f"1.2.{number}"))


@given(
    st.dictionaries(UIDS, UIDS, max_size=4),
    st.none() | st.tuples(st.text(max_size=20), st.text(max_size=20)),
    st.text(max_size=20),
)
def test_any_override_comes_back_equal(
    studies: dict[Uid, Uid], sender: tuple[str, str] | None, who: str
) -> None:
    override = Override(7, who, AT, studies, sender)
    assert Override.decode(override.encode()) == override


def test_a_release_comes_back_equal_and_an_earlier_override_has_none() -> None:
    release = Release("made here", "1860000011", AT)
    override = Override(2, "operator-1", AT, released={STUDY: release})
    assert Override.decode(override.encode()) == override
    facts = json.loads(override.encode())
    del facts["released"]
    assert Override.decode(json.dumps(facts).encode()).released == {}


def test_a_study_that_was_not_chosen_stands_for_itself() -> None:
    override = Override(1, "operator-1", AT, {STUDY: OTHER})
    assert (override.chosen(STUDY), override.chosen(Uid("1.9"))) == (OTHER, Uid("1.9"))
    assert override.left_by(OTHER) == (STUDY,)
    assert override.left_by(STUDY) == ()


def test_a_report_without_override_is_as_it_came() -> None:
    assert overridden(REPORT, None) is REPORT


def test_the_chosen_study_and_sender_are_those_of_the_report() -> None:
    taken = overridden(REPORT, Override(1, "o", AT, {samples.STUDY: OTHER}, ("A", "B")))
    assert [exam.study_instance_uid for exam in taken.document.exams] == [OTHER]
    assert (taken.header.sending_application, taken.header.sending_facility) == ("A", "B")
    assert taken.sender is None, "PRT-8 is not compared any more"
    chosen = overridden(REPORT, Override(1, "o", AT, {samples.STUDY: OTHER}))
    assert (chosen.header, chosen.sender) == (REPORT.header, REPORT.sender)
