"""The way into a search of the PACS stands beside each held study."""

from __future__ import annotations

from lxml import html

from functions.drimbox.pages.kit.layout import Layout, Visitor
from functions.drimbox.pages.operations.area import OPERATIONS
from functions.drimbox.pages.operations.pacs_search_start import pacs_search_start

LAYOUT = Layout(OPERATIONS, "site", "Site", "fr", Visitor("Camille", "token"))


def test_a_form_for_each_held_study_names_the_study_alone() -> None:
    box = html.fragment_fromstring(pacs_search_start(LAYOUT, "0" * 32, ["1.2", "1.3"]))
    forms = box.xpath(".//form")
    assert [one.xpath(".//input[@name='study']/@value") for one in forms] == [["1.2"], ["1.3"]]
    for form in forms:
        assert form.get("action").endswith(f"/publications/{'0' * 32}/pacs")
        assert form.xpath(".//input/@name") == ["token", "verb", "study"]


def test_nothing_held_offers_nothing() -> None:
    assert pacs_search_start(LAYOUT, "0" * 32, []) == ""
