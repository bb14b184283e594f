"""Rejection notes (IHE IOCM) that the site's PACS sends: rejected images are not served any more.

A note is durable, and in force, before it is answered; only then are the studies that it names
looked at again, as an order change does. Its key is (tenant, SOPInstanceUID): the same bytes again
have one effect. Other bytes under it are refused, and their rejections are in force beside the
first ones: nothing that an archive ever rejected comes back by a mistake in its identifiers. So it
is with a note of which only some references can be read.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

from functions.drimbox.errors import StudyBusy
from functions.drimbox.images.cache_keys import incoming_prefix, study_prefix
from functions.drimbox.images.part10 import ObjectFacts, facts_of
from functions.drimbox.images.store_request import Failure, Notice, Stored
from functions.drimbox.manifest.elements import Malformed
from functions.drimbox.manifest.key_images import RejectionNote, read_rejection
from functions.drimbox.manifest.read import ManifestUnreadable
from functions.drimbox.publication.archive import rejection_key
from functions.drimbox.publication.inbox import Queue, ack_key, note_id_of, note_key
from functions.drimbox.publication.record import reject
from functions.drimbox.study.index import KEY_OBJECT_SELECTION
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from functions.drimbox.oid import Uid
    from functions.drimbox.ports import Audit, Blobs, Clock
    from functions.drimbox.publication.ports import Cache, StudyRecords
    from functions.drimbox.tenants.model import Tenant

# A record names its notes, and a request for images reads them: neither may grow without end.
MAX_NOTES: Final = 200
MAX_STUDIES: Final = 50
# Writers of one study at one moment are few: a writer that loses this often has met a fault.
_TRIES: Final = 8
_DICOM: Final = "application/dicom"
_DONE: Final = b"accepted"


@frozen
class NoteDesk:
    """The ports of one tenant that receive notes."""

    tenant: Tenant
    inbox: Blobs
    archive: Blobs
    records: StudyRecords
    cache: Cache
    queue: Queue
    audit: Audit
    clock: Clock


def store_object(
    raw: bytes, study: str | None, desk: NoteDesk, who: str, *, request_id: str
) -> Stored:
    """Take responsibility for a rejection note (Part 10), or give the failure; one audit record.

    ``study`` is the one that the request names, if any; ``who`` asks. Raises StorageUnavailable and
    StudyBusy while the note cannot be kept or put in force: a second call goes on from there.
    """
    facts: dict[str, str] = {}
    result = _store(raw, study, desk, facts)
    accepted = result.failure is None
    digest = hashlib.sha256(raw).hexdigest()[:16]
    desk.audit.record(
        "note.received" if accepted else "note.refused",
        key=facts["message_id"] if accepted else f"{request_id}/{digest}",
        result="accepted" if result.failure is None else result.failure.name.lower(),
        who=who,
        facts=facts,
    )
    return result


def _store(raw: bytes, study: str | None, desk: NoteDesk, facts: dict[str, str]) -> Stored:
    try:
        found = facts_of(raw)
    except Malformed:
        return Stored(None, None, Failure.CANNOT_UNDERSTAND)
    facts["sop_instance_uid"] = found.sop_instance_uid
    facts["study_instance_uid"] = found.study_instance_uid
    note = _note_or_failure(raw, study, found)
    if isinstance(note, Failure):
        return Stored(found.sop_class_uid, found.sop_instance_uid, note)
    notice = None
    if note.unread:
        facts["unread_references"] = str(note.unread)
        notice = Notice.DOES_NOT_MATCH_CLASS
    failure = _keep(raw, note, desk, facts)
    return Stored(found.sop_class_uid, found.sop_instance_uid, failure, notice)


def _note_or_failure(raw: bytes, study: str | None, found: ObjectFacts) -> RejectionNote | Failure:
    """The object as a note, or the failure for which it is not stored here."""
    if found.sop_class_uid != KEY_OBJECT_SELECTION:
        return Failure.CLASS_NOT_SUPPORTED
    if study is not None and study != found.study_instance_uid:
        return Failure.DOES_NOT_MATCH
    try:
        note = read_rejection(raw)
    except ManifestUnreadable:
        return Failure.CANNOT_UNDERSTAND
    if note is None:
        return Failure.INVALID_VALUE  # its title is not that of a rejection
    if note.rejected:
        return note
    return Failure.CANNOT_UNDERSTAND if note.unread else Failure.MISSING_VALUE


def _keep(raw: bytes, note: RejectionNote, desk: NoteDesk, facts: dict[str, str]) -> Failure | None:
    if len(note.rejected) > MAX_STUDIES:
        return Failure.OUT_OF_RESOURCES
    note_id = note_id_of(desk.tenant.tenant, note.sop_instance_uid)
    is_new = desk.inbox.put_once(note_key(note_id), raw, _DICOM)
    is_reused = not is_new and desk.inbox.get(note_key(note_id)) != raw
    if is_reused:
        note_id = note_id_of(desk.tenant.tenant, note.sop_instance_uid, raw)
        is_new = desk.inbox.put_once(note_key(note_id), raw, _DICOM)
    facts["message_id"] = note_id
    if is_new or desk.inbox.get(ack_key(note_id)) is None:
        for study in note.rejected:
            desk.archive.put_once(rejection_key(study, note_id), raw, _DICOM)
            if not _put_in_force(study, note_id, desk):
                return Failure.OUT_OF_RESOURCES
        desk.queue.send(note_id, replay=0, received_at=desk.clock.now())
        # As an acknowledgement: from here on, the same note again has nothing left to do.
        desk.inbox.put_once(ack_key(note_id), _DONE, "text/plain")
    return Failure.DUPLICATE if is_reused else None


def _put_in_force(study: Uid, note_id: str, desk: NoteDesk) -> bool:
    """From here on the record names the note, and nothing cached before is left.

    False when the study has as many notes as it may have.
    """
    for _ in range(_TRIES):
        record = desk.records.get(study)
        wished = reject(record, note_id)
        if len(wished.rejections) > MAX_NOTES:
            return False
        try:
            if wished is not record:
                desk.records.put(wished)
        except StudyBusy:
            continue
        # A URL that was signed before names an object that is gone now. A site may have left the
        # agent that brought the images.
        desk.cache.delete_under(study_prefix(study))
        desk.cache.delete_under(incoming_prefix(study))
        return True
    raise StudyBusy
