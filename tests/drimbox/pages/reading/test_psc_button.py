"""The button of the sign-in: words, or the artwork that the operator supplies."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

from lxml import html

from functions.drimbox.pages.kit.layout import Layout
from functions.drimbox.pages.kit.stylesheet import HEADERS
from functions.drimbox.pages.reading.area import READING
from functions.drimbox.pages.reading.psc_button import MOST, PICTURED, artwork
from functions.drimbox.pages.reading.sign_in_page import sign_in_page

SVG = b'<svg xmlns="http://www.w3.org/2000/svg"/>'
WORDS = "S'identifier avec Pro Santé Connect"


def link(source: str) -> Any:
    """The link of the sign-in page."""
    page = sign_in_page(Layout(READING, "site", "", "fr"), page="p", artwork=source)
    document: Any = html.fromstring(page.decode())
    [found] = document.xpath("//main//a")
    return found


def test_without_a_file_the_button_is_words(tmp_path: Path) -> None:
    assert artwork(tmp_path / "artwork") == ""
    found = link("")
    assert (found.text, found.get("class")) == (WORDS, "button main")


def test_the_operator_s_file_stands_in_the_page_under_the_same_words(tmp_path: Path) -> None:
    (tmp_path / "psc.png").write_bytes(b"png")
    assert artwork(tmp_path) == "data:image/png;base64," + base64.b64encode(b"png").decode()
    both = tmp_path / "both"
    both.mkdir()
    (both / "psc.svg").write_bytes(SVG)
    (both / "psc.png").write_bytes(b"png")
    found = link(artwork(both))
    [picture] = found.xpath("img")
    assert base64.b64decode(picture.get("src").partition(",")[2]) == SVG
    assert (picture.get("alt"), found.get("href")) == (
        WORDS,
        "/v1/tenants/site/reading/sign-in?page=p",
    )


def test_a_file_that_is_too_large_is_not_used(tmp_path: Path) -> None:
    (tmp_path / "psc.svg").write_bytes(b"x" * (MOST + 1))
    assert artwork(tmp_path) == ""


def test_the_policy_lets_a_picture_of_the_page_s_own_bytes_stand() -> None:
    policy = PICTURED["Content-Security-Policy"]
    assert policy == f"{HEADERS['Content-Security-Policy']}; img-src data:"
