"""The documents name files and folders that exist, and link to pages that exist; their lists of
names are those of the code.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from functions.drimbox.tenants.model import Permission
from infra.demo.layout import PORTS, Layout
from simulators import pki
from simulators.dmp.faults import KINDS as DMP_FAULTS
from simulators.dmp.faults import TRANSACTIONS
from simulators.pacs.faults import OPERATIONS
from simulators.peer.plays import PLAYS
from simulators.ris.receiver import KINDS as RIS_FAULTS
from simulators.whitelist.faults import KINDS as LIST_FAULTS

ROOT: Final = Path(__file__).resolve().parents[1]
DOCUMENTS: Final = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
# History tells of files as they were.
HISTORY: Final = "CHANGELOG.md"
_LINK: Final = re.compile(r"\]\((?!https?:)([^)#\s]+)(?:#[^)]*)?\)")
_QUOTED: Final = re.compile(r"`([a-zA-Z_.][\w./*-]*)`")
_FOLDERS: Final = tuple(
    f"{name}/" for name in ("functions", "infra", "simulators", "tests", "bench", "docs", "events")
)
# Where a document may count a path from, beside its own folder and the root.
_LIBRARY: Final = ("functions/drimbox", "functions")


def _linked(document: Path) -> Iterator[str]:
    yield from _LINK.findall(document.read_text("utf-8"))


def _named(document: Path) -> Iterator[str]:
    for text in _QUOTED.findall(document.read_text("utf-8")):
        if text.startswith(_FOLDERS) or ("/" in text and text.endswith(".py")):
            yield text
        elif text.startswith("test_") and text.endswith(".py"):
            yield f"tests/**/{text}"


def _exists(text: str, *places: Path) -> bool:
    plain = text.rstrip("/")
    return any(any(place.glob(plain)) for place in places)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_to_files(document: Path) -> None:
    absent = [text for text in _linked(document) if not (document.parent / text).exists()]
    assert absent == []


@pytest.mark.parametrize(
    "document",
    [path for path in DOCUMENTS if path.name != HISTORY],
    ids=lambda path: str(path.relative_to(ROOT)),
)
def test_named_files_and_folders_exist(document: Path) -> None:
    places = [ROOT, document.parent, *(ROOT / name for name in _LIBRARY)]
    absent = [text for text in _named(document) if not _exists(text, *places)]
    assert absent == []


def test_a_wrong_link_and_a_wrong_path_are_seen(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        "[here](nowhere.md), `infra/nowhere.py`, `report/nowhere.py`, `a/b`, `test_no.py`"
    )
    assert list(_linked(page)) == ["nowhere.md"]
    assert list(_named(page)) == ["infra/nowhere.py", "report/nowhere.py", "tests/**/test_no.py"]
    assert not _exists("infra/nowhere.py", ROOT)
    assert _exists("infra/routes.py", ROOT)
    assert _exists("tests/campaign/*.py", ROOT)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_mark_of_emphasis_is_left_over(document: Path) -> None:
    assert [line for line in document.read_text("utf-8").split("\n") if "***" in line] == []


def test_the_index_of_decisions_names_each_with_its_title() -> None:
    folder = ROOT / "docs" / "decisions"
    index = (folder / "README.md").read_text("utf-8")
    for page in sorted(folder.glob("0*.md")):
        number, title = page.read_text("utf-8").partition("\n")[0].removeprefix("# ").split(" ", 1)
        assert page.name.startswith(number)
        assert f"| [{number}]({page.name}) | {title} |\n" in index


def test_the_architecture_names_every_lambda() -> None:
    text = (ROOT / "ARCHITECTURE.md").read_text("utf-8")
    lambdas = {path.parent.name for path in (ROOT / "functions").glob("*/handler.py")}
    assert lambdas
    assert {name for name in lambdas if name not in text} == set()


def test_the_map_names_every_package_of_the_library_and_of_the_agent() -> None:
    """The package of the agents was in no row, and nobody was led there."""
    text = (ROOT / "ARCHITECTURE.md").read_text("utf-8").partition("## Folders")[2]
    library, site = text.split("| `agent/` |")
    for rows, folder in ((library, "functions/drimbox"), (site, "agent")):
        there = {f"{path.name}/" for path in (ROOT / folder).iterdir() if any(path.glob("*.*"))}
        there -= {"__pycache__/"}
        assert there
        assert {one for one in there if f"`{one}`" not in rows} == set()
    modules = {path.name for path in (ROOT / "functions/drimbox").glob("*.py")} - {"__init__.py"}
    assert {one for one in modules if f"`{one}`" not in library} == set()


def _readme() -> str:
    return (ROOT / "README.md").read_text("utf-8")


def test_the_readme_names_every_port() -> None:
    [ranges] = re.findall(r"Ports are (\d+) to (\d+) and (\d+) to (\d+);", _readme())
    first, last, other, end = map(int, ranges)
    assert {*range(first, last + 1), *range(other, end + 1)} == set(PORTS.values())
    [names] = re.findall(r"\(names: `([A-Z_ ]+)`\)", _readme())
    assert names.split() == [name.upper() for name in PORTS]
    assert list(PORTS.values()) == sorted(PORTS.values()), (
        "the names stand in the order of the ports"
    )


def test_the_readme_shows_local_certificates_that_may_do_it() -> None:
    """An operator's commands were shown with the RIS's certificate, which gets a 403."""
    shown = re.findall(r"\.local/pki/([\w-]+)\.pem", _readme())
    assert set(shown) <= {"ca", *(one.name for one in pki.COMMON)}
    [line] = [one for one in _readme().split("\n") if one.startswith("`operator.pem` stands for")]
    endpoints = Layout.read({}).endpoints()
    assert endpoints["operator_cert"] in line
    assert endpoints["operator_key"] in line


def test_the_page_of_the_simulators_names_every_fault_and_every_request() -> None:
    text = (ROOT / "docs/simulators.md").read_text("utf-8")
    named = set(re.findall(r"`([\w.-]+)`", text))
    kinds = {*DMP_FAULTS, *RIS_FAULTS, *LIST_FAULTS, *PLAYS, *TRANSACTIONS, *OPERATIONS}
    psc = (ROOT / "simulators/psc/faults.mjs").read_text("utf-8")
    kinds |= set(re.findall(r"^  (\w+): async", psc, re.MULTILINE))
    assert kinds - named == set()
    sources = [*(ROOT / "simulators").rglob("*.py"), *(ROOT / "simulators/psc").glob("*.mjs")]
    requests = {
        found
        for path in sources
        for found in re.findall(r"[\"' ](/_sim/\w+)", path.read_text("utf-8"))
    }
    assert {one for one in requests if one not in text} <= {"/_sim/requests"}


def test_the_runbook_names_every_permission() -> None:
    text = (ROOT / "docs/runbooks/deploy.md").read_text("utf-8")
    [named] = re.findall(r"a `name` and its `permissions` \(([^)]*)\)", text)
    assert re.findall(r"`(\w+)`", named) == list(Permission)
