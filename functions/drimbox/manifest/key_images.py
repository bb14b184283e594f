"""Key image notes of a study, read; and which key object selections hide objects instead."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final

from functions.drimbox.manifest.elements import Malformed
from functions.drimbox.manifest.read import (
    MAX_BYTES,
    TAG,
    ManifestUnreadable,
    codec_of,
    description_of,
    evidence_of,
    read_key_objects,
)
from functions.drimbox.oid import Uid
from functions.drimbox.study.index import KeyImageNote

# Document titles (CID 7010) that are no key image note. A manifest designates a whole study;
# IHE IOCM's notes mean that the objects must not be used any more.
MANIFEST_TITLES: Final = frozenset(("113030", "113031", "113032", "113033", "113034", "113035"))
REJECTION_TITLES: Final = frozenset(("113001", "113037", "113038", "113039"))


@dataclass(frozen=True, slots=True)
class RejectionNote:
    """A rejection note (IHE RAD-66): ``rejected``, by study, must not be used any more.

    ``study_instance_uid`` is the study that the note itself belongs to.
    """

    study_instance_uid: Uid
    sop_instance_uid: Uid
    rejected: Mapping[Uid, frozenset[Uid]]


def read_rejection(data: bytes, *, max_bytes: int = MAX_BYTES) -> RejectionNote | None:
    """Read a Key Object Selection as a rejection note, None when its title says that it is none.

    Raises ManifestUnreadable, and nothing else.
    """
    note = read_note(data, max_bytes=max_bytes)
    if note.title_scheme != "DCM" or note.title_code not in REJECTION_TITLES:
        return None
    try:
        root = read_key_objects(data, max_bytes=max_bytes)
        rejected: dict[Uid, set[Uid]] = {}
        for study, series in evidence_of(root):
            rejected.setdefault(Uid(study), set()).update(
                Uid(reference.text(TAG["ReferencedSOPInstanceUID"]))
                for reference in series.items(TAG["ReferencedSOPSequence"])
            )
        return RejectionNote(
            study_instance_uid=Uid(root.text(TAG["StudyInstanceUID"])),
            sop_instance_uid=note.sop_instance_uid,
            rejected={study: frozenset(objects) for study, objects in rejected.items()},
        )
    except ValueError:
        raise ManifestUnreadable("a UID is ill-formed") from None


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


def read_note(data: bytes, *, max_bytes: int = MAX_BYTES) -> KeyImageNote:
    """Read a Key Object Selection as a note: its title, its text, the objects it designates.

    Raises ManifestUnreadable, and nothing else.
    """
    try:
        root = read_key_objects(data, max_bytes=max_bytes)
        codec = codec_of(root)
        titles = root.items(TAG["ConceptNameCodeSequence"])
        if not titles:
            raise Malformed("has no title")
        return KeyImageNote(
            series_instance_uid=Uid(root.text(TAG["SeriesInstanceUID"])),
            sop_instance_uid=Uid(root.text(TAG["SOPInstanceUID"])),
            title_code=titles[0].text(TAG["CodeValue"]),
            title_scheme=titles[0].text(TAG["CodingSchemeDesignator"]),
            title_meaning=titles[0].text(TAG["CodeMeaning"], codec),
            text=description_of(root, codec),
            references=tuple(
                Uid(reference.text(TAG["ReferencedSOPInstanceUID"]))
                for _, series in evidence_of(root)
                for reference in series.items(TAG["ReferencedSOPSequence"])
            ),
        )
    except ValueError as error:
        raise ManifestUnreadable(
            str(error) if isinstance(error, Malformed) else "a UID is ill-formed"
        ) from None
