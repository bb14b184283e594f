"""functions.drimbox.reconciliation.relayed: the same is returned and raised on both sides."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest

from functions.drimbox.errors import (
    DrimboxError,
    Held,
    PacsAnswerUnusable,
    PacsUnavailable,
    StorageUnavailable,
)
from functions.drimbox.oid import Uid
from functions.drimbox.reconciliation import relayed as between
from functions.drimbox.reconciliation.relayed import heard, told
from tests.fakes.world import study_index

STUDY = Uid("1.2.3")
INDEX = study_index(STUDY, accession="ACN1")


def pacs(finds: Any) -> Any:
    def find_study(study: str) -> Any:
        assert study == STUDY
        if isinstance(finds, Exception):
            raise finds
        return finds

    return SimpleNamespace(find_study=find_study)


def relayed(finds: Any) -> Any:
    return heard(json.loads(json.dumps(told(pacs(finds), STUDY))))


def test_an_index_comes_whole() -> None:
    assert relayed(INDEX) == INDEX
    assert relayed(None) is None


@pytest.mark.parametrize(
    "error",
    [
        PacsUnavailable("", retry_after=("120", "x")),
        PacsUnavailable(""),
        PacsAnswerUnusable("", failed=True),
        PacsAnswerUnusable(""),
        Held("pacs_access_unusable"),
    ],
)
def test_an_error_comes_with_all_that_decides(error: DrimboxError) -> None:
    with pytest.raises(DrimboxError) as raised:
        relayed(error)
    assert type(raised.value) is type(error)
    assert raised.value.code == error.code
    for name in ("retry_after", "failed"):
        assert getattr(raised.value, name, None) == getattr(error, name, None)


def test_an_index_that_no_answer_holds_is_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    """A function answers 6 MB at most (Lambda): a longer answer would be no answer for ever."""
    monkeypatch.setattr(between, "_MOST", len(told(pacs(INDEX), STUDY)["index"]))
    assert relayed(INDEX) == INDEX
    monkeypatch.setattr(between, "_MOST", between._MOST - 1)
    with pytest.raises(Held) as held:
        relayed(INDEX)
    assert held.value.code == "study_too_large"


def test_another_error_is_no_answer() -> None:
    with pytest.raises(StorageUnavailable):
        relayed(StorageUnavailable("secret"))
