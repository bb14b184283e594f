"""The layout takes what belongs to an area from the area alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

import pytest
from lxml import html

from functions.drimbox.pages.kit.html import tag
from functions.drimbox.pages.kit.layout import Layout, Visitor
from functions.drimbox.pages.kit.times import moment
from functions.drimbox.wording.text import LANGUAGES, Language
from tests.drimbox.pages.kit.samples import LIBRARY

OWN: Final = "/v1/tenants/north/books"


def document(layout: Layout) -> Any:
    return html.fromstring(layout.document("T", tag("p", "content")).decode())


@pytest.mark.parametrize("language", LANGUAGES)
def test_links_forms_and_names_are_the_area_s(language: Language) -> None:
    found = document(Layout(LIBRARY, "north", "North", language, Visitor("Dr A", "abc"), "/loans"))
    assert found.xpath("string(//title)") == f"T · {LIBRARY.product.in_language(language)}"
    pages = found.xpath("//nav[@class='pages']/a")
    assert [(one.get("href"), one.text) for one in pages] == [
        (OWN + rest, name.in_language(language)) for rest, name in LIBRARY.navigation.items()
    ]
    assert [one.get("aria-current") for one in pages] == [None, "page"]
    [form] = found.xpath("//form")
    assert form.get("action") == f"{OWN}/session"
    assert form.xpath("./input/@value") == ["abc", "sign_out"]
    assert "Dr A" in found.xpath("string(//header)")
    assert all(link.startswith((OWN, "#")) for link in found.xpath("//@href"))


def test_the_switch_of_language_stays_on_the_page_with_its_query() -> None:
    layout = Layout(LIBRARY, "north", "", "fr", here="/loans", query={"state": "late"})
    assert f"{OWN}/loans?state=late&lang=en" in document(layout).xpath("//header//a/@href")
    first = Layout(LIBRARY, "north", "", "en")
    assert f"{OWN}?lang=fr" in document(first).xpath("//header//a/@href")


def test_nobody_sees_neither_navigation_nor_sign_out() -> None:
    found = document(Layout(LIBRARY, "north", "", "fr"))
    assert found.xpath("//nav[@class='pages'] | //form | //header//span") == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_page_that_shows_a_time_names_its_zone_once(language: Language) -> None:
    zone = ZoneInfo("Indian/Reunion")
    at = moment(datetime(2026, 11, 24, 9, tzinfo=UTC), zone, language)
    told = "Heures du site" if language == "fr" else "Times of the site"
    layout = Layout(LIBRARY, "north", "North", language, Visitor("Dr A", "abc"), zone=zone)
    for parts in ({"content": at}, {"banner": at}, {"alert": at}, {"content": at, "alert": at}):
        made = replace(layout, alert=tag("p", parts.get("alert", "")))
        page: Any = html.fromstring(
            made.document("T", parts.get("content", ""), banner=parts.get("banner", "")).decode()
        )
        [line] = page.xpath("//p[@class='zone']")
        assert line.text_content().startswith(told)
        assert line.text_content().endswith("Indian/Reunion")
    # Neither without a time, whatever a text says, nor on the pages of an area without a zone.
    assert document(layout).xpath("//p[@class='zone']") == []
    odd: Any = html.fromstring(layout.document("T", tag("p", "<time >")).decode())
    assert odd.xpath("//p[@class='zone']") == []
    bare: Any = html.fromstring(replace(layout, zone=None).document("T", at).decode())
    assert bare.xpath("//p[@class='zone']") == []


def test_a_path_leaves_out_what_is_empty() -> None:
    layout = Layout(LIBRARY, "north", "", "fr")
    assert layout.path("/loans", state="", name="a b") == f"{OWN}/loans?name=a+b"
    assert layout.path() == OWN
    assert layout.form("/loans", "renew").count('value=""') == 1
