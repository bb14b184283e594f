"""The filters of a list of exams: which exams pass, and how many exams each value has."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from functions.drimbox.consultation import moments
from functions.drimbox.consultation.imaging_document import filterable
from functions.drimbox.consultation.list_view import FILTERS, MOST_VALUES, folded
from functions.drimbox.identity.parties import Code
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from functions.drimbox.consultation.imaging_document import ImagingDocument
    from functions.drimbox.consultation.list_view import ListView

_NO_CODE: Final = Code("", "")


@frozen
class Value:
    """One value of a filter, the number of exams that have it, and whether they are shown. The
    code is "" for the exams without one.
    """

    code: Code
    count: int
    shown: bool


def passing(group: Sequence[ImagingDocument], view: ListView) -> list[ImagingDocument]:
    """The documents of the group that are shown: the exams that have all that the filters ask, and
    all of its reports; nothing where no exam passes, or no report where there is no exam.

    Each word of the search stands in the exam or in a report of its group; where they stand apart,
    in several exams, these are shown together.
    """
    exams = [one for one in group if one.is_exam]
    reports = [one for one in group if not one.is_exam]
    if not exams:
        found = any(_passes(one, view) for one in reports) and _has_words(reports, view)
        return reports if found else []
    able = [one for one in exams if _passes(one, view)]
    found_alone = [one for one in able if _has_words((one, *reports), view)]
    if found_alone:
        return [*found_alone, *reports]
    return [*able, *reports] if able and _has_words((*able, *reports), view) else []


def values_of(
    documents: Iterable[ImagingDocument],
    codes_of: Callable[[ImagingDocument], tuple[Code, ...]],
    hidden: frozenset[str],
) -> tuple[Value, ...]:
    """The values of one filter, the most frequent first."""
    counts: Counter[str] = Counter()
    codes: dict[str, Code] = {}
    for document in documents:
        found = {filterable(code): code for code in codes_of(document)} or {"": _NO_CODE}
        counts.update(found.keys())
        for name, code in found.items():
            if name not in codes or (code.display and not codes[name].display):
                codes[name] = code if name else _NO_CODE
    ranked = sorted(counts, key=lambda name: (not name, -counts[name], name))
    return tuple(Value(codes[one], counts[one], one not in hidden) for one in ranked[:MOST_VALUES])


def states_of(documents: Iterable[ImagingDocument]) -> Mapping[str, int]:
    """How many documents, exams and reports, have the marks of each filter of states."""
    marks = [one.marks for one in documents if one.told]
    return {name: sum(1 for one in marks if one & covered) for name, covered in FILTERS.items()}


def _passes(document: ImagingDocument, view: ListView) -> bool:
    return (
        not document.modality_codes <= view.modalities
        and not document.region_codes <= view.regions
        and moments.may_lie_between(document.at, view.first, view.last)
    )


def _has_words(documents: Iterable[ImagingDocument], view: ListView) -> bool:
    words = view.words
    if not words:
        return True
    text = folded(" ".join(map(_text, documents)))
    return all(word in text for word in words)


def _text(document: ImagingDocument) -> str:
    codes = (code.display for code in (*document.modalities, *document.regions))
    return " ".join((document.title, document.site.name, document.author, *codes))
