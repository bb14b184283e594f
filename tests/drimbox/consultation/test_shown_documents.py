"""A page's own list of documents: its numbers and editions; another page finds nothing in it."""

from __future__ import annotations

import dataclasses
import json
import zlib
from datetime import timedelta
from secrets import token_bytes, token_hex
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.aws.sessions import unguessable
from functions.drimbox.consultation.sealed_store import SealedStore
from functions.drimbox.consultation.shown_documents import BLOCK, PIECE, ShownDocuments
from functions.drimbox.dmp import xds
from functions.drimbox.dmp.registry import DocumentEntry, ReferenceId
from functions.drimbox.identity.parties import Code
from functions.drimbox.identity.sealing import Seal
from tests.drimbox.consultation.readers import START, Clock, Store
from tests.drimbox.consultation.shown_reports import ENTRY

PAGE, OTHER = "p" * 43, "o" * 43
SESSION, FOREIGN = "s" * 43, "f" * 43


def shown(store: Store | None = None, secret: bytes = b"secret", tenant: str = "demo") -> Any:
    seal = Seal(secret, tenant, "shown documents")
    return ShownDocuments(store or Store(), Clock(), unguessable, seal)


def entries(count: int) -> list[DocumentEntry]:
    """Documents with as little in common as real ones."""
    return [
        dataclasses.replace(
            ENTRY,
            unique_id=f"2.25.{number}",
            entry_uuid=uuid4().urn,
            sha1=token_hex(20),
            reference_ids=(ReferenceId(f"2.25.{uuid4().int}", "1.2.3", xds.STUDY_INSTANCE_UID),),
            title=token_hex(20),
        )
        for number in range(1, count + 1)
    ]


def test_a_document_comes_back_whole_by_its_number() -> None:
    lists = shown()
    shown_ones = entries(3)
    edition = lists.keep(PAGE, SESSION, shown_ones)
    assert [lists.get(PAGE, SESSION, edition, n) for n in (1, 2, 3)] == shown_ones


@pytest.mark.parametrize("count", [0, 3, BLOCK, BLOCK + 1])
def test_a_whole_list_is_read_in_its_own_page_and_session(count: int) -> None:
    lists, shown_ones = shown(), entries(count)
    edition = lists.keep(PAGE, SESSION, shown_ones)
    assert lists.whole(PAGE, SESSION, edition) == dict(enumerate(shown_ones, 1))
    assert lists.whole(OTHER, SESSION, edition) == {}
    assert lists.whole(PAGE, FOREIGN, edition) == {}
    assert lists.whole(PAGE, SESSION, "no edition") == {}


@pytest.mark.parametrize("number", [0, -1, 4, BLOCK, BLOCK + 1, 10**9])
def test_another_number_is_none(number: int) -> None:
    lists = shown()
    edition = lists.keep(PAGE, SESSION, entries(3))
    assert lists.get(PAGE, SESSION, edition, number) is None


def test_another_page_session_or_edition_finds_nothing() -> None:
    lists = shown()
    edition = lists.keep(PAGE, SESSION, entries(1))
    assert lists.get(OTHER, SESSION, edition, 1) is None
    assert lists.get(PAGE, FOREIGN, edition, 1) is None
    for other in ("", edition[:-1], "x" * 11, f"{edition}#", "é" * 11):
        assert lists.get(PAGE, SESSION, other, 1) is None


def test_a_number_of_an_older_list_keeps_its_meaning() -> None:
    lists = shown()
    older = lists.keep(PAGE, SESSION, entries(2))
    newer = lists.keep(PAGE, SESSION, entries(2)[::-1])
    assert lists.get(PAGE, SESSION, older, 1).unique_id == "2.25.1"
    assert lists.get(PAGE, SESSION, newer, 1).unique_id == "2.25.2"


def test_two_thousand_documents_fit_and_are_read_one_block_at_a_time() -> None:
    store = Store()
    lists = shown(store)
    edition = lists.keep(PAGE, SESSION, entries(2000))
    assert len(store.kept) == 2000 // BLOCK
    # An item of DynamoDB holds 400 kB.
    assert max(len(kept["sealed"]) for kept in store.kept.values()) < 100_000
    for number in (1, BLOCK, BLOCK + 1, 2000):
        assert lists.get(PAGE, SESSION, edition, number).unique_id == f"2.25.{number}"
    assert lists.get(PAGE, SESSION, edition, 2001) is None


