"""The DMP's words of a session on a patient: for all pages of both, and for nobody else."""

from __future__ import annotations

from functions.drimbox.consultation.sealed_store import SealedStore
from functions.drimbox.identity.ins import Ins
from functions.drimbox.identity.sealing import Seal
from functions.drimbox.oid import Oid
from functions.drimbox.outside.record_notes import RecordNotes
from functions.drimbox.outside.record_told import RecordTold
from tests.drimbox.consultation.readers import CALL
from tests.drimbox.outside.archives import NOW
from tests.fakes.memory import MemoryContexts, VirtualClock

TOLD = RecordTold().after_failure("dmp_refused", NOW)


def test_the_words_bind_the_session_and_the_patient() -> None:
    store = MemoryContexts()
    notes = RecordNotes(
        SealedStore(store, VirtualClock(NOW), lambda: "n" * 43, Seal(b"k", "demo", "record"))
    )
    assert notes.get("s", CALL.ins) == RecordTold()
    notes.put("s", CALL.ins, TOLD)
    assert notes.get("s", CALL.ins) == TOLD
    kind = "1.2.250.1.213.1.4.11"
    assert CALL.ins.oid != kind
    other = Ins(CALL.ins.value, Oid(kind))
    assert notes.get("t", CALL.ins) == notes.get("s", other) == RecordTold()
    (key,) = store.records
    assert CALL.ins.value not in key + str(store.records)
