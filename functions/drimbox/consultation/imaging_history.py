"""A patient's imaging history as a professional reads it: exams with their reports, in order.

Every document that the DMP gives is in one group, and is shown or counted: a doubtful join leaves
two groups and hides nothing.
"""

from __future__ import annotations

from dataclasses import field
from itertools import chain
from typing import TYPE_CHECKING, Final

from functions.drimbox.consultation import joining, list_filters
from functions.drimbox.consultation.comparable import Comparison, propose
from functions.drimbox.consultation.context import ANY_EXAM
from functions.drimbox.consultation.wanted_documents import is_wanted
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from functions.drimbox.consultation.context import WantedExams
    from functions.drimbox.consultation.imaging_document import ImagingDocument
    from functions.drimbox.consultation.list_filters import Value
    from functions.drimbox.consultation.list_view import ListView

# Exams on one page of the list; a report without an exam counts as one.
PART: Final = 100


@frozen
class Group:
    """Exams, latest first, and the reports that speak of them, those in force first. One of both
    may be empty. ``continued``: an earlier group of the list has the first part. ``filtered``
    counts the exams in force of the group that the filters of the view hide.
    """

    exams: tuple[ImagingDocument, ...]
    reports: tuple[ImagingDocument, ...]
    continued: bool = False
    filtered: int = 0

    @property
    def at(self) -> str:
        """The moment that ranks the group, "" without a date."""
        return max(one.at for one in self.exams or self.reports)

    @property
    def lines(self) -> int:
        """How many lines the group counts for."""
        return max(1, len(self.exams))


@frozen
class Totals:
    """Counts of documents, in force where nothing else is said, and of the establishments that
    the DMP names for them."""

    exams: int
    reports: int
    sites: int

    @property
    def nothing(self) -> bool:
        """Whether there is no document at all."""
        return not self.exams and not self.reports


@frozen
class History:
    """``groups`` are those of page ``part`` (from 1) of ``parts``. ``total`` counts the documents
    that the filters of states show, ``found`` those of them that pass all filters.

    ``states`` counts the documents by name of FILTERS. ``unwanted`` counts the documents, in force
    or not, that the criteria of the calling software hide. ``withheld`` gives, by the number of an
    exam, its reports that the filters of states hide, and the exams of a report by its number.
    """

    groups: tuple[Group, ...]
    part: int
    parts: int
    total: Totals
    found: Totals
    modalities: tuple[Value, ...]
    regions: tuple[Value, ...]
    states: Mapping[str, int]
    unwanted: Totals
    withheld: Mapping[int, int] = field(repr=False)
    comparison: Comparison | None = field(default=None, repr=False)

    @property
    def documents(self) -> tuple[ImagingDocument, ...]:
        """The documents of this page, in its order."""
        return tuple(one for group in self.groups for one in (*group.exams, *group.reports))

    @property
    def compared_elsewhere(self) -> tuple[ImagingDocument, ...]:
        """The exams of the comparison that stand on a later page. The first page alone proposes
        it, and opens them."""
        if self.comparison is None or self.part > 1:
            return ()
        here = {exam.number for group in self.groups for exam in group.exams}
        both = (self.comparison.exam, self.comparison.prior)
        return tuple(one for one in both if one.number not in here)


