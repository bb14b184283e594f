"""The history in order: every document is shown or counted, whatever the filters are."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from functions.drimbox.consultation.context import WantedExams
from functions.drimbox.consultation.imaging_document import ImagingDocument
from functions.drimbox.consultation.imaging_history import PART, History, Totals, arrange
from functions.drimbox.consultation.list_view import FILTERS, ListView
from functions.drimbox.dmp import xds
from functions.drimbox.oid import Uid
from tests.drimbox.consultation.histories import KNEE, documents, eleven, exam, report

ANY = WantedExams()
ALL = ListView(states=frozenset())


def numbers(history: History) -> list[tuple[list[int], list[int]]]:
    return [
        ([one.number for one in group.exams], [one.number for one in group.reports])
        for group in history.groups
    ]


def test_the_eleven_exams_with_their_reports_latest_first() -> None:
    history = arrange(documents(*eleven()), ListView(), ANY)
    assert numbers(history) == [
        *(([1], [2]), ([3], [4]), ([5, 6], [7]), ([8], [9]), ([10], [11]), ([12], [13])),
        *(([14], [15]), ([16], [17]), ([18], [19]), ([21], []), ([], [22])),
    ]
    assert history.total == history.found == Totals(11, 10, 6)
    assert (history.part, history.parts, history.unwanted.nothing) == (1, 1, True)
    assert history.states["old"] == 1
    assert history.withheld[18] == 1
    assert sum(history.withheld.values()) == 1
    assert history.comparison is not None


def test_former_versions_come_after_those_in_force_once_they_are_shown() -> None:
    history = arrange(documents(*eleven()), ALL, ANY)
    assert ([18], [19, 20]) in numbers(history)
    assert history.total == Totals(11, 10, 6)
    assert not sum(history.withheld.values())


def test_exams_without_a_date_are_last_in_both_orders() -> None:
    read = documents(exam("1", ""), exam("2", "2025"), exam("3", "202511"), exam("4", "20260101"))
    newest = arrange(read, ListView(), ANY)
    oldest = arrange(read, ListView(oldest_first=True), ANY)
    assert [group.exams[0].number for group in newest.groups] == [4, 3, 2, 1]
    assert [group.exams[0].number for group in oldest.groups] == [2, 3, 4, 1]


def test_filters_find_some_and_leave_the_total() -> None:
    view = ListView(modalities=frozenset({"CT", "DX", "CR", ""}), last=date(2025, 1, 1))
    history = arrange(documents(*eleven()), view, ANY)
    assert numbers(history) == [([10], [11]), ([12], [13]), ([16], [17])]
    assert (history.total, history.found) == (Totals(11, 10, 6), Totals(3, 3, 3))
    none = arrange(documents(*eleven()), ListView(search="zzz"), ANY)
    assert (none.groups, none.parts, none.found.nothing) == ((), 1, True)


def test_of_a_group_the_exam_that_passes_is_shown_and_the_others_are_counted() -> None:
    history = arrange(documents(*eleven()), ListView(search="abdomino"), ANY)
    assert numbers(history) == [([6], [7])]
    assert [group.filtered for group in history.groups] == [1]
    assert (history.total, history.found) == (Totals(11, 10, 6), Totals(1, 1, 1))
    every = arrange(documents(*eleven()), ListView(), ANY)
    assert not any(group.filtered for group in every.groups)
    # A former version that the filters hide is none of the exams in force.
    old = exam("1", "2026", "Autre", "MR", status=xds.DEPRECATED)
    read = documents(exam("1", "2026"), old)
    [group] = arrange(read, replace(ALL, modalities=frozenset({"MR"})), ANY).groups
    assert (len(group.exams), group.filtered) == (1, 0)


def test_the_criteria_of_the_call_hide_until_everything_is_asked() -> None:
    read, wanted = documents(*eleven()), WantedExams(modality="MR")
    narrowed = arrange(read, ListView(), wanted)
    assert [len(group.exams) for group in narrowed.groups] == [1, 1, 0]
    assert narrowed.unwanted == Totals(9, 7, 6)
    every = arrange(read, ListView(states=frozenset()), wanted)
    # The former version of a report is one of those.
    assert every.unwanted == Totals(9, 8, 6)
    assert arrange(read, ListView(everything=True), wanted).total.exams == 11


def test_the_comparison_is_that_of_the_exam_that_the_call_names() -> None:
    read = documents(exam("1.1", "2026"), exam("1.2", "2025"), exam("1.3", "2024"))
    for wanted in (WantedExams(study=Uid("1.2")), WantedExams(accession="A1.2")):
        narrowed = arrange(read, ListView(), wanted)
        assert (numbers(narrowed), narrowed.comparison) == ([([2], [])], None)
        history = arrange(read, ListView(everything=True), wanted)
        assert history.comparison is not None
        assert (history.comparison.exam.number, history.comparison.prior.number) == (2, 3)


def test_the_comparison_is_one_of_exams_that_the_filters_show() -> None:
    read = documents(exam("1.1", "2026"), exam("1.2", "2025"), exam("1.3", "2024"))
    view = ListView(last=date(2025, 12, 31))
    proposed = arrange(read, view, ANY).comparison
    assert proposed is not None
    assert (proposed.exam.number, proposed.prior.number) == (2, 3)
    assert arrange(read, ListView(first=date(2026, 1, 1)), ANY).comparison is None
    assert arrange(read, view, WantedExams(study=Uid("1.1"))).comparison is None


def test_an_exam_that_the_states_hide_is_withheld_from_its_report() -> None:
    read = documents(exam("1", "2026", hidden=("MASQUE_PS",)), report(["1"], "2026"))
    assert arrange(read, ListView(), ANY).withheld == {2: 1}
    assert not any(arrange(read, ListView(states=frozenset()), ANY).withheld.values())


def test_a_long_list_has_pages_of_a_hundred_exams() -> None:
    read = documents(
        *(exam(str(one), f"{2026 - one // 12}{one % 12 + 1:02}") for one in range(250))
    )
    sizes = [len(arrange(read, ListView(), ANY, part).groups) for part in (1, 2, 3)]
    assert sizes == [PART, PART, 50]
    for beyond in (0, 4):
        history = arrange(read, ListView(), ANY, beyond)
        assert history.part == min(max(beyond, 1), 3)


def test_a_group_that_no_page_holds_is_cut_and_nothing_is_lost() -> None:
    studies = [str(one) for one in range(130)]
    read = documents(
        *(exam(one, "2026") for one in studies),
        *(report(studies, f"2026{at % 12 + 1:02}") for at in range(210)),
    )
    seen: list[ImagingDocument] = []
    first = arrange(read, ListView(), ANY)
    assert first.parts > 1
    for part in range(1, first.parts + 1):
        for group in arrange(read, ListView(), ANY, part).groups:
            assert max(len(group.exams), len(group.reports)) <= PART
            seen += [*group.exams, *group.reports]
    assert sorted(one.number for one in seen) == [one.number for one in read]


STATUSES = [xds.APPROVED, xds.ARCHIVED, xds.DEPRECATED, xds.DELETED, "urn:x:New"]
HIDDEN = ["INVISIBLE_PATIENT", "INVISIBLE_REPRESENTANTS_LEGAUX", "MASQUE_PS", "R", "NEW"]
DRAWN = st.tuples(
    st.booleans(),
    st.lists(st.sampled_from(["1", "2", "3"]), min_size=1, max_size=2, unique=True),
    st.sampled_from(["", "2025", "202601", "20260105", "202601051010"]),
    st.sampled_from(STATUSES),
    st.sets(st.sampled_from(HIDDEN), max_size=2),
)


@given(
    st.lists(DRAWN, max_size=10),
    st.frozensets(st.sampled_from(sorted(FILTERS))),
    st.frozensets(st.sampled_from(["", "CT"])),
)
def test_each_document_is_shown_once_unless_a_filter_hides_it(
    drawn: list[tuple[bool, list[str], str, str, set[str]]],
    states: frozenset[str],
    modalities: frozenset[str],
) -> None:
    read = documents(
        *(
            (exam(studies[0], at) if is_exam else report(studies, at))
            for is_exam, studies, at, _, _ in drawn
        )
    )
    marked = [
        replace(one, told=documents(exam("9", "", status=status, hidden=tuple(codes)))[0].told)
        for one, (_, _, _, status, codes) in zip(read, drawn, strict=True)
    ]
    view = ListView(states=states, modalities=modalities)
    history = arrange(marked, view, ANY)
    seen = [one for group in history.groups for one in (*group.exams, *group.reports)]
    assert len({one.number for one in seen}) == len(seen)
    assert all(not one.marks & view.hidden_marks for one in seen)
    missing = {one.number for one in marked} - {one.number for one in seen}
    if not modalities:
        for one in marked:
            assert (one.number in missing) is bool(one.marks & view.hidden_marks)


def test_a_comparison_with_an_exam_of_a_later_page_is_the_first_page_s_alone() -> None:
    newest = exam("1", "20261101", region=KNEE)
    others = [exam(str(n), f"2026{n % 9 + 1:02}01") for n in range(2, PART + 10)]
    prior = exam("999", "2001", region=KNEE)
    read = documents(newest, *others, prior)
    first, second = (arrange(read, ListView(), ANY, part) for part in (1, 2))
    assert [one.study for one in first.compared_elsewhere] == ["999"]
    assert second.compared_elsewhere == ()
    assert first.compared_elsewhere[0] in second.documents
    assert arrange(documents(newest), ListView(), ANY).compared_elsewhere == ()
