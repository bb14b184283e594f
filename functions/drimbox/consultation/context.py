"""The context of a page: the patient whom a contextual call names, and the exams that it asks for.

A contextual call (DRIMbox specification 4.6.1) carries no proof of its caller. Its facts are a
claim: nobody sees them before a professional has signed in.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from datetime import date

    from functions.drimbox.identity.ins import Ins
    from functions.drimbox.oid import Uid


@frozen
class WantedExams:
    """The criteria that narrow the list of exams; None and "" do not narrow.

    ``modality`` is a DICOM code (CT), ``region`` a code; both days are included.
    ``accession_issuer`` is the text that the caller sent, "" where it sent the number alone.
    """

    study: Uid | None = None
    modality: str = ""
    region: str = ""
    accession: str = ""
    accession_issuer: str = ""
    study_from: date | None = None
    study_to: date | None = None

    def __repr__(self) -> str:
        return "WantedExams(…)"


# Criteria that narrow nothing.
ANY_EXAM: Final = WantedExams()


@frozen
class CallContext:
    """The facts of one contextual call. ``birth_date`` is YYYYMMDD, ``sex`` M, F, O or U,
    ``birth_place`` an INSEE (COG) code.

    ``consent``: whether the patient was informed and consents; without it nobody asks the DMP.
    ``situation`` is the structure whose activity is chosen first, "" for none. ``local_id`` is the
    caller's own identifier of the patient (IPP), ``local_issuer`` the text that names its issuer:
    an import writes them into the images; "" in a call of an earlier release.
    """

    ins: Ins
    birth_family: str
    birth_given: str
    birth_date: str
    sex: str
    birth_place: str
    consent: bool
    situation: str
    wanted: WantedExams
    local_id: str = ""
    local_issuer: str = ""

    def __repr__(self) -> str:
        return "CallContext(…)"
