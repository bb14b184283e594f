"""One study of a tenant's PACS, told to the function that compares."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from functions.aws.relayed_pacs import RelayedPacs
from functions.drimbox.errors import PacsUnavailable, StorageUnavailable
from functions.find_study.handler import handler as find_study
from tests.handlers.conftest import CONTEXT, ENVIRONMENT, event
from tests.handlers.journey import STUDY, Journey


def ask(tenant: str = "demo", study: Any = STUDY) -> object:
    return RelayedPacs(ENVIRONMENT["FIND_STUDY_FUNCTION"], tenant).find_study(study)


def test_a_study_is_told_whole(journey: Journey) -> None:
    journey.archive_study(3)
    found = ask()
    assert found is not None
    assert [len(one.instances) for one in found.series] == [3]  # type: ignore[attr-defined]
    assert find_study(event("find_study/study"), CONTEXT) == {"outcome": "absent"}


def test_a_pacs_that_is_away_is_told_as_that(journey: Journey) -> None:
    journey.outside.hosts["pacs.example"] = lambda _: httpx.Response(503)
    with pytest.raises(PacsUnavailable):
        ask()


def test_an_unknown_tenant_is_no_answer(journey: Journey) -> None:
    with pytest.raises(StorageUnavailable):
        ask("nobody")
    with pytest.raises(StorageUnavailable):
        ask(study="none")
