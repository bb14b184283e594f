"""The facts of a page's sources: sealed, and of one page and one session."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from functions.drimbox.consultation.exam_images import Content
from functions.drimbox.consultation.sealed_store import BOUND
from functions.drimbox.consultation.source_facts import (
    OwnImages,
    Place,
    SourceFacts,
    SourceMemory,
    key_of,
)
from functions.drimbox.identity.sealing import Seal
from functions.drimbox.peers.source_address import SourceAddress
from tests.drimbox.peers.scenes import AT
from tests.fakes.memory import MemoryContexts, VirtualClock

FACTS = SourceFacts(
    {
        "1860000011": Place(SourceAddress("db1.example", 443, "/rs"), AT),
        "canary-establishment": Place(None, AT),
    },
    {"2.25.canary-manifest": Content(3, 2, 612)},
    {"2.25.2": OwnImages(True, AT)},
)


def memory(store: MemoryContexts, page: str = "p", session: str = "s") -> SourceMemory:
    made = iter(("A" * 43, "B" * 43))
    seal = Seal(b"secret", "demo", "sources")
    return SourceMemory(store, VirtualClock(AT), lambda: next(made), seal, key_of(page, session))


def test_the_facts_come_back_and_the_store_learns_nothing() -> None:
    store = MemoryContexts()
    assert memory(store).get() == SourceFacts()
    memory(store).put(FACTS)
    assert memory(store).get() == FACTS
    assert "canary" not in str(store.records)
    assert "canary" not in repr(FACTS)
    assert set(store.ends.values()) == {AT + BOUND}


def test_another_page_or_session_has_none() -> None:
    store = MemoryContexts()
    memory(store).put(FACTS)
    assert memory(store, page="q").get() == SourceFacts()
    assert memory(store, session="t").get() == SourceFacts()
    assert key_of("p", "s", "2026-11-29T13:22:05+00:00") not in store.records
    # Nor does a record that stands elsewhere open.
    store.records[key_of("q", "s")] = store.records[key_of("p", "s")]
    assert memory(store, page="q").get() == SourceFacts()


@given(
    st.dictionaries(st.text(), st.builds(Content, *[st.integers(0, 9999)] * 3)),
    st.dictionaries(st.text(), st.booleans()),
)
def test_any_names_come_back(contents: dict[str, Content], own: dict[str, bool]) -> None:
    store = MemoryContexts()
    images = {name: OwnImages(ready, AT - timedelta(1)) for name, ready in own.items()}
    facts = SourceFacts({}, contents, images)
    memory(store).put(facts)
    assert memory(store).get() == facts
