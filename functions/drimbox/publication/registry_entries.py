"""The DMP's entries of a study, queried just before a change."""

from __future__ import annotations

from typing import TYPE_CHECKING

from functions.drimbox.dmp import xds
from functions.drimbox.errors import Held
from functions.drimbox.publication.asking_dmp import held_when_refused

if TYPE_CHECKING:
    from functions.drimbox.dmp.registry import DocumentEntry
    from functions.drimbox.dmp.session import Dmp
    from functions.drimbox.identity.ins import Ins
    from functions.drimbox.oid import Uid


def active_entry(dmp: Dmp, manifest_uid: Uid) -> str:
    """The entryUUID of our manifest's active entry, "" when none is active any more.

    The registry gives entryUUIDs, and only its own answer is believed. Raises Held
    ``manifest_not_in_dmp`` when it does not know an entry that it once accepted, and
    ``different_document_in_dmp`` when several entries are active.
    """
    with held_when_refused():
        found = [entry for entry in dmp.entries(manifest_uid) if entry.unique_id == manifest_uid]
    if not found:
        raise Held("manifest_not_in_dmp")
    active = [entry for entry in found if entry.is_approved]
    if len(active) > 1:
        raise Held("different_document_in_dmp")
    return active[0].entry_uuid if active else ""


def require_no_other(dmp: Dmp, patient: Ins, study_instance_uid: Uid) -> None:
    """Nobody else published this study; Held ``other_manifest_in_dmp`` when somebody did.

    A message that changes what we have never published may come before the original, or concern
    another system's publication: the latter is for a human.
    """
    with held_when_refused():
        found = dmp.of_study(patient, study_instance_uid)
    if any(_is_manifest(entry) and entry.is_approved for entry in found):
        raise Held("other_manifest_in_dmp")


def _is_manifest(entry: DocumentEntry) -> bool:
    return entry.type_code is not None and entry.type_code.code == xds.IMG_KOS
