"""functions.drimbox.agents.packs: an import on its way, told by its index."""

from __future__ import annotations

from io import BytesIO

import pytest

from functions.drimbox.agents.packs import URL_SECONDS, Packed, ask_of, erase, lay
from functions.drimbox.errors import Absent
from functions.drimbox.oid import Uid
from tests.drimbox.images.samples import MemoryStore

KEY = "readings/s/p/e/outgoing/1"
STUDY = Uid("1.2.1")
OBJECTS = [Packed(Uid("1.2.1.1"), 3, "0a"), Packed(Uid("1.2.1.2"), 4, "0b")]


def test_a_pack_is_told_with_a_signed_address_until_it_is_erased() -> None:
    store = MemoryStore()
    lay(store, KEY, STUDY, OBJECTS, BytesIO(b"onetwo!"))
    assert store.written == [KEY, f"{KEY}.json"], "the index comes last"
    told = ask_of(store, {"pack": KEY})
    assert told == {
        "study_instance_uid": STUDY,
        "objects": [
            {"sop_instance_uid": one.sop_instance_uid, "size": one.size, "sha256": one.sha256}
            for one in OBJECTS
        ],
        "url": store.signed_url(KEY, content_type="application/octet-stream", seconds=URL_SECONDS),
    }
    lay(store, f"{KEY[:-1]}2", STUDY, OBJECTS, BytesIO(b"other"))
    erase(store, KEY)
    with pytest.raises(Absent):
        ask_of(store, {"pack": KEY})
    assert len(store.objects) == 2


def test_a_pack_without_its_index_is_not_told() -> None:
    store = MemoryStore(broken={".json": RuntimeError("killed")})
    with pytest.raises(RuntimeError):
        lay(store, KEY, STUDY, OBJECTS, BytesIO(b"onetwo!"))
    with pytest.raises(Absent):
        ask_of(store, {"pack": KEY})
