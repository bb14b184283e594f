"""A sealed record opens at its own place, for its own purpose, and ends with its session."""

from __future__ import annotations

import secrets
from datetime import timedelta

from functions.drimbox.consultation.sealed_store import BOUND, SEALED, SealedStore
from functions.drimbox.identity.sealing import Seal
from tests.drimbox.peers.scenes import AT
from tests.fakes.memory import MemoryContexts, VirtualClock


def sealed(store: MemoryContexts, purpose: str = "views") -> SealedStore:
    seal = Seal(b"s" * 32, "demo", purpose)
    return SealedStore(store, VirtualClock(AT), lambda: secrets.token_urlsafe(32), seal)


def test_a_record_comes_back_and_ends_with_its_session_or_before() -> None:
    store = MemoryContexts()
    records = sealed(store)
    assert records.get("k") is None
    records.put("k", b"canary")
    assert records.get("k") == b"canary"
    assert store.ends == {"k": AT + BOUND}
    records.put("k", b"other", timedelta(minutes=1))
    assert (records.get("k"), store.ends) == (b"other", {"k": AT + timedelta(minutes=1)})
    assert "canary" not in repr(store.records) + repr(records)


def test_a_record_opens_nowhere_else() -> None:
    store = MemoryContexts()
    records = sealed(store)
    records.put("k", b"canary")
    store.records["moved"] = store.records["k"]
    store.records["empty"] = {}
    store.records["spoilt"] = {SEALED: "x"}
    assert [records.get(one) for one in ("moved", "empty", "spoilt")] == [None] * 3
    assert sealed(store, "contexts").get("k") is None
    text = records.close("here", b"text")
    assert (records.open("here", text), records.open("there", text)) == (b"text", None)
    assert records.close("here", b"text") != text
