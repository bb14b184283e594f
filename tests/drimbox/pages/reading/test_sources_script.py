"""The one script: small, named by its hash, and without anything that makes HTML or code."""

from __future__ import annotations

import hashlib
import re

from functions.drimbox.identity.session import UNATTENDED
from functions.drimbox.pages.reading.sources_script import NAME, PATH, SCRIPT


def test_it_is_small_and_named_by_its_bytes() -> None:
    assert len(SCRIPT.encode()) <= 2800
    assert f"sources-{hashlib.sha256(SCRIPT.encode()).hexdigest()[:16]}.js" == NAME
    assert f"/assets/{NAME}" == PATH


def test_it_makes_neither_html_nor_code_nor_asks_another_host() -> None:
    for word in ("innerHTML", "outerHTML", "insertAdjacent", "document.write", "eval", "Function"):
        assert word not in SCRIPT
    assert re.findall(r"https?://", SCRIPT) == []
    assert SCRIPT.isascii()


def test_a_look_that_it_makes_by_itself_says_so() -> None:
    assert f'asked ? {{}} : {{ "{UNATTENDED}": "1" }}' in SCRIPT
