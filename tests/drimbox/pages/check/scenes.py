"""A check's answer in its two forms."""

from __future__ import annotations

import json
from typing import Any

from lxml import html

from functions.drimbox.feed_check.facts import describe
from functions.drimbox.pages.check.answer import HTML, JSON, Form, Written, write
from functions.drimbox.pages.check.result_page import result_page
from functions.drimbox.wording.text import Language
from tests.drimbox.feed_check.scenes import check

SCRIPT = "<script>alert(1)</script>"


IN_XML = "&lt;script&gt;alert(1)&lt;/script&gt;"


def facts(raw: bytes, **more: Any) -> dict[str, Any]:
    written = write(describe(check(raw, **more)), result_page, Form(JSON, "fr"))
    assert written.content_type == JSON
    found: dict[str, Any] = json.loads(written.body)
    return found


def page(raw: bytes, language: Language = "fr", **more: Any) -> Written:
    return write(describe(check(raw, **more)), result_page, Form(HTML, language))


def text(written: Written) -> str:
    return " ".join("".join(map(str, html.fromstring(written.body).itertext())).split())
