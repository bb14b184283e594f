"""An exam that a file gave: opened unless the DMP's own words forbid it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from functions.drimbox.errors import DocumentUnusable, Forbidden

if TYPE_CHECKING:
    from functions.aws.asked_exams import Asked
    from functions.drimbox.dmp.registry import DocumentEntry
    from functions.open_exam.settings import Settings


def require_not_gone(request: Asked[Settings], entry_of: DocumentEntry) -> None:
    """Nothing for an exam of the DMP; raises as ``record_told.require_not_gone`` for one of a
    file, and StorageUnavailable."""
    if not entry_of.given_at:
        return
    # Few exams are of a file: the others do not pay for it.
    from functions.drimbox.outside import record_told  # noqa: PLC0415

    stores = request.reader.stores
    told = stores.record_notes.get(request.session, request.context.ins)
    record_told.require_not_gone(told, entry_of, stores.tenant.offline_files)


def gone(request: Asked[Settings], number: int) -> str:
    """The code of the error for which an exam of a file that was opened is not shown any more, ""
    for none."""
    try:
        require_not_gone(request, request.exams[number])
    except (DocumentUnusable, Forbidden) as error:
        return error.code
    return ""
