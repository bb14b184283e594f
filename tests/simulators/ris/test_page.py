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


def test_the_command_writes_the_page(capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    assert main(["page", ADDRESS]) == 0
    written = capsysbinary.readouterr().out.decode()
    assert forms(written)
    assert written == render(ADDRESS)
