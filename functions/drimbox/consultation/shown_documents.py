"""The documents that a page showed to its professional, kept on the server under short numbers.

A page names a document by its number in its own list, never by an identifier of the DMP: nobody can
ask for a document that the page did not show to this session, for this patient. Each list has a
name of its own (its *edition*), so that a number of an older page, still open beside a newer one,
never means another document.

The records are sealed, and their keys are hashes that take the page, the session and the edition
together: a reader of the store learns nothing, and another session finds nothing.
"""

from __future__ import annotations

import hashlib
import json
import re
import zlib
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final

from functions.drimbox.consultation.sealed_store import BOUND, SEALED, SealedStore
from functions.drimbox.dmp.registry import DocumentEntry, ReferenceId
from functions.drimbox.identity.parties import Code

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from functions.drimbox.consultation.sealed_store import TextStore
    from functions.drimbox.identity.sealing import Seal
    from functions.drimbox.ports import Clock

# Documents in one block: 200 of them make some 30 kB, sealed. An item of DynamoDB holds 400 kB: a
# larger block stands in several records.
BLOCK: Final = 200
PIECE: Final = 300_000
_PIECES: Final = "pieces"
_EDITION: Final = re.compile(r"[A-Za-z0-9_-]{11}")
_TEXTS: Final = (
    "unique_id",
    "entry_uuid",
    "sha1",
    "size",
    "status",
    "patient_id",
    "mime_type",
    "author_persons",
    "author_institutions",
    "legal_authenticator",
    "creation_time",
    "service_start_time",
    "service_stop_time",
    "title",
    "repository_unique_id",
    "source_patient_info",
    "given_at",
)
_TUPLES: Final = frozenset({"author_persons", "author_institutions", "source_patient_info"})
_CODE: Final = ("type_code", "format_code")
_CODES: Final = ("event_codes", "confidentiality_codes")
_texts_of: Final = attrgetter(*_TEXTS)


class ShownDocuments:
    """The lists of one tenant. ``unguessable`` gives 32 random bytes in base64url."""

    def __init__(
        self, store: TextStore, clock: Clock, unguessable: Callable[[], str], seal: Seal
    ) -> None:
        self._store = store
        self._clock = clock
        self._unguessable = unguessable
        self._sealed = SealedStore(store, clock, unguessable, seal)

    def keep(self, page: str, session: str, entries: Sequence[DocumentEntry]) -> str:
        """Number ``entries`` from 1, in their order; the list's edition, for the page's forms."""
        edition = self._unguessable()[:11]
        ends_at = self._clock.now() + BOUND
        for first in range(0, len(entries), BLOCK):
            key = _key(page, session, edition, first // BLOCK)
            content = json.dumps([_encode(e) for e in entries[first : first + BLOCK]])
            sealed = self._sealed.close(key, zlib.compress(content.encode()))
            pieces = [sealed[at : at + PIECE] for at in range(0, len(sealed), PIECE)]
            for number, piece in enumerate(pieces):
                more = {} if number else {_PIECES: str(len(pieces))}
                self._store.put(_piece(key, number), {SEALED: piece, **more}, ends_at)
        return edition

    def get(self, page: str, session: str, edition: str, number: int) -> DocumentEntry | None:
        """The document of that number; None for every other page, session, edition or number."""
        return self.several(page, session, edition, (number,)).get(number)

    def several(
        self, page: str, session: str, edition: str, numbers: Iterable[int]
    ) -> dict[int, DocumentEntry]:
        """The documents of those numbers, by number; each record is read once."""
        found: dict[int, DocumentEntry] = {}
        blocks: dict[int, list[Any]] = {}
        for number in numbers if _EDITION.fullmatch(edition) else ():
            block, place = divmod(number - 1, BLOCK)
            if number < 1:
                continue
            if block not in blocks:
                blocks[block] = self._block(_key(page, session, edition, block))
            if place < len(blocks[block]):
                found[number] = _decode(blocks[block][place])
        return found

    def whole(self, page: str, session: str, edition: str) -> dict[int, DocumentEntry]:
        """All documents of the list, by number; none for another page, session or edition."""
        found: dict[int, DocumentEntry] = {}
        while _EDITION.fullmatch(edition):
            first = len(found)
            block = self._block(_key(page, session, edition, first // BLOCK))
            found |= {first + place: _decode(one) for place, one in enumerate(block, 1)}
            if len(block) < BLOCK:
                break
        return found

    def _block(self, key: str) -> list[Any]:
        kept = self._store.get(key)
        if kept is None:
            return []
        further = (self._store.get(_piece(key, n)) or {} for n in range(1, int(kept[_PIECES])))
        sealed = kept[SEALED] + "".join(one.get(SEALED, "") for one in further)
        content = self._sealed.open(key, sealed)
        documents: list[Any] = [] if content is None else json.loads(zlib.decompress(content))
        return documents


def _key(page: str, session: str, edition: str, block: int) -> str:
    named = "\0".join((page, session, edition)).encode()
    return f"shown#{hashlib.sha256(named).hexdigest()}#{block}"


def _piece(key: str, number: int) -> str:
    return f"{key}#{number}" if number else key


def _encode(entry: DocumentEntry) -> list[Any]:
    return [
        _texts_of(entry),
        [_of_code(getattr(entry, name)) for name in _CODE],
        [[_of_code(one) for one in getattr(entry, name)] for name in _CODES],
        [[one.value, one.authority, one.kind] for one in entry.reference_ids],
    ]


def _of_code(code: Code | None) -> list[str] | None:
    return None if code is None else [code.code, code.system, code.display]


def _decode(kept: list[Any]) -> DocumentEntry:
    texts, single, several, references = kept
    # A record of the release before has no ``given_at``, its last text.
    facts: dict[str, Any] = dict(zip(_TEXTS, texts, strict=False))
    facts |= {name: tuple(facts[name]) for name in _TUPLES}
    facts |= {
        name: None if code is None else Code(*code)
        # A record of the release before has two more codes between these two.
        for name, code in zip(_CODE, (single[0], single[-1]), strict=True)
    }
    facts |= {
        name: tuple(Code(*code) for code in codes)
        for name, codes in zip(_CODES, several, strict=True)
    }
    return DocumentEntry(**facts, reference_ids=tuple(ReferenceId(*one) for one in references))
