"""Key image notes of a study, read; and which key object selections hide objects instead."""

from __future__ import annotations

from contextlib import contextmanager
from enum import StrEnum
from typing import TYPE_CHECKING, Final, NamedTuple

from functions.drimbox.manifest.elements import Malformed
from functions.drimbox.manifest.read import (
    MAX_BYTES,
    REJECTION_TITLES,
    TAG,
    ManifestUnreadable,
    codec_of,
    description_of,
    evidence_of,
    read_key_objects,
)
from functions.drimbox.oid import Uid
from functions.drimbox.study.index import KeyImageNote
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from functions.drimbox.manifest.elements import Dataset

# Document titles (CID 7010) that designate a whole study and are no key image note.
MANIFEST_TITLES: Final = frozenset(("113030", "113031", "113032", "113033", "113034", "113035"))
# Words of a title's meaning that belong to a rejection, whatever its code: those of IOCM's titles,
# which archives with codes of their own use too.
_MEANS_REJECTION: Final = (
    "reject",
    "rejet",
    "incorrect modality worklist entry",
    "data retention policy expired",
)


class Kind(StrEnum):
    """The use that a key object selection has for a manifest."""

    KEY_IMAGES = "key images"
    MANIFEST = "manifest"
    REJECTION = "rejection"


class Place(NamedTuple):
    """Where an object stands, by its own data set."""

    study: Uid
    series: Uid
    instance: Uid


@frozen
class Selection:
    """A key object selection of an archive. ``rejected``: the objects of all studies that a
    rejection names; none for another kind.
    """

    kind: Kind
    place: Place
    note: KeyImageNote
    rejected: frozenset[Uid]


@frozen
class RejectionNote:
    """A rejection note (IHE RAD-66): ``rejected``, by study, must not be used any more.

    ``study_instance_uid`` is the study that the note itself belongs to. ``unread`` is the number of
    its references that cannot be read: an ill-formed UID, or a series without its objects.
    """

    study_instance_uid: Uid
    sop_instance_uid: Uid
    rejected: Mapping[Uid, frozenset[Uid]]
    unread: int = 0


def read_selection(data: bytes, *, max_bytes: int = MAX_BYTES) -> Selection:
    """Read a Key Object Selection that an archive holds.

    Raises ManifestUnreadable, and nothing else; also for one that may be a rejection and does not
    say so plainly, and for a rejection of which a reference cannot be read.
    """
    with _unreadable():
        root = read_key_objects(data, max_bytes=max_bytes)
        title = _title_of(root)
        kind = _kind_of(title)
        named = _named(root) if kind is Kind.REJECTION else _Named({}, 0)
        rejected = frozenset(one for objects in named.by_study.values() for one in objects)
        if kind is Kind.REJECTION and (named.unread or not rejected):
            raise Malformed("a reference of a rejection cannot be read")
        return Selection(kind, _place_of(root), _note_of(root, title), rejected)


def read_rejection(data: bytes, *, max_bytes: int = MAX_BYTES) -> RejectionNote | None:
    """Read a Key Object Selection as a rejection note, None when its title says that it is none.

    The references that can be read are given: those that cannot only add to them. Objects under an
    ill-formed study, or named by the content alone, count as of the note's own study. Raises
    ManifestUnreadable, and nothing else.
    """
    with _unreadable():
        root = read_key_objects(data, max_bytes=max_bytes)
        title = _title_of(root)
        if title.scheme != "DCM" or title.code not in REJECTION_TITLES:
            return None
        place, named = _place_of(root), _named(root)
        return RejectionNote(
            study_instance_uid=place.study,
            sop_instance_uid=place.instance,
            rejected={study: frozenset(objects) for study, objects in named.by_study.items()},
            unread=named.unread,
        )


