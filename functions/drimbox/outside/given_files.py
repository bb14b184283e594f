"""The file that a page was given, kept as its list is: sealed, for its session alone.

One file at a time: the next one takes its place. The exams stand in a list of documents under
short numbers (:mod:`functions.drimbox.consultation.shown_documents`), as those of the DMP do.
"""

from __future__ import annotations

import hashlib
import json
import zlib
from dataclasses import field
from typing import TYPE_CHECKING, Any, Final

from functions.drimbox.consultation.sealed_store import BOUND, SEALED
from functions.drimbox.outside.faults import Reason
from functions.drimbox.outside.signed import Proof
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from functions.drimbox.consultation.sealed_store import SealedStore
    from functions.drimbox.consultation.shown_documents import ShownDocuments
    from functions.drimbox.dmp.registry import DocumentEntry
    from functions.drimbox.outside.given_file import GivenFile

# An item of DynamoDB holds 400 kB: a longer text stands in several.
PIECE: Final = 300_000
_PIECES: Final = "pieces"


@frozen
class Signed:
    """The proof of one exam's signature, its signer, and the time that the signer tells."""

    proof: Proof
    signer: str
    signed_at: str


@frozen
class KeptFile:
    """A file as the page shows it. ``entries`` are its exams, ``signed`` the words on each.
    ``given_at`` is ISO 8601; the rest as ``GivenFile`` has it."""

    given_at: str
    entries: tuple[DocumentEntry, ...] = field(repr=False)
    signed: tuple[Signed, ...] = field(repr=False)
    refused: tuple[Reason, ...]
    is_archive: bool
    others: int


@frozen
class GivenFiles:
    """The files of one tenant's pages; raises StorageUnavailable."""

    sealed: SealedStore
    shown: ShownDocuments

    def keep(self, page: str, session: str, given: GivenFile, given_at: str) -> None:
        """Keep the file in the place of a former one of that page and session."""
        for one in given.exams:
            self._put(_manifest_key(page, session, one.entry), zlib.compress(one.content))
        edition = self.shown.keep(page, session, [one.entry for one in given.exams])
        facts = {
            "given_at": given_at,
            "edition": edition,
            "signed": [[one.proof, one.signer, one.signed_at] for one in given.exams],
            "refused": list(given.refused),
            "is_archive": given.is_archive,
            "others": given.others,
        }
        self._put(_key(page, session), json.dumps(facts).encode())

    def get(self, page: str, session: str) -> KeptFile | None:
        """The file of that page and session, None where none was given."""
        content = self._get(_key(page, session))
        if content is None:
            return None
        facts: dict[str, Any] = json.loads(content)
        numbers = range(1, len(facts["signed"]) + 1)
        found = self.shown.several(page, session, facts["edition"], numbers)
        return KeptFile(
            facts["given_at"],
            tuple(found[number] for number in numbers),
            tuple(Signed(Proof(proof), *rest) for proof, *rest in facts["signed"]),
            tuple(map(Reason, facts["refused"])),
            facts["is_archive"],
            facts["others"],
        )

    def manifest(self, page: str, session: str, entry: DocumentEntry) -> bytes | None:
        """The manifest of an exam that a file gave to that page and session, None for others."""
        content = self._get(_manifest_key(page, session, entry)) if entry.given_at else None
        return None if content is None else zlib.decompress(content)

    def _put(self, key: str, content: bytes) -> None:
        sealed = self.sealed.close(key, content)
        pieces = [sealed[at : at + PIECE] for at in range(0, len(sealed), PIECE)]
        ends_at = self.sealed.clock.now() + BOUND
        # The first piece comes last: it tells that all others are there.
        for number, piece in reversed(list(enumerate(pieces))):
            more = {} if number else {_PIECES: str(len(pieces))}
            self.sealed.store.put(_piece(key, number), {SEALED: piece, **more}, ends_at)

    def _get(self, key: str) -> bytes | None:
        kept = self.sealed.store.get(key)
        if kept is None:
            return None
        further = (
            self.sealed.store.get(_piece(key, n)) or {} for n in range(1, int(kept[_PIECES]))
        )
        return self.sealed.open(key, kept[SEALED] + "".join(one.get(SEALED, "") for one in further))


def _key(page: str, session: str, *more: str) -> str:
    named = "\0".join((page, session, *more)).encode()
    return f"file#{hashlib.sha256(named).hexdigest()}"


def _manifest_key(page: str, session: str, entry: DocumentEntry) -> str:
    return _key(page, session, entry.unique_id, entry.given_at)


def _piece(key: str, number: int) -> str:
    return f"{key}#{number}" if number else key
