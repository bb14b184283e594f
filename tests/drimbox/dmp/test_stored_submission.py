"""functions.drimbox.dmp.stored_submission: a value that shows nothing of its documents."""

from __future__ import annotations

from functions.drimbox.dmp.stored_submission import StoredDocument, StoredSubmission


def test_neither_metadata_nor_documents_show_in_a_log() -> None:
    submission = StoredSubmission(b"PATIENTE", (StoredDocument("manifest", b"VERNIER"),))
    assert repr(submission) == "StoredSubmission(1 documents)"
