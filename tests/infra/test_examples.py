"""Every published schema has an example, which the schema accepts."""

from __future__ import annotations

import pytest

from infra.examples import example
from infra.openapi import document
from infra.routes import HOSTS, ROUTES
from infra.schemas import SCHEMAS
from tests.infra.schema_scenes import require

ANSWERED = sorted({answer.schema for route in ROUTES for answer in route.answers if answer.schema})


@pytest.mark.parametrize("name", ANSWERED)
def test_an_example_is_of_its_schema(name: str) -> None:
    require(name, example(SCHEMAS[name]))


def test_the_document_shows_them() -> None:
    shown = [
        content["example"]
        for host in HOSTS
        for item in document(host, "https://x.example")["paths"].values()
        for operation in item.values()
        for answer in operation["responses"].values()
        for content in answer.get("content", {}).values()
        if "example" in content
    ]
    assert len(shown) >= len(ANSWERED)
