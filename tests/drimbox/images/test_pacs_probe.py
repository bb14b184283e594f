"""The question of the national probes to a PACS."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest

from functions.drimbox.images.pacs_probe import pacs_answers


def asked(answer: Callable[[httpx.Request], httpx.Response]) -> bool:
    with httpx.Client(transport=httpx.MockTransport(answer)) as client:
        return pacs_answers(client, "https://pacs.example/dicom-web")


@pytest.mark.parametrize(
    ("status", "well"), [(200, True), (204, True), (401, False), (404, False), (500, False)]
)
def test_a_pacs_is_well_when_it_answers_a_search(status: int, well: bool) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        assert request.url.path == "/dicom-web/studies"
        assert dict(request.url.params) == {"StudyInstanceUID": "2.25.0", "limit": "1"}
        assert request.extensions["timeout"]["read"] == 0.2
        return httpx.Response(status)

    assert asked(answer) is well


def test_a_pacs_that_is_dead_does_not_answer() -> None:
    def dead(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectTimeout("late", request=request)

    assert not asked(dead)
