"""Which report speaks of which exam: by the references that both entries name (DRIM-M, CI-SIS).

A report names the studies of its exams, their accession numbers and their orders, as each manifest
does. The best reference that both name decides alone: the study's UID, else the accession number,
else the order. ``setId`` and version of a report tell nothing of its exams.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final

from functions.drimbox.dmp import xds

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from functions.drimbox.consultation.imaging_document import ImagingDocument

_DECIDING: Final = (xds.STUDY_INSTANCE_UID, xds.ACCESSION, xds.ORDER)
# No report speaks of as many exams: the references beyond are not looked at, so that an odd list
# costs little.
MOST_REFERENCES: Final = 256
# Reports by the number of their exam, and the exams by the number of their report.
Joined = dict[int, list[int]]
# The issuers of each value ("" for one without), by kind.
_References = dict[str, dict[str, set[str]]]


def join(documents: Iterable[ImagingDocument]) -> Joined:
    """The numbers of the documents that belong to each one, both ways; nothing for one alone.

    Two exams of one study (two versions of its manifest) belong together too.
    """
    listed = list(documents)
    exams = [one for one in listed if one.is_exam]
    named = {one.number: _references(one) for one in listed}
    by_value: dict[tuple[str, str], list[ImagingDocument]] = defaultdict(list)
    for exam in exams:
        for key in _keys(named[exam.number]):
            by_value[key].append(exam)
    joined: Joined = defaultdict(list)
    for report in listed:
        if report.is_exam:
            continue
        theirs = named[report.number]
        near = (exam for key in _keys(theirs) for exam in by_value.get(key, ()))
        for exam in {one.number: one for one in near}.values():
            # Two establishments may have one name: it joins nothing.
            same_site = bool(report.site.id) and report.site.id == exam.site.id
            if _belong_together(theirs, named[exam.number], same_site=same_site):
                joined[report.number].append(exam.number)
                joined[exam.number].append(report.number)
    _join_versions(exams, joined)
    return joined


def groups(documents: Sequence[ImagingDocument], joined: Joined) -> list[list[ImagingDocument]]:
    """``documents`` in groups that nothing joins, in the order of their first ones; each document
    is in one group.
    """
    by_number = {one.number: one for one in documents}
    left, found = dict(by_number), []
    for first in documents:
        if first.number not in left:
            continue
        del left[first.number]
        group, reached = [first], [first.number]
        while reached:
            for number in joined.get(reached.pop(), ()):
                if left.pop(number, None):
                    group.append(by_number[number])
                    reached.append(number)
        found.append(group)
    return found


def _references(document: ImagingDocument) -> _References:
    """The references that decide."""
    found: _References = {}
    for one in document.references[:MOST_REFERENCES]:
        if one.kind in _DECIDING:
            found.setdefault(one.kind, {}).setdefault(one.value, set()).add(one.authority)
    return found


def _keys(references: _References) -> Iterable[tuple[str, str]]:
    return ((kind, value) for kind, values in references.items() for value in values)


def _belong_together(theirs: _References, ours: _References, *, same_site: bool) -> bool:
    """Whether two documents that share a value belong together, by the best kind that both name.

    A UID is unique alone. A number is unique at its issuer: where one side names none, within one
    establishment, since another one may have given the same number to another exam.
    """
    kind = next(one for one in _DECIDING if one in theirs and one in ours)
    shared = theirs[kind].keys() & ours[kind].keys()
    if kind == xds.STUDY_INSTANCE_UID:
        return bool(shared)
    return any(
        _may_be_one(theirs[kind][value], ours[kind][value], same_site=same_site) for value in shared
    )


def _may_be_one(issuers: set[str], others: set[str], *, same_site: bool) -> bool:
    return bool(issuers & others - {""}) or (same_site and "" in issuers | others)


def _join_versions(exams: Iterable[ImagingDocument], joined: Joined) -> None:
    by_study: dict[str, int] = {}
    for exam in exams:
        if exam.study:
            first = by_study.setdefault(exam.study, exam.number)
            if first != exam.number:
                joined[first].append(exam.number)
                joined[exam.number].append(first)
