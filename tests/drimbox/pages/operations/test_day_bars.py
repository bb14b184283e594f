"""A bar for each day: its height tells its figures, its words tell them too."""

from __future__ import annotations

from typing import Any, Final

from lxml import html

from functions.drimbox.pages.kit.layout import Layout
from functions.drimbox.pages.operations.area import OPERATIONS
from functions.drimbox.pages.operations.day_bars import day_bars

LAYOUT: Final = Layout(OPERATIONS, "site", "Site", "fr")


def bars(*days: tuple[int, int]) -> Any:
    told = [
        {"day": str(at), "published": published, "held": held}
        for at, (published, held) in enumerate(days)
    ]
    return day_bars(LAYOUT, told, lambda text: f"jour {text}")


def test_where_no_day_has_a_figure_there_is_no_picture() -> None:
    assert bars((0, 0)) == ""
    assert bars() == ""


def test_each_day_has_a_bar_and_its_words() -> None:
    picture: Any = html.fromstring(bars((3, 1), (0, 0), (1, 2)))
    days = picture.xpath("//g")
    assert [day.xpath("./title/text()") for day in days] == [
        ["jour 0 · 3 publiés, 1 retenu"],
        ["jour 1 · 0 publié, 0 retenu"],
        ["jour 2 · 1 publié, 2 retenus"],
    ]
    first = [(one.get("class"), one.get("y"), one.get("height")) for one in days[0].xpath("./rect")]
    assert first == [("published", "25.00", "75.00"), ("held", "0.00", "25.00")]
    assert days[1].xpath("./rect") == []
    assert picture.xpath("//div[@class='ends']/span/text()") == ["jour 0", "jour 2"]
    assert "Au plus par jour : 4" in picture.text_content()
    assert not picture.xpath("//@style")


def test_one_day_alone_is_named_once() -> None:
    picture: Any = html.fromstring(bars((1, 0)))
    assert picture.xpath("//div[@class='ends']/span") == []
