"""The professionals' sign-in page, and the page of each refusal."""

from __future__ import annotations

from typing import Any, Final

import pytest
from lxml import html

from functions.drimbox.pages.kit.layout import Layout
from functions.drimbox.pages.reading.area import READING
from functions.drimbox.pages.reading.sign_in_page import refusal_page, sign_in_page
from functions.drimbox.wording.text import LANGUAGES, Language

OWN: Final = "/v1/tenants/site/reading"


def read(page: bytes) -> Any:
    return html.fromstring(page.decode())


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 413, 500, 503])
@pytest.mark.parametrize("code", ["identity_unavailable", "no_activity", "a_code"])
def test_every_refusal_is_a_page(status: int, code: str, language: Language) -> None:
    document = read(refusal_page(Layout(READING, "site", "", language), status, code))
    assert code in document.text_content()
    assert document.xpath("//main//p[@role='alert']")
    [link] = document.xpath("//main//a/@href")
    assert link == (f"{OWN}/sign-in" if status in {401, 403} else OWN)


def test_a_refusal_says_its_own_reason_and_what_still_works() -> None:
    layout = Layout(READING, "site", "", "en")
    page = read(refusal_page(layout, 503, "identity_unavailable")).text_content()
    assert "does not answer" in page
    assert "These still work" in page
    page = read(refusal_page(layout, 404, "absent")).text_content()
    assert "open the patient again from your software" in page
    page = read(refusal_page(layout, 403, "no_activity")).text_content()
    assert "no practice situation" in page
    assert "Sign in with a health professional's identity" in page


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("left", "colours"), [("", []), ("x", []), ("left", ["notice good"])])
def test_the_sign_in_page_leads_to_pro_sante_connect(
    language: Language, left: str, colours: list[str]
) -> None:
    document = read(sign_in_page(Layout(READING, "site", "", language), left=left))
    assert document.xpath("//main//a/@href") == [f"{OWN}/sign-in"]
    assert "Pro Santé Connect" in document.xpath("//main//a")[0].text_content()
    assert document.xpath("//main//p[@role='status']/@class") == colours
    assert document.xpath("//form | //header//span | //nav[@class='pages']") == []


def test_a_sign_out_that_was_not_confirmed_is_told() -> None:
    document = read(sign_in_page(Layout(READING, "site", "", "en"), left="left_here"))
    [notice] = document.xpath("//p[@class='notice wait']")
    assert "close the browser" in notice.text_content()


def test_the_sign_in_comes_back_to_the_page() -> None:
    page = "p" * 43
    document = read(sign_in_page(Layout(READING, "site", "", "fr"), page=page))
    assert document.xpath("//main//a/@href") == [f"{OWN}/sign-in?page={page}"]
