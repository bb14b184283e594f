"""The white list as operators see it."""

from __future__ import annotations

import json
from dataclasses import replace

from functions.drimbox.peers.kept import MAX_AGE, Refusal
from functions.drimbox.peers.status import describe, list_status
from tests.drimbox.consultation.source_scenes import white_list
from tests.drimbox.peers.scenes import AT, HOUR
from tests.fakes.memory import MemoryWhiteLists

SIGNER = ("Liste Blanche DRIM-M", "318751275100020")


def test_before_the_first_list_there_is_none() -> None:
    status = list_status(MemoryWhiteLists(), SIGNER, AT)
    assert (status.kept, status.holds, status.hosts) == (None, False, 0)
    told = describe(status, AT)
    assert told["signer"] == {"name": SIGNER[0], "unit": SIGNER[1]}
    assert [told[one] for one in ("generated_at", "verified_at", "age_seconds")] == [None] * 3
    assert told["last_refusal"] is None


def test_a_list_is_told_with_its_age_and_the_last_refusal() -> None:
    store = MemoryWhiteLists(white_list("db1.example", "db2.example"))
    store.refuse(Refusal("white_list_altered", AT))
    told = describe(list_status(store, SIGNER, AT + HOUR), AT + HOUR)
    assert json.loads(json.dumps(told)) == {
        "holds": True,
        "generated_at": AT.isoformat(),
        "signed_at": AT.isoformat(),
        "verified_at": AT.isoformat(),
        "age_seconds": 3600,
        "signer": {"name": SIGNER[0], "unit": SIGNER[1]},
        "hosts": 2,
        "left_aside": 0,
        "last_refusal": {"code": "white_list_altered", "at": AT.isoformat()},
    }


def test_a_list_that_is_too_old_holds_no_more_and_is_still_told() -> None:
    at = AT + MAX_AGE + HOUR
    status = list_status(MemoryWhiteLists(white_list("db1.example")), SIGNER, at)
    assert (status.holds, status.hosts) == (False, 1)


def test_a_kept_list_that_cannot_be_read_holds_no_more_and_its_dates_are_told() -> None:
    spoilt = replace(white_list("db1.example"), content=b"<not")
    status = list_status(MemoryWhiteLists(spoilt), SIGNER, AT)
    assert (status.holds, status.hosts, status.left_aside) == (False, 0, 0)
    assert describe(status, AT)["verified_at"] == AT.isoformat()
