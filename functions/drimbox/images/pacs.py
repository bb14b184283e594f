"""The site's PACS over DICOMweb: QIDO-RS to index a study, WADO-RS to fetch it (PS3.18 10)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import httpx

from functions.drimbox.errors import Held, PacsUnavailable
from functions.drimbox.images.wado_client import Attributes, Faults, Parameters, WadoClient
from functions.drimbox.manifest.key_images import (
    MANIFEST_TITLES,
    REJECTION_TITLES,
    read_note,
    rejected_by,
)
from functions.drimbox.manifest.read import MAX_BYTES as MAX_NOTE_BYTES
from functions.drimbox.manifest.read import ManifestUnreadable
from functions.drimbox.oid import Uid
from functions.drimbox.study.index import (
    KEY_OBJECT_SELECTION,
    InstanceRef,
    KeyImageNote,
    SeriesIndex,
    StudyIndex,
)
from functions.drimbox.study.sop_classes import is_single_frame

MAX_SERIES: Final = 2_000
MAX_INSTANCES: Final = 50_000
MAX_NOTES: Final = 200

# Any syntax as stored: an object whose syntax is not fit for DICOMweb is converted here (PS3.18
# 8.7.3.5.2).
_OBJECTS: Final = 'multipart/related; type="application/dicom"; transfer-syntax=*'

# Tags of DICOM JSON (PS3.18 F.2).
_STUDY_UID, _SERIES_UID, _INSTANCE_UID, _CLASS_UID = "0020000D", "0020000E", "00080018", "00080016"
_PATIENT_ID, _ACCESSION, _DATE, _TIME = "00100020", "00080050", "00080020", "00080030"
_PATIENT_NAME, _BIRTH_DATE = "00100010", "00100030"
_DESCRIPTION, _STUDY_ID, _MODALITY = "00081030", "00200010", "00080060"
_SERIES_NUMBER, _SERIES_DESCRIPTION = "00200011", "0008103E"
_SERIES_COUNT, _INSTANCE_COUNT = "00201206", "00201209"
_STUDY_FIELDS: Final = (
    _DESCRIPTION,
    _STUDY_ID,
    _ACCESSION,
    _PATIENT_ID,
    _PATIENT_NAME,
    _BIRTH_DATE,
    _SERIES_COUNT,
)
_IDENTIFIERS: Final = (_PATIENT_ID, _ACCESSION)
_INSTANCE_NUMBER, _FRAMES = "00200013", "00280008"

_FAULTS: Final = Faults(unavailable=PacsUnavailable, refused=lambda: Held("pacs_refused"))


class DicomwebPacs:
    """One PACS at ``base_url``, as :class:`WadoClient` takes it.

    Implements ``ports.Pacs`` and ``ports.SeriesSource``.
    """

    def __init__(self, client: httpx.Client, base_url: str) -> None:
        self._wado = WadoClient(client, base_url, _FAULTS)

    def find_study(self, study_instance_uid: Uid) -> StudyIndex | None:
        """The study's index; None when the PACS does not know it or holds no object of it.

        Manifests, rejection notes (IHE IOCM) and the objects that these reject are left out, and
        so is a key object selection that cannot be read: it might be a rejection. Raises
        PacsUnavailable, and Held ``patient_mismatch`` when several patients share the study.
        """
        study = Uid(study_instance_uid)
        found = self._wado.data_sets("/studies", {_STUDY_UID: study, "includefield": _STUDY_FIELDS})
        headers = [one for one in found if _text(one, _STUDY_UID) == study]
        if not headers:
            return None
        if len({_text(one, _PATIENT_ID) for one in headers}) > 1:
            raise Held("patient_mismatch", "the PACS holds the study under several patients")
        header = headers[0]
        series = self._series(study, _number(header, _SERIES_COUNT))
        notes, left_out = self._notes_and_rejections(study, series)
        kept = [one.without(left_out) for one in series]
        kept = [one for one in kept if one.instances]
        if not kept:
            return None
        header = self._completed(header, study, kept)
        return StudyIndex(
            study_instance_uid=study,
            patient_id=_text(header, _PATIENT_ID),
            accession_number=_text(header, _ACCESSION),
            study_date=_text(header, _DATE),
            study_time=_text(header, _TIME),
            description=_text(header, _DESCRIPTION),
            study_id=_text(header, _STUDY_ID),
            series=tuple(kept),
            key_images=tuple(notes),
            patient_name=_person(header, _PATIENT_NAME),
            patient_birth_date=_text(header, _BIRTH_DATE),
        )

    def retrieve_series(
        self, study_instance_uid: Uid, series_instance_uid: Uid, spool: Path
    ) -> Iterator[Path]:
        """See ``ports.SeriesSource``."""
        path = f"/studies/{Uid(study_instance_uid)}/series/{Uid(series_instance_uid)}"
        return self._wado.objects(path, spool, accept=_OBJECTS)

    def unavailable(self, detail: str) -> PacsUnavailable:
        """See ``ports.SeriesSource``."""
        return PacsUnavailable(detail)

    def _completed(
        self, header: Attributes, study: Uid, series: Sequence[SeriesIndex]
    ) -> Attributes:
        """``header``, with the identifiers that it lacks taken from an object of the study.

        An archive may describe a study by any of its objects, hence by one that has no accession
        number although the images do, such as a manifest.
        """
        if all(_text(header, tag) for tag in _IDENTIFIERS):
            return header
        one = next((s for s in series if s.modality != "KO"), series[0])
        path = f"/studies/{study}/series/{one.series_instance_uid}/instances"
        found = self._wado.data_sets(f"{path}/{one.instances[0].sop_instance_uid}/metadata")
        taken = {
            tag: element[tag]
            for element in found[:1]
            for tag in _IDENTIFIERS
            if not _text(header, tag) and tag in element
        }
        return {**header, **taken}

    def _series(self, study: Uid, announced: int | None) -> list[SeriesIndex]:
        fields = (_SERIES_NUMBER, _SERIES_DESCRIPTION, _MODALITY, _INSTANCE_COUNT)
        found = self._query_all(f"/studies/{study}/series", fields, _SERIES_UID, announced)
        if len(found) > MAX_SERIES:
            raise Held("study_too_large")
        if announced is not None and announced > len(found):
            raise PacsUnavailable("the PACS lists fewer series than it announces")
        series = [self._one_series(study, one) for one in found]
        if sum(len(one.instances) for one in series) > MAX_INSTANCES:
            raise Held("study_too_large")
        return sorted(series, key=lambda one: _order(one.number, one.series_instance_uid))

    def _one_series(self, study: Uid, attributes: Attributes) -> SeriesIndex:
        uid = _uid(attributes, _SERIES_UID)
        path = f"/studies/{study}/series/{uid}"
        announced = _number(attributes, _INSTANCE_COUNT)
        fields = (_CLASS_UID, _INSTANCE_NUMBER, _FRAMES)
        found = self._query_all(f"{path}/instances", fields, _INSTANCE_UID, announced)
        if _needs_metadata(found, announced):
            found = self._wado.data_sets(f"{path}/metadata")
        instances = {one.sop_instance_uid: one for one in map(_instance, found)}
        return SeriesIndex(
            series_instance_uid=uid,
            modality=_text(attributes, _MODALITY),
            number=_number(attributes, _SERIES_NUMBER),
            description=_text(attributes, _SERIES_DESCRIPTION),
            instances=tuple(
                sorted(
                    instances.values(),
                    key=lambda one: _order(one.instance_number, one.sop_instance_uid),
                )
            ),
        )

    def _notes_and_rejections(
        self, study: Uid, series: Sequence[SeriesIndex]
    ) -> tuple[list[KeyImageNote], set[Uid]]:
        """Key image notes, and the objects that a manifest must not designate."""
        notes: list[KeyImageNote] = []
        left_out: set[Uid] = set()
        rejections: dict[Uid, tuple[Uid, ...]] = {}
        selections = [
            (one.series_instance_uid, ref.sop_instance_uid)
            for one in series
            for ref in one.instances
            if ref.sop_class_uid == KEY_OBJECT_SELECTION
        ]
        if len(selections) > MAX_NOTES:
            raise Held("study_too_large")
        for series_uid, instance_uid in selections:
            note = self._note(f"/studies/{study}/series/{series_uid}/instances/{instance_uid}")
            if note is not None and note.title_code in REJECTION_TITLES:
                rejections[note.sop_instance_uid] = note.references
            if note is None or note.title_code in REJECTION_TITLES | MANIFEST_TITLES:
                left_out.add(instance_uid)
            else:
                notes.append(note)
        left_out |= rejected_by(rejections)
        return [note for note in notes if note.sop_instance_uid not in left_out], left_out

    def _note(self, path: str) -> KeyImageNote | None:
        with TemporaryDirectory() as folder:
            found = self._wado.objects(
                path, Path(folder), accept=_OBJECTS, max_bytes=MAX_NOTE_BYTES
            )
            with closing(found):
                try:
                    return next((read_note(one.read_bytes()) for one in found), None)
                except ManifestUnreadable:
                    return None

    def _query_all(
        self, path: str, fields: Sequence[str], uid_tag: str, announced: int | None
    ) -> list[Attributes]:
        """Every answer of a QIDO-RS query, page after page where the PACS limits a page.

        Stops at the ``announced`` number, or at the first page that brings nothing new.
        """
        found: dict[str, Attributes] = {}
        while True:
            # Repeated and not a list: some archives do not split an encoded comma.
            parameters: Parameters = {"includefield": fields}
            if found:
                parameters = {**parameters, "offset": str(len(found))}
            before = len(found)
            for one in self._wado.data_sets(path, parameters):
                found.setdefault(_uid(one, uid_tag), one)
            if len(found) > MAX_INSTANCES:
                raise Held("study_too_large")
            if len(found) == before or len(found) == announced:
                return list(found.values())


def _needs_metadata(found: Sequence[Attributes], announced: int | None) -> bool:
    """True when QIDO-RS leaves out what a manifest needs: objects, classes, numbers or frames."""
    if announced is not None and announced != len(found):
        return True
    return any(
        not _text(one, _CLASS_UID)
        or _INSTANCE_NUMBER not in one
        or (_FRAMES not in one and not is_single_frame(_text(one, _CLASS_UID)))
        for one in found
    )


def _instance(attributes: Attributes) -> InstanceRef:
    return InstanceRef(
        sop_class_uid=_uid(attributes, _CLASS_UID),
        sop_instance_uid=_uid(attributes, _INSTANCE_UID),
        instance_number=_number(attributes, _INSTANCE_NUMBER),
        number_of_frames=_number(attributes, _FRAMES),
    )


def _order(number: int | None, uid: str) -> tuple[bool, int, str]:
    """Numbered ones first, by number; then by UID."""
    return number is None, number or 0, uid


def _first(attributes: Attributes, tag: str) -> Any:
    element = attributes.get(tag)
    values = element.get("Value") if isinstance(element, dict) else None
    return values[0] if isinstance(values, list) and values else None


def _text(attributes: Attributes, tag: str) -> str:
    value = _first(attributes, tag)
    return value.strip(" \0") if isinstance(value, str) else ""


def _person(attributes: Attributes, tag: str) -> str:
    """The alphabetic form of a PN, as PS3.18 F.2.2 writes it."""
    value = _first(attributes, tag)
    name = value.get("Alphabetic") if isinstance(value, dict) else None
    return name.strip() if isinstance(name, str) else ""


def _number(attributes: Attributes, tag: str) -> int | None:
    """An integer of 32 bits, written as a JSON number or as a string; None when it is none."""
    value = _first(attributes, tag)
    if isinstance(value, str) and len(value) <= 12:
        try:
            value = int(value)
        except ValueError:
            return None
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    good = isinstance(value, int) and not isinstance(value, bool) and -(2**31) <= value < 2**31
    return value if good else None


def _uid(attributes: Attributes, tag: str) -> Uid:
    try:
        return Uid(_text(attributes, tag))
    except ValueError:
        raise PacsUnavailable("the answer lacks a UID") from None
