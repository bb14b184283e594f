"""The manifest of an exam of this very site: the one in force, and no other that has its name."""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING

from functions.drimbox.oid import Uid
from functions.drimbox.publication import archive
from functions.drimbox.publication.serving import served

if TYPE_CHECKING:
    from functions.drimbox.dmp.registry import DocumentEntry
    from functions.drimbox.ports import Blobs
    from functions.drimbox.publication.ports import StudyRecords
    from functions.drimbox.publication.serving import Served


def own_manifest(entry: DocumentEntry, records: StudyRecords, archived: Blobs) -> Served | None:
    """The manifest that ``entry`` names, as its images are served.

    None where the manifest in force is another one, or the study is not ours. The entry of a file
    is that file's own word: its manifest is byte for byte ours, or names nothing here. Raises
    StorageUnavailable.
    """
    try:
        record = records.get(Uid(entry.study_instance_uid))
    except ValueError:
        return None
    if record.current is None or record.current.manifest_uid != entry.unique_id:
        return None
    current = served(record, archived)
    if current is not None and entry.given_at and not _is_ours(entry, current, archived):
        return None
    return current


def _is_ours(entry: DocumentEntry, current: Served, archived: Blobs) -> bool:
    """Whether the file's manifest, whose patient was compared with the page's, is ours."""
    data = archive.require(archived, archive.key_of(current.intent_id, archive.MANIFEST))
    # The attribute ``hash`` of XDS is SHA-1 (ITI TF-3 4.2.3.2.10), over the bytes that were given.
    ours = hashlib.sha1(data, usedforsecurity=False).hexdigest()
    return entry.size == len(data) and hmac.compare_digest(ours, entry.sha1)
