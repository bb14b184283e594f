"""A function loads few modules at its cold start: each one is paid before the first answer.

Ceilings are numbers of modules and names of libraries, never times: a busy machine changes nothing.
``make bench PARTS=imports`` measures the time (docs/performance.md, decision 0047).
"""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parents[1]
# The most modules of ours, packages included. A handler that needs more may have more:
# the commit tells why.
CEILINGS: Final = {
    "acknowledge_upload": 82,
    "act_on_operations": 116,
    "act_on_operations_pages": 156,
    "authorize_operator": 65,
    "authorize_reader": 68,
    "authorize_pacs": 48,
    "authorize_professional": 47,
    "authorize_sender": 54,
    "build_manifest": 99,
    "check_call": 65,
    "check_certificates": 44,
    "check_health": 48,
    "check_message": 115,
    "check_pasted_call": 81,
    "check_pasted_message": 128,
    "enrol_agent": 54,
    "export_archive": 107,
    "fail_jobs": 47,
    "fetch_exam": 130,
    "fill_cache": 98,
    "find_study": 60,
    "follow_message": 88,
    "hold_publication": 55,
    "import_exam": 154,
    "index_study": 100,
    "issue_certificate": 48,
    "list_exams": 129,
    "open_exam": 155,
    "open_context": 81,
    "open_file": 108,
    "operator_session": 69,
    "prepare_series": 99,
    "publish_manifest": 111,
    "read_operations": 160,
    "reader_session": 77,
    "read_report": 101,
    "read_upload": 78,
    "receive_message": 83,
    "receive_note": 71,
    "reconcile_studies": 101,
    "refresh_revocations": 49,
    "refresh_white_list": 57,
    "renew_agent": 56,
    "request_upload": 83,
    "retrieve_study": 79,
    "seal_audit": 47,
    "search_exams": 67,
    "serve_agents": 63,
    "serve_asset": 40,
    "search_pacs": 135,
    "set_authorization": 96,
    "settle_publication": 76,
    "show_exams": 156,
    "show_operations_pages": 209,
    "show_report": 119,
    "start_publication": 93,
    "start_reconciliation": 45,
    "store_exam": 111,
    "sweep_inbox": 90,
    "tell_sender": 43,
    "wake_waits": 43,
    "write_tenant": 44,
}
# The costly libraries, and the handlers that use them whatever they are asked. Others load them
# where one kind of object needs them, or behind a door of ``functions.aws.stores``.
LOADED_BY: Final[dict[str, frozenset[str]]] = {
    "cryptography": frozenset(
        [
            "act_on_operations_pages",
            "authorize_operator",
            "authorize_reader",
            "authorize_sender",
            "build_manifest",
            "check_pasted_call",
            "check_pasted_message",
            "enrol_agent",
            "fetch_exam",
            "import_exam",
            "issue_certificate",
            "list_exams",
            "open_context",
            "open_exam",
            "open_file",
            "operator_session",
            "reader_session",
            "search_pacs",
            "refresh_revocations",
            "renew_agent",
            "refresh_white_list",
            "set_authorization",
            "show_exams",
            "show_operations_pages",
            "show_report",
            "store_exam",
        ]
    ),
    "httpx": frozenset(),
    "xmlsec": frozenset(["refresh_white_list"]),
    "pydicom": frozenset(),
    "joserfc": frozenset(),
}


# The interpreter takes its stack in pieces of this many bytes (CPython's DATA_STACK_CHUNK_SIZE).
STACK_PIECE: Final = 16 * 1024
# Prints the most bytes of stack that nested calls take during the import; 80 bytes of a frame are
# the interpreter's own, and a value takes eight.
_DEPTH: Final = """
import sys
depths, most = [0], 0
def note(frame, event, _):
    global most
    if event == "call":
        code = frame.f_code
        names = code.co_nlocals + len(code.co_cellvars) + len(code.co_freevars)
        depths.append(depths[-1] + 80 + 8 * (names + code.co_stacksize))
        most = max(most, depths[-1])
    elif event == "return" and len(depths) > 1:
        depths.pop()
sys.setprofile(note)
import functions.{handler}.handler
sys.setprofile(None)
print(most)
"""


def handlers() -> list[str]:
    return sorted(path.parent.name for path in (ROOT / "functions").glob("*/handler.py"))


