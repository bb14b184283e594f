"""The index of a study, from the statements of an archive, whatever protocol carries them.

An archive describes studies, series and objects in the DICOM JSON model (PS3.18 F.2). No statement
is believed alone: every count agrees with its listing, and the listings with each other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

from functions.drimbox.errors import Held, PacsAnswerUnusable
from functions.drimbox.images.answer_values import count, number, person, text, uid
from functions.drimbox.manifest.key_images import Kind, read_selection, rejected_by
from functions.drimbox.manifest.read import ManifestUnreadable
from functions.drimbox.study.index import (
    KEY_OBJECT_SELECTION,
    MAX_INSTANCES,
    MAX_NOTES,
    MAX_SERIES,
    InstanceRef,
    KeyImageNote,
    SeriesIndex,
    StudyIndex,
)
from functions.drimbox.study.sop_classes import is_single_frame

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from functions.drimbox.images.listing import Listing
    from functions.drimbox.images.wado_client import Attributes
    from functions.drimbox.manifest.key_images import Selection
    from functions.drimbox.oid import Uid

# Tags of DICOM JSON (PS3.18 F.2).
STUDY_UID: Final = "0020000D"
SERIES_UID: Final = "0020000E"
INSTANCE_UID: Final = "00080018"
CLASS_UID: Final = "00080016"
_PATIENT_ID, _ACCESSION, _DATE, _TIME = "00100020", "00080050", "00080020", "00080030"
_PATIENT_NAME, _BIRTH_DATE = "00100010", "00100030"
_DESCRIPTION, _STUDY_ID, _MODALITY = "00081030", "00200010", "00080060"
_SERIES_NUMBER, _SERIES_DESCRIPTION = "00200011", "0008103E"
_STUDY_SERIES, _STUDY_INSTANCES, _SERIES_INSTANCES = "00201206", "00201208", "00201209"
_INSTANCE_NUMBER: Final = "00200013"
FRAMES: Final = "00280008"
# The attributes that the index is made of, beside UIDs, and the date and time of a study.
STUDY_FIELDS: Final = (
    _DESCRIPTION,
    _STUDY_ID,
    _ACCESSION,
    _PATIENT_ID,
    _PATIENT_NAME,
    _BIRTH_DATE,
    _STUDY_SERIES,
    _STUDY_INSTANCES,
)
STUDY_TIMES: Final = (_DATE, _TIME)
SERIES_FIELDS: Final = (_SERIES_NUMBER, _SERIES_DESCRIPTION, _MODALITY, _SERIES_INSTANCES)
IDENTIFIERS: Final = (_PATIENT_ID, _ACCESSION)
_READ: Final[Mapping[str, Callable[[Attributes, str], str | int | None]]] = {
    CLASS_UID: text,
    _INSTANCE_NUMBER: number,
    FRAMES: number,
}
INSTANCE_FIELDS: Final = tuple(_READ)


class Described(Protocol):
    """An archive that describes its objects. Every answer is about the named study or series alone.

    Every method raises PacsUnavailable, PacsAnswerUnusable, and Held.
    """

    def studies(self, study: Uid) -> Sequence[Attributes]:
        """The descriptions of the study (STUDY_FIELDS, STUDY_TIMES); none: it states that it has
        no such study."""
        ...

    def series(self, study: Uid, announced: int | None) -> Listing:
        """The series (SERIES_FIELDS) by UID; ``announced``: their number as the study gives it."""
        ...

    def instances(self, study: Uid, series: Uid, announced: int | None) -> Listing:
        """The objects (INSTANCE_FIELDS) by UID; ``announced``: their number as the series gives
        it."""
        ...

    def metadata(self, study: Uid, series: Uid) -> Mapping[Uid, Attributes]:
        """Every object of the series as its own header describes it, by UID."""
        ...

    def one(self, study: Uid, series: Uid, instance: Uid) -> Attributes | None:
        """An object as its own header describes it (IDENTIFIERS), None where it is not given."""
        ...

    def note(self, study: Uid, series: Uid, instance: Uid) -> Sequence[bytes]:
        """The Part 10 files that are given for a key object selection, of bounded size; no more
        than two are looked at."""
        ...


def header_of(archive: Described, study: Uid) -> Attributes | None:
    """The archive's description of the study, None when it states that it has none.

    Raises Held ``patient_mismatch``, and PacsAnswerUnusable for two counts.
    """
    found = archive.studies(study)
    if len({text(one, _PATIENT_ID) for one in found}) > 1:
        raise Held("patient_mismatch", "the PACS holds the study under several patients")
    if len({(count(one, _STUDY_SERIES), count(one, _STUDY_INSTANCES)) for one in found}) > 1:
        raise PacsAnswerUnusable("the PACS counts the study twice, and differently")
    return found[0] if found else None


def is_there(header: Attributes | None) -> bool:
    """Whether the archive that describes a study so has objects of it, as far as it tells."""
    return header is not None and count(header, _STUDY_INSTANCES) != 0


def index_study(archive: Described, study: Uid) -> StudyIndex | None:
    """See ``images.pacs.DicomwebPacs.find_study``."""
    header = header_of(archive, study)
    if header is None:
        return None
    series = _series(archive, study, header)
    notes, left_out = _notes_and_rejections(archive, study, series)
    kept = [one.without(left_out) for one in series]
    kept = [one for one in kept if one.instances]
    if not kept:
        return None
    header = _completed(archive, header, study, kept)
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


def _completed(
    archive: Described, header: Attributes, study: Uid, series: Sequence[SeriesIndex]
) -> Attributes:
    """``header``, with the identifiers that it lacks taken from an object of the study.

    An archive may describe a study by any of its objects, hence by one that has no accession
    number although the images do, such as a manifest.
    """
    if all(text(header, tag) for tag in IDENTIFIERS):
        return header
    one = next((s for s in series if s.modality != "KO"), series[0])
    found = archive.one(study, one.series_instance_uid, one.instances[0].sop_instance_uid) or {}
    taken = {tag: found[tag] for tag in IDENTIFIERS if not text(header, tag) and tag in found}
    return {**header, **taken}


def _series(archive: Described, study: Uid, header: Attributes) -> list[SeriesIndex]:
    """Every series with every object, in order; some may hold none."""
    announced, objects = count(header, _STUDY_SERIES), count(header, _STUDY_INSTANCES)
    listing = archive.series(study, announced)
    if len(listing.found) > MAX_SERIES:
        raise Held("study_too_large")
    series = [_one_series(archive, study, name, one) for name, one in listing.found.items()]
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


def _one_series(archive: Described, study: Uid, series: Uid, attributes: Attributes) -> SeriesIndex:
    listing = archive.instances(study, series, count(attributes, _SERIES_INSTANCES))
    found: Mapping[Uid, Attributes] = listing.found
    if not listing.is_proved or any(_lacks(one) for one in found.values()):
        found = _confirmed(found, archive.metadata(study, series))
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
    archive: Described, study: Uid, series: Sequence[SeriesIndex]
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
        selection = _selection(archive, study, series_uid, instance_uid)
        if selection.kind is Kind.KEY_IMAGES:
            notes.append(selection.note)
            continue
        left_out.add(instance_uid)
        if selection.kind is Kind.REJECTION:
            rejections[instance_uid] = selection.rejected
    left_out |= rejected_by(rejections)
    return [note for note in notes if note.sop_instance_uid not in left_out], left_out


def _selection(archive: Described, study: Uid, series: Uid, instance: Uid) -> Selection:
    """A key object selection that the PACS lists. Without its content it may be a rejection."""
    files = archive.note(study, series, instance)
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
        not text(instance, CLASS_UID)
        or _INSTANCE_NUMBER not in instance
        or (FRAMES not in instance and not is_single_frame(text(instance, CLASS_UID)))
    )


def _confirmed(
    listed: Mapping[Uid, Attributes], metadata: Mapping[Uid, Attributes]
) -> Mapping[Uid, Attributes]:
    """The metadata of the series, once they agree with its listing (PS3.18 10.4, 10.6)."""
    if not metadata or listed.keys() != metadata.keys():
        raise PacsAnswerUnusable("listing and metadata do not name the same objects")
    for name, one in listed.items():
        for tag, read in _READ.items():
            if len({read(one, tag), read(metadata[name], tag)} - {None, ""}) > 1:
                raise PacsAnswerUnusable("listing and metadata contradict each other")
    return metadata


def _instance(attributes: Attributes) -> InstanceRef:
    return InstanceRef(
        sop_class_uid=uid(attributes, CLASS_UID),
        sop_instance_uid=uid(attributes, INSTANCE_UID),
        instance_number=number(attributes, _INSTANCE_NUMBER),
        number_of_frames=number(attributes, FRAMES),
    )


def _order(position: int | None, name: str) -> tuple[bool, int, str]:
    """Numbered ones first, by number; then by UID."""
    return position is None, position or 0, name
