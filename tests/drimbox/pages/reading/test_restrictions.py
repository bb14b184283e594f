"""The restrictions of a document are told, known or not."""

from __future__ import annotations

from typing import Any

import pytest
from lxml import html

from functions.drimbox.dmp.xds import CONFIDENTIALITY_SYSTEM as NORMAL
from functions.drimbox.dmp.xds import MASKING_SYSTEM as MASKS
from functions.drimbox.identity.parties import Code
from functions.drimbox.pages.kit.html import tag
from functions.drimbox.pages.kit.layout import Layout
from functions.drimbox.pages.reading.area import READING
from functions.drimbox.pages.reading.restrictions import restrictions
from functions.drimbox.wording.text import Language

N = Code("N", NORMAL)


@pytest.mark.parametrize(
    ("language", "codes", "told"),
    [
        ("fr", (), []),
        ("fr", (N,), []),
        ("fr", (N, Code("MASQUE_PS", MASKS)), ["masqué aux professionnels"]),
        (
            "en",
            (Code("INVISIBLE_PATIENT", MASKS), N, Code("R", NORMAL)),
            ["not visible to the patient", "restricted"],
        ),
        ("en", (Code("n", NORMAL),), [f"unknown restriction : n ({NORMAL})"]),
        ("en", (Code("N", "1.2.3"),), ["unknown restriction : N (1.2.3)"]),
        ("en", (Code("MASQUE_PS", NORMAL),), [f"unknown restriction : MASQUE_PS ({NORMAL})"]),
        (
            "en",
            (Code("<b>", ""), Code("", "")),
            ["unknown restriction : <b>", "unknown restriction"],
        ),
    ],
)
def test_every_code_but_the_normal_one_is_told(
    language: Language, codes: tuple[Code, ...], told: list[str]
) -> None:
    layout = Layout(READING, "site", "Site", language)
    shown: Any = html.fromstring(tag("p", *restrictions(layout, codes)))
    assert [one.text_content() for one in shown.xpath("./span[@class='state wait']")] == told
