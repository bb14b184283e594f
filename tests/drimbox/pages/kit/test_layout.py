"""The layout takes what belongs to an area from the area alone."""

from __future__ import annotations

from typing import Any, Final

import pytest
from lxml import html

from functions.drimbox.pages.kit.html import tag
from functions.drimbox.pages.kit.layout import Layout, Visitor
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


def test_a_path_leaves_out_what_is_empty() -> None:
    layout = Layout(LIBRARY, "north", "", "fr")
    assert layout.path("/loans", state="", name="a b") == f"{OWN}/loans?name=a+b"
    assert layout.path() == OWN
    assert layout.form("/loans", "renew").count('value=""') == 1
