"""A search of studies in a PACS (QIDO-RS, PS3.18 10.6; C-FIND, PS3.4 C.4.1), by their patient, day
or number.

Nothing of an answer is believed to fit the question before it was compared with it: some archives
ignore criteria that they do not index.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import httpx

from functions.drimbox.errors import DrimboxError
from functions.drimbox.images.answer_values import number, person, text, uid
from functions.drimbox.study.found_study import FoundStudies, FoundStudy
from functions.drimbox.transport import Patience

if TYPE_CHECKING:
    from collections.abc import Sequence

    from functions.drimbox.images.wado_client import Attributes, WadoClient
    from functions.drimbox.oid import Uid
    from functions.drimbox.study.found_study import StudyCriteria

# Characters that a text keeps: LO has 64 (PS3.5 6.2), a PN 64 for each of its groups.
_LONGEST: Final = 64
_LONGEST_NAME: Final = 3 * _LONGEST
_MOST_MODALITIES: Final = 16
_CUT: Final = "…"
# Seconds. A person waits for the answer; where a search fails, another one follows, within the 28
# that the function has.
ASKED: Final = Patience(httpx.Timeout(connect=3.0, read=8.0, write=3.0, pool=3.0), 8.0)
# Tags of DICOM JSON (PS3.18 F.2).
_STUDY_UID, _PATIENT_ID, _PATIENT_NAME, _BIRTH_DATE = "0020000D", "00100020", "00100010", "00100030"
_ACCESSION, _DATE, _DESCRIPTION = "00080050", "00080020", "00081030"
_MODALITIES, _INSTANCES = "00080061", "00201208"
# All of them: some archives give of a study the attributes alone that are asked for.
FIELDS: Final = (
    *(_PATIENT_ID, _PATIENT_NAME, _BIRTH_DATE),
    *(_ACCESSION, _DATE, _DESCRIPTION, _MODALITIES, _INSTANCES),
)


def search_studies(wado: WadoClient, criteria: StudyCriteria, *, most: int) -> FoundStudies:
    """The studies that answer ``criteria``, at most ``most``, in the PACS's order.

    Raises the errors of ``wado``.
    """
    parameters: dict[str, Any] = {tag: value for tag, value in matched(criteria).items() if value}
    # One more than is shown tells that there are others.
    parameters |= {"includefield": FIELDS, "limit": str(most + 1)}
    answers, more = wado.data_sets("/studies", parameters)
    return found_among(answers, criteria, most=most, more=more)


def matched(criteria: StudyCriteria) -> dict[str, str]:
    """The values to match by tag, "" for a criterion that is left out (PS3.4 C.2.2.2)."""
    return {
        _PATIENT_ID: criteria.patient_id,
        _ACCESSION: criteria.accession_number,
        _DATE: f"{criteria.since}-{criteria.until}" if criteria.since else "",
        _MODALITIES: criteria.modality,
    }


def found_among(
    answers: Sequence[Attributes], criteria: StudyCriteria, *, most: int, more: bool
) -> FoundStudies:
    """Those of a PACS's answers that answer ``criteria``, at most ``most``; ``more``: it has, or
    may have, others than these.
    """
    by_uid: dict[Uid, FoundStudy | None] = {}
    unreadable = 0
    for one in map(_study, answers):
        if one is None:
            unreadable += 1
            continue
        # Two different studies under one UID: nobody knows which of them a choice would mean.
        name = one.study_instance_uid
        by_uid[name] = one if by_uid.setdefault(name, one) == one else None
    found = [one for one in by_uid.values() if one is not None and one.answers(criteria)]
    left_out = unreadable + len(by_uid) - len(found)
    # A PACS that gives others than were asked for may have left ours out.
    complete = not more and not left_out and len(found) <= most
    return FoundStudies(tuple(found[:most]), left_out, complete)


def _study(attributes: Attributes) -> FoundStudy | None:
    """One answer; None for one without a UID that could be chosen."""
    try:
        name = uid(attributes, _STUDY_UID)
    except DrimboxError:
        return None
    return FoundStudy(
        study_instance_uid=name,
        patient_id=_cut(text(attributes, _PATIENT_ID)),
        patient_name=_cut(person(attributes, _PATIENT_NAME), _LONGEST_NAME),
        patient_birth_date=_cut(text(attributes, _BIRTH_DATE)),
        accession_number=_cut(text(attributes, _ACCESSION)),
        study_date=_cut(text(attributes, _DATE)),
        description=_cut(text(attributes, _DESCRIPTION)),
        modalities=_modalities(attributes),
        instances=_count(number(attributes, _INSTANCES)),
    )


def _modalities(attributes: Attributes) -> tuple[str, ...]:
    """The texts among the values: some archives write them as one, with backslashes between."""
    element = attributes.get(_MODALITIES)
    values = element.get("Value") if isinstance(element, dict) else None
    texts = [one for one in values if isinstance(one, str)] if isinstance(values, list) else []
    single = (one.strip() for several in texts for one in several.split("\\"))
    return tuple(dict.fromkeys(_cut(one) for one in single if one))[:_MOST_MODALITIES]


def _cut(value: str, longest: int = _LONGEST) -> str:
    return value if len(value) <= longest else value[:longest] + _CUT


def _count(value: int | None) -> int | None:
    return value if value is not None and value >= 0 else None
