"""One study as the record, the PACS and the DMP show it, and where they differ (pure)."""

from __future__ import annotations

import hashlib
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from functions.drimbox.oid import Uid
from functions.drimbox.tenants.reconciliation_policy import DifferenceKind
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from functions.drimbox.dmp.registry import DocumentEntry
    from functions.drimbox.study.index import StudyIndex

Place = tuple[Uid, Uid]


class DifferenceCause(StrEnum):
    """The cause of a difference, as far as this gateway can know it."""

    # missing_manifest
    UNKNOWN_TO_DMP = "unknown_to_dmp"
    NOT_ACTIVE = "not_active"
    OTHER_CONTENT = "other_content"
    # orphan_manifest
    OF_A_HELD_CHANGE = "of_a_held_change"
    OF_NO_RECORD = "of_no_record"
    # dead_reference
    STUDY_GONE = "study_gone"
    OBJECTS_GONE = "objects_gone"
    # study_changed
    OBJECTS_ADDED = "objects_added"


@frozen
class Publication:
    """The manifest in force as we sent it: its UID, its bytes' SHA-1 (hex) and size, and the
    objects (series, instance) that it names."""

    manifest_uid: Uid
    sha1: str
    size: int
    named: frozenset[Place]


@frozen
class Observation:
    """One study. ``published``: None when our record says that nothing is. ``archived``: the PACS's
    objects, None when it does not know the study, or was not asked since nothing is published.
    ``active``: the DMP's active manifests of the study that we published. ``under_uid``: every
    entry under the UID of the manifest in force, asked only when no active one was found.
    ``pending_uid``: the manifest of the change that waits for a human, or "".
    """

    study_instance_uid: Uid
    published: Publication | None
    archived: frozenset[Place] | None
    active: tuple[DocumentEntry, ...]
    under_uid: tuple[DocumentEntry, ...] = ()
    pending_uid: str = ""


@frozen
class Difference:
    """``manifest_uid`` is the one that is missing, too many, or no longer true. ``mark`` tells this
    difference of this manifest from any other, in 19 hexadecimal digits."""

    study_instance_uid: Uid
    kind: DifferenceKind
    cause: DifferenceCause
    manifest_uid: str
    objects: int = 0
    mark: str = ""


def objects_of(study: StudyIndex) -> frozenset[Place]:
    """The objects of a study, each in its series."""
    return frozenset(
        (series.series_instance_uid, one.sop_instance_uid)
        for series in study.series
        for one in series.instances
    )


def compare(seen: Observation) -> tuple[Difference, ...]:
    """Every difference of one study."""
    return (*_of_registry(seen), *_of_images(seen))


def _of_registry(seen: Observation) -> Iterator[Difference]:
    published = seen.published
    ours = published.manifest_uid if published else ""
    if published is not None:
        cause = _missing(published, seen.active, seen.under_uid)
        if cause is not None:
            yield _difference(seen, DifferenceKind.MISSING_MANIFEST, cause, ours)
    for entry in seen.active:
        if entry.unique_id != ours:
            held = entry.unique_id == seen.pending_uid
            cause = DifferenceCause.OF_A_HELD_CHANGE if held else DifferenceCause.OF_NO_RECORD
            yield _difference(seen, DifferenceKind.ORPHAN_MANIFEST, cause, entry.unique_id)


def _missing(
    published: Publication, active: Iterable[DocumentEntry], under_uid: Iterable[DocumentEntry]
) -> DifferenceCause | None:
    """The cause why the DMP lacks our manifest as we sent it, None when it has it."""
    found = [entry for entry in (*active, *under_uid) if entry.unique_id == published.manifest_uid]
    if not found:
        return DifferenceCause.UNKNOWN_TO_DMP
    if not any(entry.is_approved for entry in found):
        return DifferenceCause.NOT_ACTIVE
    same = all(e.sha1 in {published.sha1, ""} and e.size in {published.size, None} for e in found)
    return None if same else DifferenceCause.OTHER_CONTENT


def _of_images(seen: Observation) -> Iterator[Difference]:
    published = seen.published
    if published is None:
        return
    archived = seen.archived or frozenset()
    gone, added = published.named - archived, archived - published.named
    if gone:
        cause = (
            DifferenceCause.STUDY_GONE if seen.archived is None else DifferenceCause.OBJECTS_GONE
        )
        yield _difference(seen, DifferenceKind.DEAD_REFERENCE, cause, published.manifest_uid, gone)
    if added:
        yield _difference(
            seen,
            DifferenceKind.STUDY_CHANGED,
            DifferenceCause.OBJECTS_ADDED,
            published.manifest_uid,
            added,
        )


def _difference(
    seen: Observation,
    kind: DifferenceKind,
    cause: DifferenceCause,
    manifest_uid: str,
    objects: frozenset[Place] = frozenset(),
) -> Difference:
    parts = (kind, cause, manifest_uid, *(f"{a}/{b}" for a, b in sorted(objects)))
    mark = hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:_MARK]
    return Difference(seen.study_instance_uid, kind, cause, str(manifest_uid), len(objects), mark)


# With a letter before it, the length of MSH-10 (ST, 20).
_MARK: Final = 19
