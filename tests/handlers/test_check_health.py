"""The answer to the national probes."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from functions.check_health.handler import handler as check_health
from functions.drimbox import safe_xml
from functions.drimbox.images.capabilities import WADL
from functions.version import VERSION
from tests.handlers.conftest import CONTEXT, Outside, event
from tests.handlers.image_scenes import down, problem


@pytest.mark.parametrize("status", [200, 204])
@pytest.mark.parametrize(
    "asked",
    [
        event("check_health/probe"),
        event("check_health/probe", httpMethod="HEAD"),
        event("check_health/probe", httpMethod="OPTIONS"),
        event("check_health/options"),
    ],
    ids=["GET", "HEAD", "OPTIONS of the base", "OPTIONS"],
)
def test_images_can_be_served_while_the_pacs_answers(
    site: None, outside: Outside, status: int, asked: dict[str, Any]
) -> None:
    outside.hosts["pacs.example"] = lambda _: httpx.Response(status)
    reply = check_health(asked, CONTEXT)
    assert reply["statusCode"] == 200
    assert json.loads(base64.b64decode(reply["body"])) == {
        "status": "ready",
        "version": VERSION,
    }
    assert outside.asked == ["GET pacs.example/dicom-web/studies"]


@pytest.mark.parametrize("accept", [[], ["*/*"], [WADL], ["text/html"]])
@pytest.mark.parametrize("resource", ["", "/studies"])
def test_the_capabilities_are_told_where_no_other_form_is_liked_better(
    site: None, outside: Outside, accept: list[str], resource: str
) -> None:
    outside.hosts["pacs.example"] = lambda _: httpx.Response(200)
    path = f"/tenants/{{tenant}}/dicomweb{resource}"
    asked = event("check_health/options", resource=path, multiValueHeaders={"Accept": accept})
    reply = check_health(asked, CONTEXT)
    assert (reply["statusCode"], reply["headers"]["Content-Type"]) == (200, WADL)
    document = safe_xml.parse(base64.b64decode(reply["body"]))
    (resources,) = document
    assert resources.get("base") == "/tenants/demo/dicomweb/"


def test_the_capabilities_of_a_service_that_is_not_ready(site: None, outside: Outside) -> None:
    outside.hosts["pacs.example"] = down
    asked = event("check_health/options", multiValueHeaders={"Accept": [WADL]})
    reply = check_health(asked, CONTEXT)
    assert (reply["statusCode"], problem(reply)) == (503, "not_ready")


@pytest.mark.parametrize(
    "answer", [down, lambda _: httpx.Response(401), lambda _: httpx.Response(500)]
)
def test_otherwise_it_is_not_ready_and_says_nothing_more(
    site: None, outside: Outside, answer: Callable[[httpx.Request], httpx.Response]
) -> None:
    outside.hosts["pacs.example"] = answer
    reply = check_health(event("check_health/probe"), CONTEXT)
    assert (reply["statusCode"], problem(reply)) == (503, "not_ready")
    assert reply["headers"]["Retry-After"] == "30"
    assert b"pacs" not in base64.b64decode(reply["body"]).lower()


@pytest.mark.parametrize("answer", [down, lambda _: httpx.Response(200)])
def test_the_pacs_is_probed_once_however_many_ask(
    site: None, outside: Outside, answer: Callable[[httpx.Request], httpx.Response]
) -> None:
    outside.hosts["pacs.example"] = answer
    statuses = [check_health(event("check_health/probe"), CONTEXT)["statusCode"] for _ in range(9)]
    assert len(set(statuses)) == 1
    assert len(outside.asked) == 1


@pytest.mark.parametrize("tenant", ["nobody", "../x"])
def test_a_tenant_that_does_not_exist_is_absent(site: None, outside: Outside, tenant: str) -> None:
    reply = check_health(event("check_health/probe", pathParameters={"tenant": tenant}), CONTEXT)
    assert (reply["statusCode"], problem(reply)) == (404, "absent")
    assert outside.asked == []
