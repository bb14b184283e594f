"""An exam that a file gave: opened unless the DMP's own words forbid it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from functions.drimbox.errors import DocumentUnusable, Forbidden
from functions.drimbox.tenants.model import OfflineFiles

if TYPE_CHECKING:
    from functions.drimbox.dmp.registry import DocumentEntry
    from functions.open_exam.asked import Asked


def require_not_gone(request: Asked, entry_of: DocumentEntry) -> None:
    """Nothing for an exam of the DMP. For one of a file: Forbidden where the tenant allows none any
    more, DocumentUnusable ``document_gone`` where the DMP called it replaced, withdrawn or masked,
    or closed the record, since the file was given."""
    if not entry_of.given_at:
        return
    # Few exams are of a file: the others do not pay for it.
    from functions.drimbox.outside import record_told  # noqa: PLC0415

    stores = request.reader.stores
    policy = stores.tenant.offline_files
    if policy is OfflineFiles.NO:
        raise Forbidden("no file", code="files_not_allowed")
    told = record_told.read(stores.contexts.noted(request.page, request.session, record_told.NOTE))
    is_closed = told.heard is record_told.Heard.CLOSED
    if is_closed or told.against(entry_of.unique_id, entry_of.study_instance_uid, policy):
        raise DocumentUnusable(code="document_gone")
