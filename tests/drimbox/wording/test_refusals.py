"""functions.drimbox.wording.refusals: every page of a refusal has the title of a status."""

from __future__ import annotations

from functions.drimbox.wording.refusals import GATEWAY_PAGES, GATEWAY_TITLES, PAGES, TITLES


def test_every_page_is_of_a_status_with_a_title() -> None:
    assert set(PAGES) <= set(TITLES)
    assert not set(TITLES) & set(GATEWAY_TITLES)
    assert set(GATEWAY_TITLES) <= set(GATEWAY_PAGES) <= set(TITLES) | set(GATEWAY_TITLES)
