"""The criteria of a contextual call: which documents the calling software asked for.

They are applied here and not by the DMP's query, since a report seldom names its modality.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from functions.drimbox.consultation.moments import may_lie_between
from functions.drimbox.dmp import xds
from functions.drimbox.oid import Oid

if TYPE_CHECKING:
    from collections.abc import Sequence

    from functions.drimbox.consultation.context import WantedExams
    from functions.drimbox.consultation.imaging_document import ImagingDocument

_SEPARATORS: Final = re.compile(r"[&^~|]")
_URN: Final = re.compile(r"^urn:oid:", re.IGNORECASE)


def is_wanted(group: Sequence[ImagingDocument], wanted: WantedExams) -> bool:
    """Whether an exam of the group, or a report where it has no exam, is one that is wanted; a
    document without the value may be.
    """
    lines = [one for one in group if one.is_exam] or group
    return any(_is_wanted(one, wanted) for one in lines)


def _is_wanted(document: ImagingDocument, wanted: WantedExams) -> bool:
    if not _has(document.modality_codes, wanted.modality):
        return False
    if not _has(document.region_codes, wanted.region):
        return False
    if not may_lie_between(document.at, wanted.study_from, wanted.study_to):
        return False
    studies = {r.value for r in document.references if r.kind == xds.STUDY_INSTANCE_UID}
    if wanted.study and studies and wanted.study not in studies:
        return False
    numbers = [r for r in document.references if r.kind == xds.ACCESSION]
    if not wanted.accession or not numbers:
        return True
    return any(
        one.value == wanted.accession and _may_be_one(wanted.accession_issuer, one.authority)
        for one in numbers
    )


def _has(codes: frozenset[str], wanted: str) -> bool:
    return not wanted or wanted in codes or codes == {""}


def _may_be_one(asked: str, found: str) -> bool:
    """Whether both texts may name one issuer: nobody knows where one of them holds no OID."""
    ours, theirs = _oids(asked), _oids(found)
    return not ours or not theirs or not ours.isdisjoint(theirs)


def _oids(issuer: str) -> set[str]:
    """The OIDs in an issuer's text: alone, as a URN (RFC 3061), or parts of an HL7 HD or CX."""
    parts = (_URN.sub("", part.strip()) for part in _SEPARATORS.split(issuer))
    return {part for part in parts if _is_oid(part)}


def _is_oid(text: str) -> bool:
    try:
        Oid(text)
    except ValueError:
        return False
    return True
