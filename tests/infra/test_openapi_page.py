"""The page of an OpenAPI document: every operation and schema, no script, nothing loaded."""

from __future__ import annotations

import re
from typing import Any

import pytest
from lxml import html

from infra.openapi import document, main
from infra.openapi_page import page
from infra.routes import HOSTS, Host


@pytest.mark.parametrize("host", HOSTS)
def test_every_operation_and_schema_is_on_the_page(host: Host) -> None:
    made = document(host, "https://x.example")
    text = page(made)
    shown: Any = html.fromstring(text)
    titles = {" ".join(one.text_content().split()) for one in shown.xpath("//h3")}
    for path, item in made["paths"].items():
        assert {f"{method.upper()} {path}" for method in item} <= titles
    assert set(made["components"]["schemas"]) <= titles
    assert shown.xpath("//script | //link | //img") == []
    assert not re.findall(r"(?:src|href)=\"http", text)
    names = {str(one) for one in shown.xpath("//@id")}
    assert {link.removeprefix("#") for link in shown.xpath("//a/@href")} <= names


def test_a_webhook_s_body_has_its_schema_and_an_example_and_names_are_set_as_code() -> None:
    """The body was a bare reference, its example was left out, and backticks stood in the text."""
    shown: Any = html.fromstring(page(document("in", "https://x.example")))
    [section] = shown.xpath("//section[h3/code='POST publication.changed']")
    assert section.xpath("./p/a/@href") == ["#News"]
    assert section.xpath(".//details//pre")
    assert "$ref" not in section.text_content()
    assert "webhook_url" in section.xpath("./p//code/text()")
    assert "`" not in "".join(shown.xpath("//p//text() | //td//text() | //li/text()"))


def test_each_example_has_its_name_its_case_and_its_value() -> None:
    shown: Any = html.fromstring(page(document("in", "https://x.example")))
    [section] = shown.xpath(
        "//section[h3/code='GET /v1/tenants/{tenant}/hl7v2/messages/{message}']"
    )
    named = section.xpath(".//details/summary/code/text()")
    assert {"published", "held", "refused", "parked", "withdrawn", "absent"} <= set(named)
    [section] = shown.xpath("//section[h3/code='POST /v1/tenants/{tenant}/hl7v2']")
    [said] = [
        one for one in section.xpath(".//details") if "AE" in one.xpath("summary/code/text()")
    ]
    lines = said.xpath("pre/text()")[0].splitlines()
    assert [line[:3] for line in lines] == ["MSH", "MSA", "ERR"]


def test_the_command_writes_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["in", "--html"]) == 0
    assert capsys.readouterr().out.startswith("<!doctype html>")
