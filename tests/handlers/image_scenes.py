"""Requests for images, for the tests of several Lambdas."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any, Final

import httpx

from tests.handlers.conftest import audited, event
from tests.handlers.journey import Journey

TOKEN = "canary-of-a-token"


PROFESSIONAL = "899700000001"


def problem(reply: dict[str, Any]) -> str:
    assert reply["headers"]["Content-Type"] == "application/problem+json"
    code: str = json.loads(base64.b64decode(reply["body"]))["code"]
    return code


def down(request: httpx.Request) -> httpx.Response:
    raise httpx.ConnectError(TOKEN, request=request)


def published(journey: Journey) -> str:
    """A report is published; its manifest's UID."""
    journey.archive_study()
    journey.publish()
    (document,) = journey.manifests()
    uid: str = document["unique_id"]
    return uid


_SAMPLES: Final = {
    "series": lambda: event("retrieve_study/series"),
    "metadata": lambda: event("retrieve_study/metadata"),
    "frames": lambda: event("retrieve_study/frames"),
    "search": lambda: event("retrieve_study/search"),
}


def wado(manifest: str, *uids: str, **headers: list[str]) -> dict[str, Any]:
    """A retrieve of a study, series or instance, by its UIDs."""
    return resource("series", manifest, *uids, **headers)


def search(
    manifest: str,
    path: str,
    *uids: str,
    query: Mapping[str, list[str]] | None = None,
    **headers: Any,
) -> dict[str, Any]:
    """A search; ``path`` is that of the route below ``studies``."""
    facts = resource("search", manifest, *uids, **headers)
    return {
        **facts,
        "resource": f"/tenants/{{tenant}}/dicomweb/studies{path}",
        "multiValueQueryStringParameters": dict(query or {}) or None,
    }


def resource(form: str, manifest: str, /, *uids: str, **headers: list[str]) -> dict[str, Any]:
    """The same of another form; behind the UIDs of an instance may stand a list of frames."""
    facts = _SAMPLES[form]()
    names = dict(zip(("study", "series", "instance", "frames"), uids, strict=False))
    given = {**facts["multiValueHeaders"], "KOS-SOPInstanceUID": [manifest], **headers}
    return {
        **facts,
        "pathParameters": {"tenant": "demo", **names},
        "multiValueHeaders": given,
        "requestContext": {**facts["requestContext"], "requestId": f"{len(audited())}"},
    }
