"""A submission as bytes, stored before its first send; a value that needs no client of the DMP."""

from __future__ import annotations

from functions.drimbox.values import frozen


@frozen
class StoredDocument:
    """A document to send: the id of its ExtrinsicObject, and its raw bytes."""

    object_id: str
    content: bytes


@frozen
class StoredSubmission:
    """A submission exactly as it was stored before its first send: a re-send sends these bytes.

    ``metadata`` is lcm:SubmitObjectsRequest as :func:`functions.drimbox.dmp.metadata.build` wrote
    it.
    """

    metadata: bytes
    documents: tuple[StoredDocument, ...]

    def __repr__(self) -> str:
        return f"StoredSubmission({len(self.documents)} documents)"
