"""The DMP as one structure sees it for one patient: the same VIHF in every call."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from functions.drimbox.dmp.xds import study_reference
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from collections.abc import Sequence

    from functions.drimbox.dmp.client import DmpClient
    from functions.drimbox.dmp.existence import PatientRecord
    from functions.drimbox.dmp.queries import DocumentQuery
    from functions.drimbox.dmp.registry import DocumentEntry, DocumentList
    from functions.drimbox.dmp.retrieve import Retrieved
    from functions.drimbox.dmp.stored_submission import StoredSubmission
    from functions.drimbox.dmp.vihf import VihfBuilder
    from functions.drimbox.identity.ins import Ins
    from functions.drimbox.oid import Oid, Uid


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
        """ITI-18 FindDocuments, each entry readable. Raises DmpUnavailable, DmpRefused."""
        ...


class DocumentRegistry(Protocol):
    """The calls of a professional's page."""

    def documents(self, query: DocumentQuery) -> DocumentList:
        """ITI-18 FindDocuments, told how many could not be read. Raises DmpUnavailable,
        DmpRefused."""
        ...


class DocumentRepository(Protocol):
    """The documents themselves."""

    def retrieve(self, entries: Sequence[DocumentEntry]) -> Retrieved:
        """ITI-43, proved documents. Raises DmpUnavailable, DmpRefused; ValueError for entries that
        ``retrieve.is_retrievable`` does not let through."""
        ...


class ReportRepository(DocumentRepository, Protocol):
    """The documents, and their entries as the registry has them now."""

    def entries_now(self, unique_id: str) -> tuple[DocumentEntry, ...]:
        """ITI-18 GetDocuments by uniqueId, which may have an extension (OID^extension). Raises
        DmpUnavailable, DmpRefused."""
        ...


class PatientRecords(Protocol):
    """The calls that come before a consultation."""

    def record(self, patient: Ins, sender: Oid) -> PatientRecord:
        """TD0.2. Raises DmpUnavailable, DmpRefused."""
        ...

    def authorize(self) -> None:
        """TD0.3, AJOUT. Raises DmpUnavailable, DmpOutcomeUnknown, DmpRefused."""
        ...


@frozen
class DmpSession:
    """Implements ``Dmp`` and each port of a consultation by one client and one VIHF."""

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

    def record(self, patient: Ins, sender: Oid) -> PatientRecord:
        """See ``PatientRecords``."""
        return self.client.ask_for_record(patient, sender, self.vihf)

    def authorize(self) -> None:
        """See ``PatientRecords``."""
        self.client.authorize(self.vihf)

    def documents(self, query: DocumentQuery) -> DocumentList:
        """See ``DocumentRegistry``."""
        return self.client.list_documents(query, self.vihf)

    def entries_now(self, unique_id: str) -> tuple[DocumentEntry, ...]:
        """See ``ReportRepository``."""
        return self.client.get_before_showing(unique_id, self.vihf)

    def retrieve(self, entries: Sequence[DocumentEntry]) -> Retrieved:
        """See ``DocumentRepository``."""
        return self.client.retrieve(entries, self.vihf)
