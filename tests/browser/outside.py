"""Days without the DMP: it is away, and a professional has files; an import from the viewer."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

import httpx
from playwright.sync_api import FilePayload, Page

from tests.flows.stack import LocalStack

# Looks of a person at a page that is under way.
_LOOKS: Final = 120


@contextmanager
def away(stack: LocalStack) -> Iterator[None]:
    """The DMP answers nobody."""
    stack.fault("dmp", kind="unavailable", count=None)
    try:
        yield
    finally:
        stack.heal("dmp")


def manifest(stack: LocalStack, study: str) -> bytes:
    """The manifest in force of a study, as its site has published it."""
    [found] = [one for one in stack.documents(study) if one["availability_status"] == "Approved"]
    return stack.document(found["entry_uuid"])


def exported(stack: LocalStack, study: str) -> bytes:
    """The archive with that study among those of this month, as an operator gets them."""
    where = f"{stack.endpoints['in']}/v1/tenants/{stack.endpoints['tenant']}/operations/archives"
    wish: dict[str, Any] = {"month": f"{datetime.now(UTC).astimezone(_PARIS):%Y-%m}"}
    with stack.client("ris") as http, httpx.Client(trust_env=False, timeout=60) as bucket:
        while True:
            told = http.post(where, json=wish)
            assert told.status_code == 200, told.text
            for one in told.json()["archives"]:
                archive = bucket.get(one["url"]).content
                assert len(archive) == one["bytes"]
                if has(archive, study):
                    return archive
            wish["after"] = told.json()["next"]
            assert wish["after"], f"no archive has {study}"


_PARIS: Final = ZoneInfo("Europe/Paris")


def has(archive: bytes, study: str) -> bool:
    """Whether the archive describes the study."""
    with zipfile.ZipFile(io.BytesIO(archive)) as files:
        metadata = [one for one in files.namelist() if one.endswith("METADATA.XML")]
        return any(study.encode() in files.read(one) for one in metadata)


def give(tab: Page, name: str, content: bytes) -> None:
    """Give the page a file by its form."""
    form = tab.locator("details.outside-form")
    if form.get_attribute("open") is None:
        form.locator("summary").click()
    file = FilePayload(name=name, mimeType="application/octet-stream", buffer=content)
    tab.locator("#file").set_input_files(file)
    form.locator("button").click()


def look_until(tab: Page, words: str) -> None:
    """Press « Actualiser » until the page says so."""
    for _ in range(_LOOKS):
        if words in tab.inner_text("main"):
            return
        tab.get_by_role("button", name="Actualiser").first.click()
        tab.wait_for_timeout(1000)
    raise AssertionError(tab.inner_text("main"))