def test_a_list_of_the_longest_entries_fits_in_records_that_the_store_takes() -> None:
    store = Store()
    lists = shown(store)
    long = [
        dataclasses.replace(one, title="".join(chr(0x10000 + b) for b in token_bytes(16_000)))
        for one in entries(BLOCK + 1)
    ]
    edition = lists.keep(PAGE, SESSION, long)
    assert len(store.kept) > 5
    assert max(len(kept["sealed"]) for kept in store.kept.values()) == PIECE < 400_000 - 1_000
    numbers = (1, BLOCK, BLOCK + 1)
    found = lists.several(PAGE, SESSION, edition, numbers)
    assert found == {number: long[number - 1] for number in numbers}
    # A piece that is lost takes its block with it, and no other one.
    del store.kept[next(key for key in store.kept if key.endswith("#0#3"))]
    assert lists.several(PAGE, SESSION, edition, numbers).keys() == {BLOCK + 1}


def test_an_empty_list_has_an_edition_and_nothing_in_it() -> None:
    store = Store()
    assert shown(store).get(PAGE, SESSION, shown(store).keep(PAGE, SESSION, ()), 1) is None
    assert store.kept == {}


def test_the_store_learns_nothing_and_cannot_move_a_list() -> None:
    store = Store()
    lists = shown(store)
    edition = lists.keep(PAGE, SESSION, entries(1))
    ((key, kept),) = store.kept.items()
    assert "279035121518989" not in str(store.kept)
    for secret in (PAGE, SESSION, edition, ENTRY.entry_uuid):
        assert secret not in key
    store.put(key, {**kept, "sealed": kept["sealed"][:-4] + "AAAA"}, START)
    assert lists.get(PAGE, SESSION, edition, 1) is None
    store.put(key, kept, START)
    assert shown(store, b"other").get(PAGE, SESSION, edition, 1) is None
    assert shown(store, tenant="voisin").get(PAGE, SESSION, edition, 1) is None
    # A record that a writer of the store copied to another page's place does not open there.
    second = lists.keep(OTHER, SESSION, entries(1))
    store.put(next(one for one in store.kept if one != key), kept, START)
    assert lists.get(OTHER, SESSION, second, 1) is None


def test_a_list_is_kept_as_long_as_a_page() -> None:
    ends: list[Any] = []

    class Dated(Store):
        def put(self, key: str, facts: Any, ends_at: Any) -> None:
            ends.append(ends_at)

    shown(Dated()).keep(PAGE, SESSION, entries(1))
    assert ends == [START + timedelta(hours=8)]


def test_a_record_of_the_release_before_is_read() -> None:
    """It has two codes more, which nobody reads."""
    store = Store()
    lists = shown(store)
    shown_ones = entries(2)
    edition = lists.keep(PAGE, SESSION, shown_ones)
    [(key, record)] = store.kept.items()
    seal = SealedStore(store, Clock(), unguessable, Seal(b"secret", "demo", "shown documents"))
    content = seal.open(key, record["sealed"])
    assert content is not None
    documents = json.loads(zlib.decompress(content))
    for _, single, _, _ in documents:
        single[1:1] = [["SA07", "1.2.250.1.71.4.2.4", "Cabinet"], None]
    former = seal.close(key, zlib.compress(json.dumps(documents).encode()))
    store.kept[key] = {**record, "sealed": former}
    assert lists.whole(PAGE, SESSION, edition) == dict(enumerate(shown_ones, 1))


texts = st.text(max_size=20)
codes = st.builds(Code, texts, texts, texts)
FORMS: dict[str, st.SearchStrategy[Any]] = {
    "str": texts,
    "int | None": st.none() | st.integers(0, 10**15),
    "Code | None": st.none() | codes,
    "tuple[Code, ...]": st.lists(codes, max_size=3).map(tuple),
    "tuple[str, ...]": st.lists(texts, max_size=3).map(tuple),
    "tuple[ReferenceId, ...]": st.lists(
        st.builds(ReferenceId, texts, texts, texts), max_size=3
    ).map(tuple),
}


@given(
    st.builds(
        DocumentEntry,
        **{one.name: FORMS[str(one.type)] for one in dataclasses.fields(DocumentEntry)},
    )
)
def test_any_entry_comes_back_as_it_was(entry: DocumentEntry) -> None:
    lists = shown()
    assert lists.get(PAGE, SESSION, lists.keep(PAGE, SESSION, [entry]), 1) == entry
