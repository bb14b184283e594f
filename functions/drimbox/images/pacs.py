"""The site's PACS over DICOMweb: QIDO-RS to index a study, WADO-RS to fetch it (PS3.18 10)."""

from __future__ import annotations

from contextlib import closing, contextmanager
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

from functions.drimbox.errors import DrimboxError, Held, PacsAnswerUnusable, PacsUnavailable
from functions.drimbox.images.answer_values import count, is_of, number, person, text, uid
from functions.drimbox.images.listing import MAX_LISTED, Query, distinct, list_all
from functions.drimbox.images.study_search import search_studies
from functions.drimbox.images.wado_client import Faults, WadoClient
from functions.drimbox.manifest.key_images import Kind, read_selection, rejected_by
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

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    import httpx

    from functions.drimbox.images.wado_client import Attributes
    from functions.drimbox.manifest.key_images import Selection
    from functions.drimbox.study.found_study import FoundStudies, StudyCriteria
    from functions.drimbox.transport import Patience

MAX_SERIES: Final = 2_000
MAX_INSTANCES: Final = MAX_LISTED
MAX_NOTES: Final = 200

# Any syntax as stored: an object whose syntax is not fit for DICOMweb is converted here (PS3.18
# 8.7.3.5.2).
_OBJECTS: Final = 'multipart/related; type="application/dicom"; transfer-syntax=*'

# A study that cannot exist: the PACS must search, and finds nothing.
_NO_STUDY: Final = "2.25.0"
# Tags of DICOM JSON (PS3.18 F.2).
_STUDY_UID, _SERIES_UID, _INSTANCE_UID, _CLASS_UID = "0020000D", "0020000E", "00080018", "00080016"
_PATIENT_ID, _ACCESSION, _DATE, _TIME = "00100020", "00080050", "00080020", "00080030"
_PATIENT_NAME, _BIRTH_DATE = "00100010", "00100030"
_DESCRIPTION, _STUDY_ID, _MODALITY = "00081030", "00200010", "00080060"
_SERIES_NUMBER, _SERIES_DESCRIPTION = "00200011", "0008103E"
_STUDY_SERIES, _STUDY_INSTANCES, _SERIES_INSTANCES = "00201206", "00201208", "00201209"
_STUDY_FIELDS: Final = (
    _DESCRIPTION,
    _STUDY_ID,
    _ACCESSION,
    _PATIENT_ID,
    _PATIENT_NAME,
    _BIRTH_DATE,
    _STUDY_SERIES,
    _STUDY_INSTANCES,
)
_SERIES_FIELDS: Final = (_SERIES_NUMBER, _SERIES_DESCRIPTION, _MODALITY, _SERIES_INSTANCES)
_IDENTIFIERS: Final = (_PATIENT_ID, _ACCESSION)
_INSTANCE_NUMBER, _FRAMES = "00200013", "00280008"
_INSTANCE_FIELDS: Final[Mapping[str, Callable[[Attributes, str], str | int | None]]] = {
    _CLASS_UID: text,
    _INSTANCE_NUMBER: number,
    _FRAMES: number,
}


class _RequestFailed(PacsUnavailable):
    """The PACS, or a proxy before it, fails this request: whether others too is to be asked."""


_FAULTS: Final = Faults(
    unavailable=PacsUnavailable,
    failed=_RequestFailed,
    unusable=PacsAnswerUnusable,
    refused=lambda: Held("pacs_refused"),
)