def rejected_by(notes: Mapping[Uid, Collection[Uid]]) -> frozenset[Uid]:
    """The objects that rejection notes reject together; ``notes``: the objects of each, by the
    note's UID.

    A note rejected by a valid note is void (that is how a PACS undoes a rejection). Notes that
    reject each other in a cycle all remain valid, so that doubtful images are never served.
    """
    open_ones = dict(notes)
    rejected: set[Uid] = set()
    while open_ones:
        named = {uid for note, objects in open_ones.items() for uid in objects if uid != note}
        standing = [note for note in open_ones if note not in named] or list(open_ones)
        found = {uid for note in standing for uid in open_ones[note]}
        rejected |= found
        void = {note for note in found if note in open_ones and note not in standing}
        for note in (*standing, *void):
            del open_ones[note]
    return frozenset(rejected)


@contextmanager
def _unreadable() -> Iterator[None]:
    try:
        yield
    except ValueError as error:
        raise ManifestUnreadable(
            str(error) if isinstance(error, Malformed) else "a UID is ill-formed"
        ) from None


class _Title(NamedTuple):
    code: str
    scheme: str
    meaning: str


def _title_of(root: Dataset) -> _Title:
    titles = root.items(TAG["ConceptNameCodeSequence"])
    if len(titles) != 1 or not titles[0].text(TAG["CodeValue"]):
        raise Malformed("has no title, or several")
    (title,) = titles
    return _Title(
        code=title.text(TAG["CodeValue"]),
        scheme=title.text(TAG["CodingSchemeDesignator"]),
        meaning=title.text(TAG["CodeMeaning"], codec_of(root)),
    )


def _kind_of(title: _Title) -> Kind:
    if title.code in REJECTION_TITLES and title.scheme == "DCM":
        return Kind.REJECTION
    meaning = title.meaning.casefold()
    if title.code in REJECTION_TITLES or any(words in meaning for words in _MEANS_REJECTION):
        raise Malformed("the title may be that of a rejection")
    return Kind.MANIFEST if title.code in MANIFEST_TITLES else Kind.KEY_IMAGES


def _place_of(root: Dataset) -> Place:
    return Place(
        *(
            Uid(root.text(TAG[keyword]))
            for keyword in ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID")
        )
    )


def _note_of(root: Dataset, title: _Title) -> KeyImageNote:
    place = _place_of(root)
    return KeyImageNote(
        series_instance_uid=place.series,
        sop_instance_uid=place.instance,
        title_code=title.code,
        title_scheme=title.scheme,
        title_meaning=title.meaning,
        text=description_of(root, codec_of(root)),
        references=tuple(
            Uid(reference.text(TAG["ReferencedSOPInstanceUID"]))
            for _, series in evidence_of(root)
            for reference in series.items(TAG["ReferencedSOPSequence"])
        ),
    )


class _Named(NamedTuple):
    """Referenced objects by study, and how many references cannot be read."""

    by_study: dict[Uid, set[Uid]]
    unread: int


def _named(root: Dataset) -> _Named:
    """The references of evidence and content (PS3.3 C.17.6.2, C.17.3)."""
    own = Uid(root.text(TAG["StudyInstanceUID"]))
    found: dict[Uid, set[Uid]] = {}
    unread: set[str] = set()
    for study in root.items(TAG["CurrentRequestedProcedureEvidenceSequence"]):
        name = study.text(TAG["StudyInstanceUID"])
        objects = found.setdefault(_uid(name, unread) or own, set())
        series = study.items(TAG["ReferencedSeriesSequence"])
        for one in series:
            objects |= _objects(one, unread)
        if not series or not all(one.items(TAG["ReferencedSOPSequence"]) for one in series):
            unread.add(f"a series of {name}")  # without its objects: it may mean all of them
    everywhere = {uid for objects in found.values() for uid in objects}
    items = root.items(TAG["ContentSequence"])
    alone = {uid for item in items for uid in _objects(item, unread)} - everywhere
    found.setdefault(own, set()).update(alone)
    return _Named({study: objects for study, objects in found.items() if objects}, len(unread))


def _objects(item: Dataset, unread: set[str]) -> set[Uid]:
    references = item.items(TAG["ReferencedSOPSequence"])
    names = (one.text(TAG["ReferencedSOPInstanceUID"]) for one in references)
    return {uid for uid in (_uid(name, unread) for name in names) if uid is not None}


def _uid(name: str, unread: set[str]) -> Uid | None:
    try:
        return Uid(name)
    except ValueError:
        unread.add(name)
        return None
