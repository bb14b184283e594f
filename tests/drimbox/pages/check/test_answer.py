"""The form of a check's answer is the one that the caller asks for: JSON, or a page."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

import pytest
from lxml import html

from functions.drimbox.errors import NotAcceptable
from functions.drimbox.pages.check.answer import (
    CONTENT_SECURITY_POLICY,
    HTML,
    JSON,
    Form,
    inert_page,
    preferred_form,
)
from functions.drimbox.pages.kit.html import tag


@pytest.mark.parametrize(
    ("accept", "language", "form"),
    [
        ([], [], Form(JSON, "fr")),
        (["text/html"], [], Form(HTML, "fr")),
        (["text/html"], ["en-GB"], Form(HTML, "en")),
        (["text/html"], ["de"], Form(HTML, "fr")),
    ],
)
def test_the_form_is_the_callers(accept: list[str], language: list[str], form: Form) -> None:
    assert preferred_form(accept, language) == form


def test_another_form_is_not_acceptable() -> None:
    with pytest.raises(NotAcceptable):
        preferred_form(["application/pdf"], [])


def test_texts_are_texts_and_the_policy_names_the_one_style() -> None:
    written = inert_page("en", "<b>", tag("p", "<script>"), "&")
    root: Any = html.fromstring(written.decode())
    assert root.get("lang") == "en"
    assert root.xpath("//title/text()") == ["<b>"]
    assert root.xpath("//h1/text()") == ["<b>"]
    assert root.xpath("//p/text()") == ["<script>"]
    assert not root.xpath("//script")
    (sheet,) = root.xpath("//style/text()")
    digest = base64.b64encode(hashlib.sha256(sheet.encode()).digest()).decode()
    assert f"style-src 'sha256-{digest}'" in CONTENT_SECURITY_POLICY
    for forbidden in ("default-src 'none'", "form-action 'none'", "sandbox"):
        assert forbidden in CONTENT_SECURITY_POLICY
