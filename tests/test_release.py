"""The version stands in one place, and the changelog tells of it."""

from __future__ import annotations

import re
import tomllib
from datetime import date
from pathlib import Path

from functions.version import VERSION

ROOT = Path(__file__).resolve().parents[1]
RELEASE = re.compile(r"^## (\d+\.\d+\.\d+) - (\d{4}-\d{2}-\d{2})$", re.MULTILINE)


def test_the_changelog_begins_with_unreleased_then_the_present_version() -> None:
    text = (ROOT / "CHANGELOG.md").read_text("utf-8")
    released = RELEASE.findall(text)
    assert text.index("## Unreleased") < text.index(f"## {VERSION}")
    assert released[0][0] == VERSION


def test_releases_are_listed_latest_first_each_with_its_day() -> None:
    text = (ROOT / "CHANGELOG.md").read_text("utf-8")
    released = [
        (tuple(map(int, version.split("."))), date.fromisoformat(day))
        for version, day in RELEASE.findall(text)
    ]
    assert released == sorted(released, reverse=True)
    assert len(released) == text.count("\n## ") - 1  # every heading but Unreleased


def test_the_project_takes_its_version_from_the_code() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    assert "version" not in project["project"]
    assert project["project"]["dynamic"] == ["version"]
    assert project["tool"]["setuptools"]["dynamic"]["version"] == {
        "attr": "functions.version.VERSION"
    }