class DicomwebPacs:
    """One PACS at ``base_url``, as :class:`WadoClient` takes it.

    Implements ``ports.Pacs``, ``ports.SeriesSource``, ``looking.Archive`` and
    ``searching_pacs.SearchedPacs``. ``patience`` is that of a person. ``spool`` is a folder
    for files that last as long as a call.
    """

    def __init__(
        self,
        client: httpx.Client,
        base_url: str,
        *,
        spool: Path,
        patience: Patience | None = None,
    ) -> None:
        self._wado = WadoClient(client, base_url, _FAULTS, patience)
        self._spool = spool

    def find_study(self, study_instance_uid: Uid) -> StudyIndex | None:
        """The study's index; None when the PACS states that it does not know it, that it holds no
        object of it, or by its notes that none of them may be used.

        Manifests, rejection notes (IHE IOCM) and the objects that these reject are left out. The
        index is whole: every count that the PACS gives agrees with its listings, and these with
        each other. Raises PacsUnavailable; PacsAnswerUnusable for an answer that is not whole,
        contradicts another, or fails for this study alone; and Held for ``patient_mismatch``
        (several patients share the study), ``pacs_uid_invalid``, ``study_too_large``, and
        ``pacs_note_unreadable`` for a key object selection that may be a rejection.
        """
        with self._of_one_study():
            return self._find(Uid(study_instance_uid))

    def has_study(self, study_instance_uid: Uid) -> bool:
        """See ``publication.waiting.looking.Archive``."""
        with self._of_one_study():
            header = self._header(Uid(study_instance_uid))
        return header is not None and count(header, _STUDY_INSTANCES) != 0

    def search(self, criteria: StudyCriteria, *, most: int) -> FoundStudies:
        """See ``operations.searching_pacs.SearchedPacs``."""
        with self._of_one_study():
            return search_studies(self._wado, criteria, most=most)

    def _find(self, study: Uid) -> StudyIndex | None:
        header = self._header(study)
        if header is None:
            return None
        series = self._series(study, header)
        notes, left_out = self._notes_and_rejections(study, series)
        kept = [one.without(left_out) for one in series]
        kept = [one for one in kept if one.instances]
        if not kept:
            return None
        header = self._completed(header, study, kept)
        return StudyIndex(
            study_instance_uid=study,
            patient_id=text(header, _PATIENT_ID),
            accession_number=text(header, _ACCESSION),
            study_date=text(header, _DATE),
            study_time=text(header, _TIME),
            description=text(header, _DESCRIPTION),
            study_id=text(header, _STUDY_ID),
            series=tuple(kept),
            key_images=tuple(notes),
            patient_name=person(header, _PATIENT_NAME),
            patient_birth_date=text(header, _BIRTH_DATE),
        )

    def retrieve_series(
        self, study_instance_uid: Uid, series_instance_uid: Uid, spool: Path
    ) -> Iterator[Path]:
        """See ``ports.SeriesSource``."""
        path = f"/studies/{Uid(study_instance_uid)}/series/{Uid(series_instance_uid)}"
        with self._of_one_study():
            yield from self._wado.objects(path, spool, accept=_OBJECTS)

    def unavailable(self, detail: str) -> PacsAnswerUnusable:
        """See ``ports.SeriesSource``: a fault of one series is no outage of the PACS."""
        return PacsAnswerUnusable(detail)

    @contextmanager
    def _of_one_study(self) -> Iterator[None]:
        """Ask about one study within this block. Where the PACS fails, a search that finds nothing
        tells whether it fails for this study alone (PacsAnswerUnusable ``failed``)."""
        try:
            yield
        except _RequestFailed as error:
            if self._answers():
                raise PacsAnswerUnusable(error.detail, failed=True) from None
            raise PacsUnavailable(error.detail, retry_after=error.retry_after) from None

    def _answers(self) -> bool:
        try:
            self._wado.data_sets("/studies", {_STUDY_UID: _NO_STUDY, "limit": "1"})
        except DrimboxError:
            return False
        return True

    def _header(self, study: Uid) -> Attributes | None:
        """The PACS's description of the study, None when it states that it has none."""
        parameters = {_STUDY_UID: study, "includefield": _STUDY_FIELDS}
        found, more = self._wado.data_sets("/studies", parameters)
        # A server that does not search by UID may have ours beyond the ones that it gives.
        if more or not all(
            text(one, _STUDY_UID) and is_of(one, _STUDY_UID, study) for one in found
        ):
            raise PacsAnswerUnusable("the answer is not about this study alone")
        if len({text(one, _PATIENT_ID) for one in found}) > 1:
            raise Held("patient_mismatch", "the PACS holds the study under several patients")
        if len({(count(one, _STUDY_SERIES), count(one, _STUDY_INSTANCES)) for one in found}) > 1:
            raise PacsAnswerUnusable("the PACS counts the study twice, and differently")
        return found[0] if found else None

    def _completed(
        self, header: Attributes, study: Uid, series: Sequence[SeriesIndex]
    ) -> Attributes:
        """``header``, with the identifiers that it lacks taken from an object of the study.

        An archive may describe a study by any of its objects, hence by one that has no accession
        number although the images do, such as a manifest.
        """
        if all(text(header, tag) for tag in _IDENTIFIERS):
            return header
        one = next((s for s in series if s.modality != "KO"), series[0])
        path = f"/studies/{study}/series/{one.series_instance_uid}/instances"
        found = self._wado.data_sets(f"{path}/{one.instances[0].sop_instance_uid}/metadata").found
        taken = {
            tag: element[tag]
            for element in found[:1]
            for tag in _IDENTIFIERS
            if not text(header, tag) and tag in element
        }
        return {**header, **taken}

    def _series(self, study: Uid, header: Attributes) -> list[SeriesIndex]:
        """Every series with every object, in order; some may hold none."""
        announced, objects = count(header, _STUDY_SERIES), count(header, _STUDY_INSTANCES)
        query = Query(f"/studies/{study}/series", _SERIES_FIELDS, _SERIES_UID, {_STUDY_UID: study})
        listing = list_all(self._wado, query, announced)
        if len(listing.found) > MAX_SERIES:
            raise Held("study_too_large")
        series = [self._one_series(study, uid_, one) for uid_, one in listing.found.items()]
        total = [ref.sop_instance_uid for one in series for ref in one.instances]
        if len(total) > MAX_INSTANCES:
            raise Held("study_too_large")
        if len(set(total)) < len(total):
            raise PacsAnswerUnusable("an object is in two series")
        if objects not in {None, len(total)}:
            raise PacsAnswerUnusable("the study has another number of objects than announced")
        if objects is None and not listing.is_proved:
            raise PacsAnswerUnusable("nothing says that the listing is whole")
        return sorted(series, key=lambda one: _order(one.number, one.series_instance_uid))

    def _one_series(self, study: Uid, series: Uid, attributes: Attributes) -> SeriesIndex:
        path = f"/studies/{study}/series/{series}"
        within = {_STUDY_UID: study, _SERIES_UID: series}
        announced = count(attributes, _SERIES_INSTANCES)
        query = Query(f"{path}/instances", tuple(_INSTANCE_FIELDS), _INSTANCE_UID, within)
        listing = list_all(self._wado, query, announced)
        found = listing.found
        if not listing.is_proved or any(_lacks(one) for one in found.values()):
            metadata = self._wado.data_sets(f"{path}/metadata")
            found = _confirmed(found, distinct(metadata.found, query), more=metadata.more)
        return SeriesIndex(
            series_instance_uid=series,
            modality=text(attributes, _MODALITY),
            number=number(attributes, _SERIES_NUMBER),
            description=text(attributes, _SERIES_DESCRIPTION),
            instances=tuple(
                sorted(
                    map(_instance, found.values()),
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
        rejections: dict[Uid, frozenset[Uid]] = {}
        selections = [
            (one.series_instance_uid, ref.sop_instance_uid)
            for one in series
            for ref in one.instances
            if ref.sop_class_uid == KEY_OBJECT_SELECTION
        ]
        if len(selections) > MAX_NOTES:
            raise Held("study_too_large")
        for series_uid, instance_uid in selections:
            selection = self._selection(study, series_uid, instance_uid)
            if selection.kind is Kind.KEY_IMAGES:
                notes.append(selection.note)
                continue
            left_out.add(instance_uid)
            if selection.kind is Kind.REJECTION:
                rejections[instance_uid] = selection.rejected
        left_out |= rejected_by(rejections)
        return [note for note in notes if note.sop_instance_uid not in left_out], left_out

    def _selection(self, study: Uid, series: Uid, instance: Uid) -> Selection:
        """A key object selection that the PACS lists. Without its content it may be a rejection."""
        path = f"/studies/{study}/series/{series}/instances/{instance}"
        with TemporaryDirectory(dir=self._spool) as folder:
            found = self._wado.objects(
                path, Path(folder), accept=_OBJECTS, max_bytes=MAX_NOTE_BYTES
            )
            with closing(found):
                files = [one.read_bytes() for one in islice(found, 2)]
        if len(files) != 1:
            raise PacsAnswerUnusable("the PACS does not give a note that it lists")
        try:
            selection = read_selection(files[0])
        except ManifestUnreadable:
            raise Held("pacs_note_unreadable") from None
        if selection.place != (study, series, instance):
            raise PacsAnswerUnusable("the PACS gives another note than the one that it lists")
        return selection


def _lacks(instance: Attributes) -> bool:
    """True when QIDO-RS leaves out what a manifest needs: class, number or frames."""
    return (
        not text(instance, _CLASS_UID)
        or _INSTANCE_NUMBER not in instance
        or (_FRAMES not in instance and not is_single_frame(text(instance, _CLASS_UID)))
    )


def _confirmed(
    listed: dict[Uid, Attributes], metadata: dict[Uid, Attributes], *, more: bool
) -> dict[Uid, Attributes]:
    """The metadata of the series, once they agree with its listing (PS3.18 10.4, 10.6)."""
    if more or not metadata or listed.keys() != metadata.keys():
        raise PacsAnswerUnusable("listing and metadata do not name the same objects")
    for name, one in listed.items():
        for tag, read in _INSTANCE_FIELDS.items():
            if len({read(one, tag), read(metadata[name], tag)} - {None, ""}) > 1:
                raise PacsAnswerUnusable("listing and metadata contradict each other")
    return metadata


def _instance(attributes: Attributes) -> InstanceRef:
    return InstanceRef(
        sop_class_uid=uid(attributes, _CLASS_UID),
        sop_instance_uid=uid(attributes, _INSTANCE_UID),
        instance_number=number(attributes, _INSTANCE_NUMBER),
        number_of_frames=number(attributes, _FRAMES),
    )


def _order(position: int | None, name: str) -> tuple[bool, int, str]:
    """Numbered ones first, by number; then by UID."""
    return position is None, position or 0, name
