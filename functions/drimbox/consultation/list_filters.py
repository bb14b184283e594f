"""The filters of a list of exams: which groups pass, and how many exams each value has."""

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


def passes(group: Sequence[ImagingDocument], view: ListView) -> bool:
    """Whether the group is shown: one of its exams has all that the filters ask, or one of its
    reports where it has no exam; and each word of the search stands somewhere in the group.
    """
    lines = [one for one in group if one.is_exam] or group
    if not any(_passes(one, view) for one in lines):
        return False
    words = view.words
    if not words:
        return True
    text = folded(" ".join(map(_text, group)))
    return all(word in text for word in words)


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


def _text(document: ImagingDocument) -> str:
    codes = (code.display for code in (*document.modalities, *document.regions))
    return " ".join((document.title, document.site.name, document.author, *codes))
