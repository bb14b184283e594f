"""A listing is read to its end, and is whole only when something says so."""

from __future__ import annotations

from typing import Any, cast

import pytest

from functions.drimbox.errors import Held, PacsAnswerUnusable
from functions.drimbox.images import listing as module
from functions.drimbox.images.listing import Query, distinct, list_all
from functions.drimbox.images.wado_client import DataSets, WadoClient
from functions.drimbox.oid import Uid

KEY, STUDY = "00080018", "0020000D"
QUERY = Query("/x", ("00080016",), KEY, {STUDY: Uid("1.2")})


def one(number: int, **more: Any) -> dict[str, Any]:
    return {KEY: {"vr": "UI", "Value": [f"1.2.{number}"]}, **more}


class Pages:
    """A server that gives these pages in turn, then none; ``more`` are the pages with a warning."""

    def __init__(self, *pages: list[dict[str, Any]], more: tuple[int, ...] = ()) -> None:
        self.pages, self.more = pages, more
        self.offsets: list[str] = []

    def data_sets(self, path: str, parameters: dict[str, Any]) -> DataSets:
        number = len(self.offsets)
        self.offsets.append(parameters.get("offset", "0"))
        found = list(self.pages[number]) if number < len(self.pages) else []
        return DataSets(cast("Any", found), number in self.more)


def listed(pages: Pages, announced: int | None = None) -> tuple[list[str], bool]:
    found, proved = list_all(cast("WadoClient", pages), QUERY, announced)
    return list(found), proved


A, B, C = one(1), one(2), one(3)


@pytest.mark.parametrize(
    ("pages", "announced", "proved", "asked"),
    [
        (Pages([A, B, C]), 3, True, ["0"]),
        (Pages([A, B, C]), None, True, ["0", "3"]),
        (Pages([A, B], [C]), None, True, ["0", "2", "3"]),
        (Pages([A, B], [C]), 3, True, ["0", "2"]),
        (Pages([A, B, C], [A, B, C]), None, False, ["0", "3"]),
        (Pages([A, A, B, C]), 3, True, ["0"]),
        (Pages([A, B], [C], more=(0,)), None, True, ["0", "2", "3"]),
        (Pages([A, B], [C], more=(0,)), 3, True, ["0", "2"]),
    ],
)
def test_pages_are_read_to_the_end(
    pages: Pages, announced: int | None, proved: bool, asked: list[str]
) -> None:
    assert listed(pages, announced) == (["1.2.1", "1.2.2", "1.2.3"], proved)
    assert pages.offsets == asked


def test_a_page_that_repeats_a_part_proves_nothing() -> None:
    assert listed(Pages([A, B], [B])) == (["1.2.1", "1.2.2"], False)


def test_that_there_is_none_must_have_been_announced() -> None:
    assert listed(Pages()) == ([], False)
    assert listed(Pages(), 0) == ([], True)


@pytest.mark.parametrize(
    ("pages", "announced"),
    [
        (Pages([A, B]), 3),
        (Pages([A, B, C]), 2),
        (Pages([A], [B, C]), 2),
        (Pages([A]), 0),
        (Pages(), 1),
        (Pages([A, B], [A, B]), 3),
        (Pages([A, B], [B, C]), None),
        (Pages([A, B], [B, C]), 3),
        (Pages([A, B], [A, one(2, x=1)]), None),
        (Pages([A, one(1, x=1)]), None),
        (Pages([A, B], more=(0, 1)), None),
        (Pages([A, B], more=(0,)), None),
        (Pages([A, B], more=(0,)), 2),
        (Pages([A, B], [A, B], more=(0,)), 2),
        (Pages([A, B], [A, B], more=(0, 1)), 2),
        (Pages(more=(0,)), None),
        (Pages(more=(0,)), 0),
    ],
)
def test_a_listing_that_is_not_whole_or_changes_is_not_used(
    pages: Pages, announced: int | None
) -> None:
    with pytest.raises(PacsAnswerUnusable):
        listed(pages, announced)


def test_answers_about_another_study_are_not_used() -> None:
    ours = one(1, **{STUDY: {"vr": "UI", "Value": ["1.2"]}})
    theirs = one(2, **{STUDY: {"vr": "UI", "Value": ["1.3"]}})
    assert list(distinct([ours, B], QUERY)) == ["1.2.1", "1.2.2"]
    with pytest.raises(PacsAnswerUnusable, match="another study"):
        listed(Pages([ours, theirs]))


def test_the_length_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_LISTED", 1)
    with pytest.raises(Held, match="study_too_large"):
        listed(Pages([A, B]))
