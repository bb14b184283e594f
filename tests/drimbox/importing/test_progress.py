"""functions.drimbox.importing.progress: the state of an import, written and read."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import BytesIO

import pytest

from functions.drimbox.errors import StorageUnavailable
from functions.drimbox.importing.outgoing import Stored
from functions.drimbox.importing.progress import Progress, Stage, read, write
from functions.drimbox.oid import Uid
from tests.drimbox.images.samples import MemoryStore

AT = datetime(2026, 11, 29, 14, 0, tzinfo=UTC)
ONE, TWO, THREE = Uid("1.2.1"), Uid("1.2.2"), Uid("1.2.3")
WHOLE = Progress(2, Stage.PARTIAL, AT, 3, 1, {ONE: 0xB000, TWO: 0}, {THREE: 0xA700}, "x")


def test_it_is_read_back() -> None:
    store = MemoryStore()
    assert read(store, "k") is None
    write(store, "k", WHOLE)
    assert read(store, "k") == WHOLE


@pytest.mark.parametrize("data", [b"{", b"[]", b'{"format":1}', b'{"format":1,"stage":"?","at":1}'])
def test_a_form_that_nobody_wrote(data: bytes) -> None:
    store = MemoryStore()
    store.put("k", BytesIO(data), "")
    with pytest.raises(StorageUnavailable):
        read(store, "k")
    store.put("k", BytesIO(b'{"format":9}'), "")
    assert read(store, "k") is None


def test_outcomes_are_added_up() -> None:
    begun = Progress(1, Stage.WAITING, AT)
    now = begun.noted({ONE: Stored(0xA700), TWO: Stored(None, 0xB000)}, AT)
    assert (now.stage, now.failed, now.stored) == (Stage.SENDING, {ONE: 0xA700}, {TWO: 0xB000})
    now = now.noted({ONE: Stored(None, 0xB000)}, AT)
    assert (now.failed, now.warned) == ({}, {0xB000: 2})
    assert WHOLE.warned == {0xB000: 1}


def test_an_execution_that_is_silent_was_interrupted() -> None:
    patience = timedelta(minutes=2)
    begun = Progress(1, Stage.SENDING, AT)
    assert not begun.is_interrupted(AT + patience, patience)
    assert begun.is_interrupted(AT + patience * 2, patience)
    assert not replace(begun, stage=Stage.DONE).is_interrupted(AT + patience * 2, patience)
