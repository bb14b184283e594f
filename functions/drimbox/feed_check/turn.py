"""The turn of a report at one study, foreseen from the study's record as it is now."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from functions.drimbox.errors import StudyBusy
from functions.drimbox.publication.message_order import Edition
from functions.drimbox.publication.record import Admission, Request, admit
from functions.drimbox.report.masking import confidentiality_codes

if TYPE_CHECKING:
    from datetime import datetime, tzinfo

    from functions.drimbox.publication.record import StudyRecord
    from functions.drimbox.report.model import Report

# The decisions after which nothing is sent, and those after which a person must act.
ENDS: Final = frozenset({Admission.UNCHANGED, Admission.SUPERSEDED})
HOLDS: Final = frozenset({Admission.ALREADY_PUBLISHED, Admission.CHANGE_PENDING})


def foresee(record: StudyRecord, report: Report, zone: tzinfo, at: datetime) -> Admission:
    """The decision of the workflow's first step, were the report's turn now; nothing is stored.

    ``continue`` also while another change of the study is in progress: its end decides.
    """
    request = Request(
        message_id="",
        replay=0,
        edition=Edition.of(report, zone),
        cda_sha256=report.cda_sha256,
        confidentiality=tuple(code.code for code in confidentiality_codes(report.visibility)),
    )
    try:
        return admit(record, request, at)[0]
    except StudyBusy:
        return Admission.CONTINUE