def arrange(
    documents: Sequence[ImagingDocument], view: ListView, wanted: WantedExams, part: int = 1
) -> History:
    """The history in the professional's ``view``; ``wanted`` are the criteria of the call."""
    joined = joining.join(documents)
    hidden = view.hidden_marks
    kept = {one.number: one for one in documents if not one.marks & hidden}
    visible = list(kept.values())
    asked: list[list[ImagingDocument]] = []
    unwanted: list[ImagingDocument] = []
    everything = view.everything or wanted == ANY_EXAM
    for group in joining.groups(visible, joined):
        if everything or is_wanted(group, wanted):
            asked.append(group)
        else:
            unwanted += group
    members = list(chain.from_iterable(asked))
    found = [
        _group(passing, filtered=_exams(one) - _exams(passing))
        for one in asked
        if (passing := list_filters.passing(one, view))
    ]
    parts = _parts(_ordered(found, oldest_first=view.oldest_first))
    at = min(max(part, 1), len(parts))
    shown = [one for group in found for one in group.exams]
    lines = [line for group in asked for line in _lines(group)]
    kinds = {one.number: one.is_exam for one in documents if one.number not in kept}
    return History(
        groups=parts[at - 1],
        part=at,
        parts=len(parts),
        total=_count(members),
        found=_count(one for group in found for one in (*group.exams, *group.reports)),
        modalities=list_filters.values_of(lines, lambda one: one.modalities, view.modalities),
        regions=list_filters.values_of(lines, lambda one: one.regions, view.regions),
        states=list_filters.states_of(documents),
        unwanted=_totals(unwanted),
        withheld={
            one.number: sum(kinds.get(other, one.is_exam) is not one.is_exam for other in theirs)
            for one in visible
            if (theirs := joined.get(one.number))
        },
        comparison=propose(shown, _first(shown, wanted)),
    )


def _first(exams: Iterable[ImagingDocument], wanted: WantedExams) -> frozenset[int]:
    """The exams that the call names, by study or accession number; none where it names none."""
    if not wanted.study and not wanted.accession:
        return frozenset()
    return frozenset(one.number for one in exams if is_wanted([one], wanted))


def _lines(group: Sequence[ImagingDocument]) -> Iterable[ImagingDocument]:
    """The exams in force, or the reports of a group without an exam: the filters count these."""
    return [one for one in group if one.is_exam and one.is_current] or (
        group if not any(one.is_exam for one in group) else ()
    )


def _count(documents: Iterable[ImagingDocument]) -> Totals:
    return _totals([one for one in documents if one.is_current])


def _totals(documents: Sequence[ImagingDocument]) -> Totals:
    exams = sum(one.is_exam for one in documents)
    sites = {one.site.key for one in documents} - {""}
    return Totals(exams, len(documents) - exams, len(sites))


def _exams(documents: Iterable[ImagingDocument]) -> int:
    """How many exams in force are among the documents."""
    return sum(one.is_exam and one.is_current for one in documents)


def _group(documents: Iterable[ImagingDocument], filtered: int) -> Group:
    latest = sorted(documents, key=lambda one: (one.is_current, one.at), reverse=True)
    return Group(
        tuple(one for one in latest if one.is_exam),
        tuple(one for one in latest if not one.is_exam),
        filtered=filtered,
    )


def _ordered(groups: list[Group], *, oldest_first: bool) -> Iterator[Group]:
    """Groups without a date come last in both orders."""
    dated = [one for one in groups if one.at]
    yield from sorted(dated, key=lambda one: one.at, reverse=not oldest_first)
    yield from (one for one in groups if not one.at)


def _parts(groups: Iterable[Group]) -> list[tuple[Group, ...]]:
    """The pages of the list; one without any group where there is none."""
    parts: list[list[Group]] = [[]]
    lines = reports = 0
    for group in chain.from_iterable(map(_pieces, groups)):
        lines, reports = lines + group.lines, reports + len(group.reports)
        if parts[-1] and (lines > PART or reports > 2 * PART):
            parts.append([])
            lines, reports = group.lines, len(group.reports)
        parts[-1].append(group)
    return [tuple(one) for one in parts]


def _pieces(group: Group) -> Iterator[Group]:
    """A group that no page could hold, in pieces."""
    size = max(len(group.exams), len(group.reports))
    for start in range(0, size, PART):
        end = start + PART
        yield Group(
            group.exams[start:end],
            group.reports[start:end],
            continued=start > 0,
            filtered=0 if start else group.filtered,
        )
