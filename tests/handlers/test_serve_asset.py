"""The viewer's files, for everybody, and nothing else."""

from __future__ import annotations

import base64
import gzip
import json
from pathlib import Path

import pytest

from functions.drimbox.pages.kit.copy_script import NAME as NAME_OF_COPIER
from functions.drimbox.pages.kit.copy_script import SCRIPT
from functions.drimbox.pages.reading.viewer_words import words_file
from functions.serve_asset import handler as module
from functions.serve_asset.handler import handler as serve_asset
from functions.serve_asset.settings import Settings
from tests.handlers.conftest import CONTEXT, event

NAME = "viewer-abc.js"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / f"{NAME}.br").write_bytes(b"small")
    (tmp_path / f"{NAME}.gz").write_bytes(gzip.compress(b"script"))
    told = {"script": NAME, "sheet": "", "files": {NAME: {"type": "text/javascript"}}}
    (tmp_path / "manifest.json").write_text(json.dumps(told))
    monkeypatch.setattr(module, "FOLDER", tmp_path)
    return tmp_path


def test_a_listed_file_is_given_for_ever(folder: Path) -> None:
    reply = serve_asset(event("serve_asset/file"), CONTEXT)
    assert reply["statusCode"] == 200
    assert base64.b64decode(reply["body"]) == b"small"
    headers = reply["headers"]
    assert headers["Content-Encoding"] == "br"
    assert headers["Content-Type"] == "text/javascript"
    assert headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Vary"] == "Accept-Encoding"


def test_without_a_coding_the_file_goes_as_it_is(folder: Path) -> None:
    asked = event("serve_asset/file", headers={}, multiValueHeaders={})
    reply = serve_asset(asked, CONTEXT)
    assert base64.b64decode(reply["body"]) == b"script"
    assert "Content-Encoding" not in reply["headers"]


@pytest.mark.parametrize(
    "name", ["manifest.json", f"{NAME}.br", "..%2Fmanifest.json", "../manifest.json", "x.js", ""]
)
def test_every_other_name_is_absent(folder: Path, name: str) -> None:
    reply = serve_asset(event("serve_asset/file", pathParameters={"file": name}), CONTEXT)
    assert reply["statusCode"] == 404
    assert "max-age" not in reply["headers"]["Cache-Control"]


def test_the_words_of_the_viewer_are_given_for_ever_whatever_is_built(folder: Path) -> None:
    words = words_file("fr")
    for coding, content in ((["gzip"], gzip.compress(words.content)), ([], words.content)):
        headers = {"Accept-Encoding": coding} if coding else {}
        asked = event(
            "serve_asset/file",
            pathParameters={"file": words.name},
            multiValueHeaders=headers,
            headers={},
        )
        reply = serve_asset(asked, CONTEXT)
        body = base64.b64decode(reply["body"])
        assert (gzip.decompress(body) if coding else body) == words.content
        assert len(body) <= len(content) + 100
        assert reply["headers"]["Content-Type"] == "text/javascript; charset=utf-8"
        assert reply["headers"]["Cache-Control"] == "public, max-age=31536000, immutable"
        assert reply["headers"]["Vary"] == "Accept-Encoding"


def test_the_script_that_copies_codes_is_given_for_ever(folder: Path) -> None:
    asked = event("serve_asset/file", pathParameters={"file": NAME_OF_COPIER}, headers={})
    reply = serve_asset({**asked, "multiValueHeaders": {}}, CONTEXT)
    assert base64.b64decode(reply["body"]).decode() == SCRIPT
    assert reply["headers"]["Content-Type"] == "text/javascript; charset=utf-8"
    assert reply["headers"]["Cache-Control"] == "public, max-age=31536000, immutable"


def test_it_has_no_settings_of_its_own() -> None:
    assert Settings.names() == {"LOG_LEVEL", "POWERTOOLS_SERVICE_NAME"}
