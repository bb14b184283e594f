"""The simulated RIS's page: one button for each patient, and the call that it makes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from lxml import html

from simulators.ris.__main__ import main
from simulators.ris.cases import CASES
from simulators.ris.page import call, render

ADDRESS = "https://vi.example/tenants/demo/context"


def forms(page: str) -> list[Any]:
    document: Any = html.fromstring(page)
    return list(document.xpath("//form"))


def test_each_patient_has_one_button() -> None:
    one = CASES["A"]
    other = replace(one, ins="1" * 15, traits=replace(one.traits, given="<O'Brien>"))
    page = render(ADDRESS, [one, other, replace(one, name="again")])
    first, second = forms(page)
    assert (first.get("method"), first.get("action")) == ("post", ADDRESS)
    assert first.xpath(".//button/@aria-label") != second.xpath(".//button/@aria-label")
    sent = {field.get("name"): field.get("value") for field in second.xpath("input")}
    assert sent == call(other)
    assert "<O'Brien>" not in page
    assert all(value for value in sent.values())


def test_one_ins_with_agreeing_strict_traits_is_one_line() -> None:
    """The names in use differ from case to case; other strict traits are another person's."""
    one = CASES["A"]
    used = replace(one, traits=replace(one.traits, used_family="AUTRE", used_given=""))
    contradicting = replace(one, traits=replace(one.traits, birth_date="19790329"))
    page = render(ADDRESS, [one, used, contradicting], {one.ins: "un mot < deux"})
    document: Any = html.fromstring(page)
    first, second = document.xpath("//tbody/tr")
    assert first.xpath("th/small/text()") == ["un mot < deux"]
    assert "28/03/1979" in first.text_content()
    assert second.xpath("th/small/text()") == [
        "autres traits sous l'INS d'un patient de cette liste"
    ]
    # The national test cases are of two persons under one INS.
    assert len(forms(render(ADDRESS))) == 2


def test_the_command_writes_the_page(capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    assert main(["page", ADDRESS]) == 0
    written = capsysbinary.readouterr().out.decode()
    assert forms(written)
    assert written == render(ADDRESS)
