"""The form for a message to check: it offers the declared senders, and posts to its own page."""

from __future__ import annotations

from typing import Any

import pytest
from lxml import html

from functions.drimbox.pages.check.paste_page import paste_page
from functions.drimbox.pages.kit.layout import Layout, Visitor
from functions.drimbox.pages.operations.area import OPERATIONS
from functions.drimbox.wording.text import LANGUAGES, Language
from tests.fakes.world import TENANT


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_form_offers_the_declared_senders(language: Language) -> None:
    layout = Layout(OPERATIONS, "site", "Site", language, Visitor("Camille", "token"), "/check")
    document: Any = html.fromstring(paste_page(layout, TENANT).decode())
    form, call = document.xpath("//main//form")
    assert form.get("action") == "/v1/tenants/site/operations/check"
    assert form.xpath("./input/@value") == ["token", "check"]
    assert form.xpath(".//option/@value") == [
        f"{one.application}|{one.facility}" for one in TENANT.senders
    ]
    assert [one.get("name") for one in form.xpath(".//textarea")] == ["message"]
    assert call.get("action") == "/v1/tenants/site/operations/check/context"
    assert call.xpath("./input/@value") == ["token", "check"]
    assert call.xpath("./div/input/@value") == ["application/x-www-form-urlencoded"]
    assert call.xpath(".//textarea/@name") == ["call"]
