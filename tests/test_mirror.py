"""The tests mirror the library, the agent and the front: one test module per module, and no helper
in a test module."""

from __future__ import annotations

import ast
import re
import subprocess
from pathlib import Path
from typing import Final

import pytest

from tests.conftest import (
    COUNTED,
    COUNTED_AND_SLOW,
    FIRST,
    PARTS_OF_STACK,
    SLOW,
    STACK,
    TOGETHER,
    given_out_with,
)

ROOT: Final = Path(__file__).parents[1]
# Folder of modules -> folder of their tests.
MIRRORS: Final = {
    "functions/drimbox": "tests/drimbox",
    "agent": "tests/agent",
    "front": "tests/front",
}

# Test modules about several modules: each is one theme, told here.
AGENT_THEMATIC: Final = {
    "test_service.py": "the files that start the agent",
    "spool/test_inspecting_proxy.py": "the way to the cloud through a proxy that inspects TLS",
    "spool/test_kills.py": "a real agent, killed at every step and at any moment",
    "pacs/test_contract.py": "one contract for both adapters, against archives that are not ours",
}
THEMATIC: Final = {
    "operations/test_way_back.py": "each state and each act of an operator: none is a dead end",
    "dmp/test_with_simulator.py": "our requests against the simulated DMP, over HTTP",
    "identity/test_oidc_live.py": "a sign-in against the simulated provider's process",
    "identity/test_psc_live.py": "the introspection against the simulated provider's process",
    "importing/test_with_orthanc.py": "an exam stored in the real Orthanc, and judged",
    "images/test_pacs_orthanc.py": "our PACS client against the real Orthanc",
    "reading/test_kills.py": "kills and failures at each call of an exam's opening and fetching",
    "report/test_bounded_time.py": "no field of a message costs more than its bytes",
    "report/test_official_cases.py": "the national test cases, read and answered",
    "reconciliation/test_thousand.py": "a run over a thousand studies",
    "publication/test_changes.py": "corrections and withdrawals of reports, in any order",
    "publication/test_order_changes.py": "images that change after the publication",
    "publication/test_change_faults.py": "kills and lost answers while a report changes",
    "publication/test_faults.py": "kills and lost answers at each call of a first publication",
    "publication/waiting/test_agents.py": "the waits of a site behind an agent",
    "publication/test_calls.py": "how often a calm publication asks the outside",
    "publication/test_flow.py": "one publication from its message to the DMP",
    "publication/test_overtaken.py": "an execution that another overtook",
}


