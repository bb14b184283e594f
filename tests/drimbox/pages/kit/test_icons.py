"""The icons: drawn once, used by name."""

from __future__ import annotations

from typing import Any

from lxml import html

from functions.drimbox.pages.kit.html import tag
from functions.drimbox.pages.kit.icons import drawings, icon


def test_an_icon_uses_a_drawing_of_the_page_and_is_silent() -> None:
    page: Any = html.fromstring(tag("div", drawings(), icon("report"), icon("compare")))
    drawn = {f"#{name}" for name in page.xpath("//symbol/@id")}
    assert set(page.xpath("//use/@href")) == drawn
    assert page.xpath("//svg/@aria-hidden") == ["true"] * 3
