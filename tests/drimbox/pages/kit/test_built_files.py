"""The files of a build: a closed list, in the form that a browser takes."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from functions.drimbox.pages.kit.built_files import HEADERS, BuiltFiles

NAME = "viewer-Ab_1.js"
TYPE = "text/javascript; charset=utf-8"


@pytest.fixture
def files(tmp_path: Path) -> BuiltFiles:
    (tmp_path / f"{NAME}.br").write_bytes(b"brotli")
    (tmp_path / f"{NAME}.gz").write_bytes(gzip.compress(b"plain"))
    manifest = {"script": NAME, "sheet": "viewer.css", "files": {NAME: {"type": TYPE}}}
    (tmp_path / "manifest.json").write_text(json.dumps(manifest))
    return BuiltFiles.read(tmp_path)


@pytest.mark.parametrize(
    ("header", "coding"),
    [
        (["gzip, deflate, br"], "br"),
        (["gzip"], "gzip"),
        (["gzip;q=1, br;q=0.5"], "gzip"),
        (["br;q=0, *"], "gzip"),
        (["*"], "br"),
        (["identity"], ""),
        ([], ""),
        (["br;q=0, gzip;q=0"], ""),
    ],
)
def test_the_browser_chooses_the_form(files: BuiltFiles, header: list[str], coding: str) -> None:
    found = files.find(NAME, header)
    assert found is not None
    assert (found.coding, found.content_type) == (coding, TYPE)
    assert found.body == {"br": b"brotli", "": b"plain"}.get(coding, found.body)
    if coding == "gzip":
        assert gzip.decompress(found.body) == b"plain"


@pytest.mark.parametrize(
    "name", ["", "manifest.json", f"{NAME}.br", f"../{NAME}", "viewer.css", "/etc/passwd", "."]
)
def test_no_other_name_is_there(files: BuiltFiles, name: str) -> None:
    assert files.find(name, ["br"]) is None


def test_the_names_that_a_page_loads(files: BuiltFiles, tmp_path: Path) -> None:
    assert (files.script, files.sheet) == (NAME, "viewer.css")
    nothing = BuiltFiles.read(tmp_path / "elsewhere")
    assert (nothing.script, nothing.sheet, nothing.types) == ("", "", {})


def test_a_worker_may_ask_this_host_alone() -> None:
    policy = HEADERS["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe-eval" not in policy.replace("wasm-unsafe-eval", "")