def imports_of(path: Path) -> set[str]:
    """The modules that a file imports; of ``from x import y`` both x and x.y."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {one.name for one in node.names}
        if isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module} | {f"{node.module}.{one.name}" for one in node.names}
    return names


def is_test(module: str) -> bool:
    """True for the dotted name of a test module."""
    package, _, name = module.rpartition(".")
    return package.startswith("tests") and name.startswith("test_")


def acts(source: str) -> bool:
    """True when a module does something that a test can observe.

    A module without one function that has a body holds only texts, tables, protocols or plain
    dataclasses: mypy and its users' tests say all that there is to say.
    """
    functions = [
        node
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
    ]
    return any(isinstance(node, ast.Lambda) or not _stub(node) for node in functions)


def _stub(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """True when the body is "..." and at most a docstring: the method of a protocol."""
    return all(
        isinstance(one, ast.Expr) and isinstance(one.value, ast.Constant) for one in function.body
    )


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("X = 1\nclass A:\n    x: int = 2\n", False),
        ("class A(Protocol):\n    def get(self) -> int:\n        '''One.'''\n        ...\n", False),
        ("def one() -> int:\n    '''One.'''\n    return 1\n", True),
        ("class A:\n    def one(self) -> int:\n        return 1\n", True),
        ("X = {'a': lambda text: text}\n", True),
    ],
)
def test_a_module_acts_when_a_function_has_a_body(source: str, expected: bool) -> None:
    assert acts(source) is expected


THEMES: Final[dict[str, dict[str, str]]] = {
    "functions/drimbox": THEMATIC,
    "agent": AGENT_THEMATIC,
    "front": {},
}


def mirrored(tree: Path) -> dict[str, str]:
    """Test module -> module, both from the root of their tree."""
    modules = [
        path.relative_to(tree)
        for path in tree.rglob("*.py")
        if path.name != "__init__.py" and acts(path.read_text(encoding="utf-8"))
    ]
    return {str(path.with_name(f"test_{path.name}")): str(path) for path in modules}


@pytest.mark.parametrize("tree", MIRRORS)
def test_every_module_has_its_test_module(tree: str) -> None:
    mirror = ROOT / MIRRORS[tree]
    there = {str(path.relative_to(mirror)) for path in mirror.rglob("test_*.py")}
    missing = [module for test, module in mirrored(ROOT / tree).items() if test not in there]
    assert sorted(missing) == []


@pytest.mark.parametrize("tree", MIRRORS)
def test_no_test_module_is_an_orphan(tree: str) -> None:
    """A test module has its module, if only one of tables, or is one of the themes."""
    mirror = ROOT / MIRRORS[tree]
    modules = {str(path.relative_to(ROOT / tree)) for path in (ROOT / tree).rglob("*.py")}
    orphans = {
        str(path.relative_to(mirror))
        for path in mirror.rglob("test_*.py")
        if str(path.relative_to(mirror).with_name(path.name.removeprefix("test_"))) not in modules
    }
    assert orphans == set(THEMES[tree])


def test_no_test_module_is_imported() -> None:
    """Helpers stand in scenes, samples and conftest modules, where their name is their subject."""
    listed = subprocess.run(
        ["git", "ls-files", "--", "tests/*.py"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    found = {
        f"{name} imports {module}"
        for name in listed.stdout.split()
        if (ROOT / name).is_file()
        for module in imports_of(ROOT / name)
        if is_test(module)
    }
    assert not found, "\n".join(sorted(found))


def test_a_test_module_is_known_by_its_name() -> None:
    assert is_test("tests.drimbox.test_oid")
    assert not is_test("tests.drimbox.report.bad_messages")
    assert not is_test("tests.drimbox.test_oid.uid"), "its module is named by the same statement"


def test_the_settings_of_the_suite_name_files_that_are_there() -> None:
    for place in {*FIRST, *SLOW, *STACK, *PARTS_OF_STACK, COUNTED, COUNTED_AND_SLOW}:
        assert (ROOT / "tests" / place).exists(), place


def test_a_run_of_the_stack_looks_at_every_module_that_is_marked_so() -> None:
    """It imports no other one (``pytest_ignore_collect``)."""
    tests = ROOT / "tests"
    marked = {
        path.relative_to(tests).as_posix()
        for path in tests.rglob("test_*.py")
        if re.search(r"pytest\.mark\.stack\b", path.read_text(encoding="utf-8"))
    }
    assert {one for one in marked if not one.startswith(STACK)} == set(PARTS_OF_STACK)


def test_files_of_the_scene_on_the_stack_are_given_out_as_one() -> None:
    """Each process would play the scene anew for a file of its own."""
    browser = ROOT / "tests" / "browser"
    shared = re.compile(r"^(def test|    ).*\b(visit: Visit|scene: Scene|exams: Openable)", re.M)
    using = {
        f"browser/{path.name}"
        for path in browser.glob("test_*.py")
        if shared.search(path.read_text(encoding="utf-8"))
    }
    assert using == set(TOGETHER)
    given = {given_out_with(f"tests/{file}::test_{n}") for n, file in enumerate(TOGETHER)}
    assert given == {"one scene"}
    assert given_out_with("tests/browser/test_viewer.py::test_a") == "tests/browser/test_viewer.py"
