"""The DMP's last words on a patient's record, kept for one session: all of its pages obey them."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from functions.drimbox.outside import record_told
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from functions.drimbox.consultation.sealed_store import SealedStore
    from functions.drimbox.identity.ins import Ins
    from functions.drimbox.outside.record_told import RecordTold


@frozen
class RecordNotes:
    """The notes of one tenant; raises StorageUnavailable.

    A note is of a session (its cookie's value) and a patient, not of a page: another page of the
    same patient forgets no refusal. Its key is a hash of both, its text is sealed.
    """

    sealed: SealedStore

    def get(self, session: str, ins: Ins) -> RecordTold:
        """The DMP's words so far; nothing heard where none are kept."""
        content = self.sealed.get(_key(session, ins))
        return record_told.read("" if content is None else content.decode())

    def put(self, session: str, ins: Ins, told: RecordTold) -> None:
        """Keep these words in the place of the former ones."""
        self.sealed.put(_key(session, ins), record_told.write(told).encode())


def _key(session: str, ins: Ins) -> str:
    named = "\0".join((session, ins.oid, ins.value)).encode()
    return f"record#{hashlib.sha256(named).hexdigest()}"
