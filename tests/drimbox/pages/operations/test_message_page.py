"""The page of a message as it came: texts, never markup."""

from __future__ import annotations

from typing import Any

import pytest
from lxml import html

from functions.drimbox.pages.kit.layout import Layout, Visitor
from functions.drimbox.pages.operations.area import OPERATIONS
from functions.drimbox.pages.operations.message_page import message_page
from functions.drimbox.wording.text import LANGUAGES, Language

HL7 = {"text": "MSH|^~\\&|<b>\nPID|1", "complete": True}
CDA = {"text": "<ClinicalDocument/>", "complete": False}


def page(document: dict[str, Any] | None, language: Language = "fr") -> Any:
    layout = Layout(OPERATIONS, "site", "Site", language, Visitor("Camille", "token"))
    facts = {"id": "0" * 32, "message": HL7, "document": document}
    return html.fromstring(message_page(layout, facts).decode())


@pytest.mark.parametrize("language", LANGUAGES)
def test_both_texts_stand_as_they_came(language: Language) -> None:
    document = page(CDA, language)
    assert document.xpath("//pre/text()") == [HL7["text"], CDA["text"]]
    [cut] = document.xpath("//p[@role='status']")
    assert cut.getparent().xpath("./pre/text()") == [CDA["text"]], "the one that is cut says so"
    assert f"/v1/tenants/site/operations/publications/{'0' * 32}" in document.xpath("//a/@href")


def test_a_message_without_a_document_is_shown_alone() -> None:
    assert page(None).xpath("//pre/text()") == [HL7["text"]]
