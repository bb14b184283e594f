"""The decision before a re-send, from the entries that the DMP already holds under our uniqueId.

A registry does not refuse a second entry of the same uniqueId when its content is the same (ITI
TF-3 4.2.4.1: only XDSNonIdenticalHash and XDSNonIdenticalSize exist): asking first is our part.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from collections.abc import Iterable

    from functions.drimbox.dmp.registry import DocumentEntry


@frozen
class Adopt:
    """Our content is there: the publication succeeded. ``duplicates`` are its other entries."""

    entry_uuid: str
    duplicates: tuple[str, ...]


@frozen
class Quarantine:
    """Other content, or content that cannot be told, is under our uniqueId: a human decides
    (``different_document_in_dmp``)."""

    entry_uuids: tuple[str, ...]


@frozen
class NotThere:
    """Nothing is under our uniqueId: the same bytes may be sent again."""


Decision = Adopt | Quarantine | NotThere


def reconcile(
    entries: Iterable[DocumentEntry], *, unique_id: str, sha1: str, size: int
) -> Decision:
    """Decide from ``entries`` (answer of GetDocuments); those of another uniqueId do not count.

    ``sha1`` is hexadecimal, ``size`` in bytes, both of the raw document. An entry without a hash
    proves nothing and is never adopted; one without a size is told by its hash alone. Active
    entries are adopted before others.
    """
    found = [entry for entry in entries if entry.unique_id == unique_id]
    if not found:
        return NotThere()
    if not all(e.sha1 == sha1.lower() and e.size in {size, None} for e in found):
        return Quarantine(tuple(e.entry_uuid for e in found))
    first, *others = sorted(found, key=lambda entry: not entry.is_approved)
    return Adopt(first.entry_uuid, tuple(e.entry_uuid for e in others))
