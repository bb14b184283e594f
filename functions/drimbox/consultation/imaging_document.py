"""One document of the DMP as the list of exams shows it: an exam (its manifest) or a report."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from functions.drimbox.consultation.exam_images import NO_IMAGES
from functions.drimbox.consultation.moments import moment
from functions.drimbox.dmp import xds
from functions.drimbox.dmp.documents import restriction_of
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from collections.abc import Callable

    from functions.drimbox.dmp.registry import DocumentEntry, ReferenceId
    from functions.drimbox.identity.parties import Code

_MANIFEST_FORMAT: Final = "application/dicom"
_FILTERABLE: Final = re.compile(r"[A-Za-z0-9]{1,18}")


class Mark(StrEnum):
    """A state or a restriction of a document, told beside it (EX_3.1-1080). Those of restrictions
    have the values of ``Restriction``.

    The reading of an answer lets no other status than those asked for through, nor an entry without
    a confidentiality code. Their marks stay: a reading that lets more through then loses none.
    OUTSIDE: a file gave the document while the DMP was away, which may have another state for it.
    """

    ARCHIVED = "archived"
    OLD = "old"
    WITHDRAWN = "withdrawn"
    UNKNOWN_STATUS = "unknown_status"
    MASKED = "masked"
    INVISIBLE_PATIENT = "invisible_patient"
    INVISIBLE_REPRESENTATIVES = "invisible_representatives"
    RESTRICTED = "restricted"
    VERY_RESTRICTED = "very_restricted"
    UNKNOWN_CONFIDENTIALITY = "unknown_confidentiality"
    OUTSIDE = "outside"


_STATUSES: Final = {
    "Approved": None,
    "Archived": Mark.ARCHIVED,
    "Deprecated": Mark.OLD,
    "Deleted": Mark.WITHDRAWN,
}
_NOT_IN_FORCE: Final = frozenset({Mark.OLD, Mark.WITHDRAWN})


@frozen
class Told:
    """A mark; ``code`` is the DMP's own where we do not know it, "" otherwise."""

    mark: Mark
    code: str = ""


@frozen
class Site:
    """The establishment of a document; ``own``: this tenant's, whose images are in its PACS."""

    id: str
    name: str
    own: bool

    @property
    def key(self) -> str:
        """Two documents of one key are of one establishment; "" where the DMP names none."""
        return self.id or self.name


@frozen
class ImagingDocument:
    """``number`` is its place, from 1, in the list that the page keeps. ``at`` is a moment of
    :mod:`.moments`, "" without a date: of the exam, or of the report's text. ``author`` is the
    signatory's name, ``marks`` are those of ``told``.
    """

    number: int
    is_exam: bool
    at: str
    title: str
    modalities: tuple[Code, ...]
    regions: tuple[Code, ...]
    site: Site
    author: str
    told: tuple[Told, ...]
    marks: frozenset[Mark]
    references: tuple[ReferenceId, ...]

    @property
    def study(self) -> str:
        """StudyInstanceUID, "" where the entry names none."""
        return next((r.value for r in self.references if r.kind == xds.STUDY_INSTANCE_UID), "")

    @property
    def is_current(self) -> bool:
        """Whether the document is in force: neither replaced nor withdrawn."""
        return self.marks.isdisjoint(_NOT_IN_FORCE)

    @property
    def image_modalities(self) -> frozenset[str]:
        """The codes of the modalities that made images: two exams are not alike because both have
        a report of measurements."""
        return frozenset(one.code for one in self.modalities) - NO_IMAGES

    @property
    def modality_codes(self) -> frozenset[str]:
        """The codes to filter by; "" stands for none that can be named in a form."""
        return frozenset(map(filterable, self.modalities)) or frozenset({""})

    @property
    def region_codes(self) -> frozenset[str]:
        """The same of the regions."""
        return frozenset(map(filterable, self.regions)) or frozenset({""})

    def __repr__(self) -> str:
        return f"ImagingDocument({self.number})"


def filterable(code: Code) -> str:
    """The code, "" for one that no form of ours names."""
    return code.code if _FILTERABLE.fullmatch(code.code) else ""


def read_document(
    entry: DocumentEntry, number: int, is_own: Callable[[str], bool]
) -> ImagingDocument:
    """The document of an entry; never raises. ``is_own`` tells an identifier of a structure of
    this tenant.

    A document that is no manifest is shown as a report, whatever its type is.
    """
    is_exam, modalities, regions = _is_manifest(entry), entry.modalities, entry.regions
    acts = (code for code in entry.event_codes if code not in modalities and code not in regions)
    act = next((code.display or code.code for code in acts), "")
    _, family, given = entry.signatory
    told = (*_status(entry), *_confidentiality(entry.confidentiality_codes))
    when = entry.service_start_time or entry.creation_time if is_exam else entry.creation_time
    return ImagingDocument(
        number=number,
        is_exam=is_exam,
        at=moment(when),
        title=(act or entry.title) if is_exam else (entry.title or act),
        modalities=modalities,
        regions=regions,
        site=_site(entry, is_own),
        author=f"{given} {family}".strip(),
        told=told,
        marks=frozenset([one.mark for one in told]),
        references=tuple(one for one in entry.reference_ids if one.value),
    )


def _is_manifest(entry: DocumentEntry) -> bool:
    typed = entry.type_code is not None and entry.type_code.code == xds.IMG_KOS
    return typed or entry.mime_type == _MANIFEST_FORMAT


def _status(entry: DocumentEntry) -> tuple[Told, ...]:
    if entry.given_at:
        return (Told(Mark.OUTSIDE),)
    code = entry.status.rpartition(":")[2]
    if code not in _STATUSES:
        return (Told(Mark.UNKNOWN_STATUS, code),)
    mark = _STATUSES[code]
    return (Told(mark),) if mark else ()


def _confidentiality(codes: tuple[Code, ...]) -> tuple[Told, ...]:
    """No restriction is lost: an unknown code is told as it is, and a missing one too."""
    if not codes:
        return (Told(Mark.UNKNOWN_CONFIDENTIALITY),)
    found: dict[Told, None] = {}
    for one in codes:
        restriction = restriction_of(one)
        if restriction is not None:
            mark = Mark(restriction)
            found[Told(mark, one.code if mark is Mark.UNKNOWN_CONFIDENTIALITY else "")] = None
    return tuple(found)


def _site(entry: DocumentEntry, is_own: Callable[[str], bool]) -> Site:
    identifier, name = entry.establishment
    return Site(identifier, name, bool(identifier) and is_own(identifier))
