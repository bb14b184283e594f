"""The sign-in page, and the page of each refusal."""

from __future__ import annotations

from typing import Any, Final

import pytest
from lxml import html

from functions.drimbox.pages.kit.layout import Layout
from functions.drimbox.pages.operations.area import OPERATIONS
from functions.drimbox.pages.operations.sign_in_page import (
    refusal_page,
    sign_in_page,
    stranger_page,
)
from functions.drimbox.wording.text import LANGUAGES, Language

OWN: Final = "/v1/tenants/site/operations"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 413, 500, 503])
def test_every_refusal_is_a_page(status: int, language: Language) -> None:
    document: Any = html.fromstring(
        refusal_page(Layout(OPERATIONS, "site", "", language), status, "a_code").decode()
    )
    assert "a_code" in document.text_content()
    assert document.xpath("//main//p[@role='alert']")
    [link] = document.xpath("//main//a/@href")
    assert link == (f"{OWN}/sign-in" if status == 401 else OWN)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("signed_out", [True, False])
def test_the_sign_in_page_leads_to_the_provider(language: Language, signed_out: bool) -> None:
    layout = Layout(OPERATIONS, "site", "", language)
    document: Any = html.fromstring(sign_in_page(layout, signed_out=signed_out).decode())
    again = "?again=1" if signed_out else ""
    assert document.xpath("//main//a/@href") == [f"{OWN}/sign-in{again}"]
    assert len(document.xpath("//main//p[@role='status']")) == signed_out
    assert document.xpath("//form | //header//span") == []


def test_the_sign_in_leads_back_to_the_wanted_page() -> None:
    layout = Layout(OPERATIONS, "site", "", "fr")
    document: Any = html.fromstring(sign_in_page(layout, wanted="/publications/m1").decode())
    assert document.xpath("//main//a/@href") == [f"{OWN}/sign-in?page=%2Fpublications%2Fm1"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_stranger_is_told_as_whom_he_is_signed_in(language: Language) -> None:
    layout = Layout(OPERATIONS, "site", "", language)
    body = stranger_page(
        layout, account="<b>Camille", subject="stranger-1", wanted="/publications/m1"
    )
    document: Any = html.fromstring(body.decode())
    assert document.xpath("//table//td/text()") == ["<b>Camille"]
    assert document.xpath("//table//td/code/text()") == ["stranger-1"]
    [link] = document.xpath("//main//a")
    assert link.get("href") == f"{OWN}/sign-in?page=%2Fpublications%2Fm1&again=1"
    unnamed: Any = html.fromstring(stranger_page(layout, account="", subject="s").decode())
    assert len(unnamed.xpath("//table//tr")) == 1, "the identifier alone"
    assert unnamed.xpath("//main//a/@href") == [f"{OWN}/sign-in?again=1"]
