"""The page of a report's link: the patient's identity, and the exam that the link names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from functions.drimbox.identity.parties import Code
from functions.drimbox.pages.kit.components import facts, notice
from functions.drimbox.pages.kit.html import join, tag
from functions.drimbox.pages.kit.times import day
from functions.drimbox.pages.reading import texts
from functions.drimbox.pages.reading.patient_banner import patient_banner
from functions.drimbox.pages.reading.restrictions import restrictions
from functions.drimbox.report.masking import MASKING, NORMAL

if TYPE_CHECKING:
    from collections.abc import Iterable

    from functions.drimbox.consultation.linked_exam import LinkedExam
    from functions.drimbox.pages.kit.layout import Layout


def linked_exam_page(layout: Layout, linked: LinkedExam) -> bytes:
    """The page; the link has been checked."""
    exam, low = linked.exam, linked.exam.period.low
    told = {
        "date": day(f"{low:%Y%m%d}", layout.language) if low else "",
        "act": _named([exam.act]),
        "modalities": _named(exam.modalities),
        "regions": _named(exam.regions),
        "report": linked.title,
        "hidden_from": join(*restrictions(layout, map(_own, linked.confidentiality))),
    }
    return layout.document(
        layout.say(texts.LINKED, "title"),
        notice(layout.say(texts.LINKED, "checked"), "good"),
        facts((layout.say(texts.LINKED, name), value) for name, value in told.items()),
        tag("p", layout.say(texts.LINKED, "images")),
        banner=patient_banner(layout, linked.patient, source="from_report"),
    )


def _own(code: str) -> Code:
    """One of the codes that we publish, with its system; "" for a code that is none of them."""
    return next((one for one in (NORMAL, *MASKING.values()) if one.code == code), Code(code, ""))


def _named(codes: Iterable[Code]) -> str:
    return " · ".join(code.display or code.code for code in codes)
