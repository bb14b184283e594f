"""The viewer's build: pinned packages of one registry, and files that do nothing forbidden."""

from __future__ import annotations

import gzip
import hashlib
import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from infra import web
from infra.web import VIEWER, NotBuilt, build, is_built, main, sources_stamp

BUILT = VIEWER / web.BUILT
MOST_FIRST_LOAD = 1_100_000
# Names of XML spaces, and addresses in comments of licences: nobody fetches them.
NAMES = re.compile(
    r"https?://(www\.w3\.org/|www\.kitware\.com/Copyright|github\.com/|kitware\.github\.io/|"
    r"learnopengl\.com/|mimosa-pudica\.net/|karthikkaranth\.me/|quantome\.org|"
    r"www\.mozilla\.org/newlayout/xml/parsererror\.xml)"
)
needs_build = pytest.mark.skipif(not is_built(), reason="the viewer is not built: make web")


def manifest() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((BUILT / "manifest.json").read_text())
    return found


def test_versions_are_exact_and_the_lock_names_no_registry_but_npm_s() -> None:
    package = json.loads((VIEWER / "package.json").read_text())
    for version in (package["dependencies"] | package["devDependencies"]).values():
        assert re.fullmatch(r"\d+\.\d+\.\d+", version)
    lock = json.loads((VIEWER / "package-lock.json").read_text())
    for name, one in lock["packages"].items():
        if not name:
            continue
        assert one["integrity"].startswith("sha512-")
        assert one.get("resolved", "https://registry.npmjs.org/").startswith(
            "https://registry.npmjs.org/"
        )


def test_every_module_is_small() -> None:
    for path in (VIEWER / "src").rglob("*.js"):
        assert len(path.read_text().splitlines()) <= 300, path.name


def test_no_source_writes_html_or_code() -> None:
    forbidden = ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(")
    for path in (VIEWER / "src").rglob("*.js"):
        found = [
            one for one in (*forbidden, "new Function", "localStorage") if one in path.read_text()
        ]
        assert not found, path.name


@needs_build
def test_no_file_runs_text_as_code_or_names_a_host_to_fetch_from() -> None:
    for name, one in manifest()["files"].items():
        plain = gzip.decompress((BUILT / f"{name}.gz").read_bytes())
        assert (len(plain), hashlib.sha256(plain).hexdigest()) == (one["bytes"], one["sha256"])
        assert len((BUILT / f"{name}.br").read_bytes()) == one["br"]
        if one["type"] == "application/wasm":
            continue
        text = plain.decode()
        assert "new Function" not in text
        assert not re.search(r"\beval\(", text)
        foreign = [
            text[at : at + 60]
            for at in (found.start() for found in re.finditer(r"https?://\w", text))
            if not NAMES.match(text, at)
        ]
        assert foreign == [], name


@needs_build
def test_the_first_load_is_small() -> None:
    assert 300_000 < manifest()["first_load"] <= MOST_FIRST_LOAD


@needs_build
def test_what_is_built_is_not_built_again(capsys: pytest.CaptureFixture[str]) -> None:
    assert not build()
    assert main() == 0
    assert capsys.readouterr().out == ""


def copied(tmp_path: Path) -> Path:
    folder = tmp_path / "viewer"
    shutil.copytree(
        VIEWER, folder, ignore=shutil.ignore_patterns("node_modules", "dist", web.BUILT)
    )
    return folder


def test_other_sources_have_another_stamp(tmp_path: Path) -> None:
    folder = copied(tmp_path)
    before = sources_stamp(folder)
    assert before == sources_stamp()
    (folder / "src" / "main.js").write_text("")
    assert sources_stamp(folder) != before
    assert not is_built(folder)


def test_a_build_that_fails_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = copied(tmp_path)
    (folder / "package-lock.json").write_text("{}")
    with pytest.raises(NotBuilt, match="NODE_EXTRA_CA_CERTS"):
        build(folder)
    monkeypatch.setattr(web, "_SECONDS", 0)
    with pytest.raises(NotBuilt, match="took more than"):
        build(folder)

    def fails() -> bool:
        raise NotBuilt("told")

    monkeypatch.setattr(web, "build", fails)
    assert main() == 1
    assert "told" in capsys.readouterr().err
