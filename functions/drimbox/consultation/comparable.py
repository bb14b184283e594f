"""The comparison that a list proposes: an exam, and the one before it that is like it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from collections.abc import Iterable

    from functions.drimbox.consultation.imaging_document import ImagingDocument


@frozen
class Comparison:
    """``prior`` is of an earlier time than ``exam``, of one of its modalities and regions."""

    exam: ImagingDocument
    prior: ImagingDocument


def propose(exams: Iterable[ImagingDocument], wanted: frozenset[int]) -> Comparison | None:
    """The comparison of the newest exam, or of the newest among ``wanted`` (numbers), with the
    nearest earlier one of the same modality and region; None without one.

    Only exams in force count, and only those whose times can be told apart.
    """
    dated = sorted((one for one in exams if one.at and one.is_current), key=_time, reverse=True)
    exam = next((one for one in dated if not wanted or one.number in wanted), None)
    if exam is None:
        return None
    for prior in dated:
        if _is_before(prior, exam) and _is_like(prior, exam):
            return Comparison(exam, prior)
    return None


def _time(document: ImagingDocument) -> str:
    return document.at


def _is_before(one: ImagingDocument, other: ImagingDocument) -> bool:
    """Certainly earlier: at the precision of the less precise of the two times."""
    size = min(len(one.at), len(other.at))
    return one.at[:size] < other.at[:size]


def _is_like(one: ImagingDocument, other: ImagingDocument) -> bool:
    if one.study and one.study == other.study:
        return False
    regions = (one.region_codes & other.region_codes) - {""}
    return bool(one.image_modalities & other.image_modalities and regions)
