"""The disk of a function: every invocation finds it empty, whatever ended the one before."""

from __future__ import annotations

import ast
import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final

import pytest

from functions.aws import entry, replies, scratch

FUNCTIONS: Final = Path(__file__).resolve().parents[2] / "functions"
CONTEXT: Final = SimpleNamespace(aws_request_id="request-1", function_name="f")
# The functions of tempfile that make a file or a folder: each takes ``dir``.
MAKERS: Final = {
    *("TemporaryDirectory", "TemporaryFile", "NamedTemporaryFile", "SpooledTemporaryFile"),
    *("mkdtemp", "mkstemp", "mktemp"),
}
# Where the system has no anonymous file in memory, the key of a certificate is a file for a moment.
ELSEWHERE: Final = {"drimbox/tls.py"}


@pytest.fixture(autouse=True)
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder, with a file of an invocation that was stopped."""
    logging.getLogger().setLevel(logging.INFO)
    folder = tmp_path / "disk" / "drimbox"
    monkeypatch.setattr(scratch, "ROOT", folder)
    (folder / "tmpabc").mkdir(parents=True)
    (folder / "tmpabc" / "part-000001").write_bytes(b"an image of another tenant")
    yield folder
    folder.parent.chmod(0o700)


def seen(found: list[list[str]]) -> Callable[[entry.Event], Any]:
    """A function that notes the disk at its beginning, and leaves a file."""

    def function(_: entry.Event) -> Any:
        folder = scratch.folder()
        found.append([path.name for path in folder.rglob("*")])
        (folder / "mine").write_bytes(b"x")
        return replies.text(200, b"{}", "application/json") if found else None

    return function


BORDERS: Final[dict[str, Callable[[Any], Any]]] = {
    "http": entry.http,
    "task": lambda function: entry.task(lambda event: function(event) and {}),
    "authorizer": entry.authorizer,
    "routes": lambda function: entry.http(entry.routes({("GET", "/a"): function})),
}


@pytest.mark.parametrize("border", BORDERS)
def test_every_kind_of_function_finds_an_empty_disk(border: str, root: Path) -> None:
    found: list[list[str]] = []
    handler = BORDERS[border](seen(found))
    for _ in range(3):
        handler({"httpMethod": "GET", "resource": "/a"}, CONTEXT)
    assert found == [[], [], []]
    assert root.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("border", ["task", "authorizer"])
def test_a_disk_that_cannot_be_emptied_ends_the_invocation(
    border: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(_: Path) -> None:
        raise OSError("read-only")

    monkeypatch.setattr("functions.aws.scratch.shutil.rmtree", fails)
    found: list[list[str]] = []
    with pytest.raises(entry.InternalFailure):
        BORDERS[border](seen(found))({}, CONTEXT)
    reply = entry.http(seen(found))({}, CONTEXT)
    assert (reply["statusCode"], found) == (500, [])


def _outside(source: str) -> list[int]:
    """The lines that make a temporary file without naming its folder."""
    if not any(maker in source for maker in MAKERS):
        return []
    return [
        call.lineno
        for call in ast.walk(ast.parse(source))
        if isinstance(call, ast.Call)
        and (
            call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
        )
        in MAKERS
        and "dir" not in {keyword.arg for keyword in call.keywords}
    ]


def test_no_function_writes_elsewhere() -> None:
    assert sorted(_outside("with TemporaryDirectory() as a: ...\ntempfile.mkstemp('x')")) == [1, 2]
    assert _outside("TemporaryDirectory(dir=spool)") == []
    found = {
        path.relative_to(FUNCTIONS).as_posix()
        for path in FUNCTIONS.rglob("*.py")
        if _outside(path.read_text("utf-8")) or "gettempdir" in path.read_text("utf-8")
    }
    assert found == ELSEWHERE | {"aws/scratch.py"}
