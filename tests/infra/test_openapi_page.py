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


def test_the_command_writes_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["in", "--html"]) == 0
    assert capsys.readouterr().out.startswith("<!doctype html>")
