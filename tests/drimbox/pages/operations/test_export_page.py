"""The page of an export that is too large for an answer: its size and its address."""

from __future__ import annotations

from typing import Any

import pytest
from lxml import html

from functions.drimbox.pages.kit.layout import Layout, Visitor
from functions.drimbox.pages.operations.area import OPERATIONS
from functions.drimbox.pages.operations.export_page import export_page
from functions.drimbox.wording.text import LANGUAGES, Language

ADDRESS = "https://bucket.example/key?a=1&b=2"
SIZES = {"fr": "9\xa0Mo", "en": "9 MB"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_file_is_offered_with_its_size(language: Language) -> None:
    layout = Layout(OPERATIONS, "site", "Site", language, Visitor("Camille", "token"))
    made = export_page(layout, "0" * 32, address=ADDRESS, size=8_400_001, minutes=10)
    document: Any = html.fromstring(made.decode())
    [link] = document.xpath(f"//a[@href='{ADDRESS}']")
    assert SIZES[language] in link.text_content()
    assert "10 minutes" in document.text_content()
    assert f"/v1/tenants/site/operations/publications/{'0' * 32}" in document.xpath("//a/@href")
