"""The life of a registered entry: it is replaced (ITI-41 with RPLC) or deleted (ITI-57).

An entry is born Approved. The one that replaces it makes it Deprecated (TF-2 3.42.4.1.3, TF-3
4.2.2.2); its author's structure may delete it, which is a status as well: the entry stays.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Final

from simulators.dmp import submission as xds
from simulators.dmp.ebrim import Association, RegistryObject
from simulators.dmp.errors import RegistryError
from simulators.dmp.identifiers import ENTRY_UUID, PatientId
from simulators.dmp.statuses import APPROVED, DELETED

UPDATE_STATUS: Final = "urn:ihe:iti:2010:AssociationType:UpdateAvailabilityStatus"
ORIGINAL_STATUS: Final = "OriginalStatus"
NEW_STATUS: Final = "NewStatus"
_UNKNOWN: Final = "UnresolvedReferenceException"
_UPDATE: Final = "XDSMetadataUpdateError"
_OPERATION: Final = "XDSMetadataUpdateOperationError"

Judge = Callable[
    [Association, RegistryObject | None, PatientId | None, str | None], RegistryError | None
]
"""Why an association may not do what it says to a registered entry, None when it may: the
association, the entry that it targets (None when there is none), the patient of the submission, the
structure of the VIHF (None when authors are not checked)."""

# Whether the rule is broken, the code of the error, the text of its context.
_Rule = tuple[bool, str, str]


def replacement_error(
    association: Association,
    replaced: RegistryObject | None,
    patient: PatientId | None,
    structure: str | None,
) -> RegistryError | None:
    """A :data:`Judge` of RPLC: only an Approved manifest is replaced, for the same patient and by
    its author's structure."""
    if replaced is None:
        return RegistryError(_UNKNOWN, "the replaced entry is not registered", association.id)
    return _first(
        association,
        (
            (
                xds.patient_of(replaced) != patient,
                "XDSPatientIdDoesNotMatch",
                "the replaced entry is of another patient",
            ),
            (
                not _of_author(replaced, structure),
                "XDSRepositoryMetadataError",
                "no authorInstitution of the replaced entry is the structure of the VIHF",
            ),
            (
                xds.kind_of(replaced) is not xds.MANIFEST,
                "XDSRepositoryMetadataError",
                "the replaced entry is not a manifest's",
            ),
            (
                replaced.status != APPROVED,
                "XDSRegistryDeprecatedDocumentError",
                "the replaced entry is not Approved",
            ),
        ),
    )


def update_errors(submission: xds.Submission) -> Iterator[RegistryError]:
    """The faults that an ITI-57 request itself shows (XDS Metadata Update 3.57.4.1.3.3.2).

    One submission set, and an UpdateAvailabilityStatus association or more from it to the entryUUID
    of the entry to delete; nothing else is taken.
    """
    for error in xds.set_errors(submission):
        yield replace(error, code="XDSRegistryMetadataError")
    if len(submission.packages) != 1:
        return
    for entry in submission.entries:
        yield RegistryError(_OPERATION, "the metadata of an entry is not changed here", entry.id)
    if not submission.associations:
        yield RegistryError(_UPDATE, "nothing to change")
    for association in submission.associations:
        yield from _association_errors(association, submission.submission_set.id)
    targets = [association.target for association in submission.associations]
    if len(set(targets)) != len(targets):
        yield RegistryError(_UPDATE, "an entry is changed twice")


def _association_errors(association: Association, set_id: str) -> Iterator[RegistryError]:
    if association.kind != UPDATE_STATUS:
        context = "an association that this registry does not take"
        yield RegistryError(_OPERATION, context, association.id)
        return
    original, new = association.slot(ORIGINAL_STATUS), association.slot(NEW_STATUS)
    rules: tuple[_Rule, ...] = (
        (association.source != set_id, _UPDATE, "sourceObject is not the submission set"),
        (
            not ENTRY_UUID.fullmatch(association.target),
            _UPDATE,
            "targetObject is not an entryUUID",
        ),
        (len(original) != 1, _UPDATE, f"not exactly one {ORIGINAL_STATUS}"),
        (len(new) != 1, _UPDATE, f"not exactly one {NEW_STATUS}"),
        (new not in {(), (DELETED,)}, _OPERATION, f"{NEW_STATUS} is not Deleted"),
    )
    for broken, code, context in rules:
        if broken:
            yield RegistryError(code, context, association.id)


def deletion_error(
    association: Association,
    deleted: RegistryObject | None,
    patient: PatientId | None,
    structure: str | None,
) -> RegistryError | None:
    """A :data:`Judge` of UpdateAvailabilityStatus. Only an Approved entry is deleted: an old
    version went with the one that replaced it.
    """
    if deleted is None:
        return RegistryError(_UNKNOWN, "the entry is not registered", association.id)
    return _first(
        association,
        (
            (
                xds.patient_of(deleted) != patient,
                "XDSPatientIDReconciliationError",
                "the entry is of another patient than the submission set",
            ),
            (
                not _of_author(deleted, structure),
                _UPDATE,
                "no authorInstitution of the entry is the structure of the VIHF",
            ),
            (deleted.status == DELETED, _UPDATE, "the entry is already deleted"),
            (
                association.slot(ORIGINAL_STATUS) != (deleted.status,),
                _UPDATE,
                f"{ORIGINAL_STATUS} is not the status of the entry",
            ),
            (deleted.status != APPROVED, _UPDATE, "the entry is not Approved"),
        ),
    )


def _of_author(entry: RegistryObject, structure: str | None) -> bool:
    return structure is None or structure in xds.author_institutions(entry)


def _first(association: Association, rules: tuple[_Rule, ...]) -> RegistryError | None:
    return next(
        (RegistryError(code, words, association.id) for broken, code, words in rules if broken),
        None,
    )