@cache
def imports_of(module: str) -> frozenset[str]:
    """The names that a module of ours imports when it is loaded, their packages included."""
    names: set[str] = set()
    rest = list(ast.parse(_source(module).read_text(encoding="utf-8")).body)
    while rest:
        node = rest.pop()
        if isinstance(node, ast.Import):
            names |= {one.name for one in node.names}
        elif isinstance(node, ast.ImportFrom):
            names |= {f"{node.module}.{one.name}" for one in node.names}
        elif isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            rest += node.orelse
        elif not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            rest += [one for one in ast.iter_child_nodes(node) if isinstance(one, ast.stmt)]
    return frozenset(parent for name in names for parent in _with_packages(name))


def _with_packages(name: str) -> list[str]:
    parts = name.split(".")
    return [".".join(parts[:count]) for count in range(1, len(parts) + 1)]


def _source(module: str) -> Path:
    path = ROOT.joinpath(*module.split("."))
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


@cache
def loaded_by(handler: str) -> tuple[frozenset[str], frozenset[str]]:
    """Modules of ours, and top-level names of libraries, that importing the handler loads."""
    ours: set[str] = set()
    others: set[str] = set()
    rest = _with_packages(f"functions.{handler}.handler")
    while rest:
        name = rest.pop()
        if name.partition(".")[0] != "functions":
            others.add(name.partition(".")[0])
        elif name not in ours and _source(name).is_file():
            ours.add(name)
            rest += imports_of(name)
    return frozenset(ours), frozenset(others)


@pytest.mark.parametrize("handler", handlers())
def test_a_handler_loads_no_more_modules_than_its_ceiling(handler: str) -> None:
    ours, _ = loaded_by(handler)
    assert len(ours) <= CEILINGS[handler], sorted(ours)


def test_every_ceiling_is_that_of_a_handler_and_near() -> None:
    """A ceiling that nobody reaches any more holds nothing: lower it."""
    assert sorted(CEILINGS) == handlers()
    far = {name for name in CEILINGS if CEILINGS[name] - len(loaded_by(name)[0]) > 20}
    assert far == set()


@pytest.mark.parametrize("library", LOADED_BY)
def test_a_costly_library_is_loaded_by_these_handlers_alone(library: str) -> None:
    assert {name for name in handlers() if library in loaded_by(name)[1]} == LOADED_BY[library]


def test_a_value_is_made_by_our_decorator() -> None:
    """The standard one makes the same in five times the time (decision 0047)."""
    slow = [
        f"{path.relative_to(ROOT)}: {node.name}"
        for path in (ROOT / "functions").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ClassDef) and any(map(is_standard_value, node.decorator_list))
    ]
    assert slow == []


def is_standard_value(decorator: ast.expr) -> bool:
    """``@dataclass(frozen=True, slots=True)``, with or without more arguments."""
    shown = {ast.unparse(one) for one in getattr(decorator, "keywords", ())}
    return {"frozen=True", "slots=True"} <= shown


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("dataclass(frozen=True, slots=True)", True),
        ("dataclasses.dataclass(slots=True, kw_only=True, frozen=True)", True),
        ("dataclass(frozen=True)", False),
        ("dataclass(slots=True)", False),
        ("frozen", False),
    ],
)
def test_the_standard_values_are_found(source: str, expected: bool) -> None:
    assert is_standard_value(ast.parse(source, mode="eval").body) is expected


@pytest.mark.slow
@pytest.mark.parametrize("handler", ["publish_manifest", "receive_message"])
def test_the_interpreter_agrees(handler: str) -> None:
    shown = run(f"import functions.{handler}.handler, sys; print(*sys.modules)").split()
    assert {name for name in shown if name.partition(".")[0] == "functions"} == loaded_by(handler)[
        0
    ]


@pytest.mark.slow
@pytest.mark.parametrize("handler", ["act_on_operations", "build_manifest", "read_operations"])
def test_the_imports_of_a_handler_nest_within_one_piece_of_the_stack(handler: str) -> None:
    """Below, each call takes a piece from the system: thousands did when boto3 came too deep."""
    assert int(run(_DEPTH.format(handler=handler))) < STACK_PIECE


def run(program: str) -> str:
    """The output of ``program`` in a fresh interpreter."""
    return subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "POWERTOOLS_SERVICE_NAME": "drimbox"},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
