"""The code that is deployed: bytecode beside each source, read whatever the sources' times."""

from __future__ import annotations

import os
import subprocess
import zipfile
from pathlib import Path

import pytest

from infra import bytecode, layers
from infra.rules.reading import read_assembly

MAGIC_3_13 = bytes.fromhex("f30d0d0a")
UNCHECKED = bytes.fromhex("01000000")


# Reads every module as ``import`` does, and says how many there were.
_READ = """
from importlib.machinery import SourceFileLoader
from pathlib import Path
paths = [str(path) for path in Path("functions").rglob("*.py")]
print(len([SourceFileLoader("module", path).get_code("module") for path in paths]))
"""


@pytest.fixture(scope="module")
def python() -> str:
    """A Python of Lambda's version; without one the bytecode cannot be tried on this machine."""
    try:
        return bytecode.interpreter()
    except bytecode.NoInterpreter as error:
        pytest.skip(str(error))


@pytest.fixture(scope="module")
def built(python: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of layers with the compiled code."""
    folder = tmp_path_factory.mktemp("layers")
    layers.build_code(folder)
    return folder


def _contents(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_every_source_has_its_bytecode(built: Path) -> None:
    contents = _contents(built / layers.CODE)
    sources = {name for name in contents if name.endswith(".py")}
    assert "functions/receive_message/handler.py" in sources
    assert sources == {
        path.relative_to(layers.ROOT).as_posix()
        for path in (layers.ROOT / "functions").rglob("*.py")
    }
    for name in sources:
        folder, _, file = name.rpartition("/")
        head = contents[f"{folder}/__pycache__/{file.removesuffix('.py')}.cpython-313.pyc"][:8]
        assert head == MAGIC_3_13 + UNCHECKED, name
    assert bytecode.uncompiled(built / layers.CODE) == []


def test_the_same_sources_give_the_same_bytes(built: Path, tmp_path: Path) -> None:
    layers.build_code(tmp_path)
    assert layers.code_stamp_of(tmp_path) == layers.code_stamp_of(built)
    assert _contents(tmp_path / layers.CODE) == _contents(built / layers.CODE)


def test_the_zip_is_imported_from_bytecode_whatever_the_times(
    python: str, built: Path, tmp_path: Path
) -> None:
    """Unpacked as Lambda does: the archive's times, and none of them those of the compilation."""
    archive = tmp_path / "code.zip"
    with zipfile.ZipFile(archive, "w") as file:
        for name, content in sorted(_contents(built / layers.CODE).items()):
            file.writestr(zipfile.ZipInfo(name), content)
    task = tmp_path / "task"
    with zipfile.ZipFile(archive) as file:
        file.extractall(task)
    for source in task.rglob("*.py"):
        source.write_text("(", "utf-8")  # no source: the interpreter must not look at it
        os.utime(source, (1, 1))
    done = subprocess.run(
        [python, "-B", "-c", _READ], cwd=task, capture_output=True, text=True, check=True
    )
    assert int(done.stdout) == len(list(task.rglob("*.py")))


def test_the_templates_take_the_compiled_code(built: Path, other_assembly_folder: Path) -> None:
    out = other_assembly_folder
    functions = list(read_assembly(out).resources("AWS::Lambda::Function"))
    # One function has an asset of its own, with the files that it serves.
    [key] = {
        one.properties["Code"]["S3Key"]
        for one in functions
        if one.properties["FunctionName"] != "drimbox-serve-asset"
    }
    assert _contents(out / f"asset.{key.removesuffix('.zip')}") == _contents(built / layers.CODE)


def test_the_bytecode_names_no_folder_of_this_machine(built: Path) -> None:
    contents = _contents(built / layers.CODE).values()
    assert any(b"/var/task/functions/" in content for content in contents)
    assert not [content for content in contents if str(built).encode() in content]
