"""The DMP as one structure sees it for one patient: the same VIHF in every call."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from functions.drimbox.dmp.client import DmpClient, StoredSubmission
from functions.drimbox.dmp.metadata import study_reference
from functions.drimbox.dmp.queries import DocumentQuery
from functions.drimbox.dmp.registry import DocumentEntry
from functions.drimbox.dmp.vihf import VihfBuilder
from functions.drimbox.identity.ins import Ins
from functions.drimbox.oid import Uid


class Dmp(Protocol):
    """The calls of a publication."""

    def submit(self, submission: StoredSubmission) -> None:
        """ITI-41. Raises DmpUnavailable, DmpOutcomeUnknown, DmpRefused."""
        ...

    def update(self, metadata: bytes) -> None:
        """ITI-57. Raises DmpUnavailable, DmpOutcomeUnknown, DmpRefused."""
        ...

    def entries(self, unique_id: Uid) -> tuple[DocumentEntry, ...]:
        """ITI-18 GetDocuments by uniqueId. Raises DmpUnavailable, DmpRefused."""
        ...

    def of_study(self, patient: Ins, study_instance_uid: Uid) -> tuple[DocumentEntry, ...]:
        """ITI-18 FindDocumentsByReferenceId. Raises DmpUnavailable, DmpRefused."""
        ...


class ExamRegistry(Protocol):
    """The calls of a consultation."""

    def find(self, query: DocumentQuery) -> tuple[DocumentEntry, ...]:
        """ITI-18 FindDocuments. Raises DmpUnavailable, DmpRefused."""
        ...


@dataclass(frozen=True, slots=True)
class DmpSession:
    """Implements ``Dmp`` and ``ExamRegistry`` by one client and one VIHF."""

    client: DmpClient
    vihf: VihfBuilder

    def submit(self, submission: StoredSubmission) -> None:
        """See ``Dmp``."""
        self.client.submit(submission, self.vihf)

    def update(self, metadata: bytes) -> None:
        """See ``Dmp``."""
        self.client.update(metadata, self.vihf)

    def entries(self, unique_id: Uid) -> tuple[DocumentEntry, ...]:
        """See ``Dmp``."""
        return self.client.get_by_unique_id(unique_id, self.vihf)

    def of_study(self, patient: Ins, study_instance_uid: Uid) -> tuple[DocumentEntry, ...]:
        """See ``Dmp``."""
        reference = study_reference(study_instance_uid)
        return self.client.find_by_reference_id(patient, reference, self.vihf)

    def find(self, query: DocumentQuery) -> tuple[DocumentEntry, ...]:
        """See ``ExamRegistry``."""
        return self.client.find_documents(query, self.vihf)
