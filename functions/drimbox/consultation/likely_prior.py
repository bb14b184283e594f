"""The exam that a professional most likely asks for next: the prior of the one that is open."""

from __future__ import annotations

from typing import TYPE_CHECKING

from functions.drimbox.consultation import list_filters
from functions.drimbox.consultation.comparable import propose
from functions.drimbox.consultation.imaging_document import Mark
from functions.drimbox.consultation.wanted_documents import is_wanted

if TYPE_CHECKING:
    from collections.abc import Iterable

    from functions.drimbox.consultation.context import WantedExams
    from functions.drimbox.consultation.imaging_document import ImagingDocument
    from functions.drimbox.consultation.list_view import ListView


def likely_prior(
    documents: Iterable[ImagingDocument], number: int, view: ListView, wanted: WantedExams
) -> ImagingDocument | None:
    """The prior that the list would propose to compare with the exam of that ``number``.

    Only an exam that the professional sees in that view counts, and none that the patient masked,
    even where the view shows those.
    """
    hidden = view.hidden_marks | {Mark.MASKED}
    among = [
        one
        for one in documents
        if one.number == number
        or (
            one.is_exam
            and not one.marks & hidden
            and (view.everything or is_wanted([one], wanted))
            and list_filters.passing([one], view)
        )
    ]
    found = propose(among, frozenset({number}))
    return None if found is None else found.prior
