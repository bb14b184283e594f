"""Bytecode for Lambda: compiled by the interpreter that reads it, valid whatever a file's time.

A ``.pyc`` is of the kind *unchecked-hash* (PEP 552): the interpreter reads it without a look at
its source. Lambda unpacks archives with times of its own, so a ``.pyc`` of the usual kind would be
compiled anew at every cold start.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

VERSION: Final = "3.13"
# The first four bytes of CPython 3.13's bytecode files; they are the same for all its releases.
MAGIC: Final = (3571).to_bytes(2, "little") + b"\r\n"
# PEP 552: bit 0, the file holds its source's hash; bit 1, the interpreter compares the two.
UNCHECKED_HASH: Final = (0b01).to_bytes(4, "little")
FLAGS: Final = ("-q", "-f", "--invalidation-mode", "unchecked-hash")
ADVICE: Final = (
    f"The build needs Python {VERSION}, which Lambda runs, to compile the deployed code. It found "
    "none: neither this environment's, nor python3.13 on the PATH, nor one of pyenv or uv. Install "
    f"one (for instance: .venv/bin/uv python install {VERSION}) or name it: "
    "PYTHON_LAMBDA=/path/python3.13"
)
_ASK: Final = (
    "import importlib.util, sys;print(sys.implementation.name, importlib.util.MAGIC_NUMBER.hex())"
)


class NoInterpreter(Exception):
    """This machine has no Python of Lambda's version; the message says what to do."""


def interpreter() -> str:
    """A Python of Lambda's version. Nothing is downloaded.

    Raises:
        NoInterpreter: there is none.
    """
    for candidate in _candidates():
        if _compiles_for_lambda(candidate):
            return candidate
    raise NoInterpreter(ADVICE)


def _candidates() -> Iterator[str]:
    yield from filter(None, (os.environ.get("PYTHON_LAMBDA"),))
    yield sys.executable
    yield from filter(None, (shutil.which(f"python{VERSION}"),))
    # pyenv's own command only starts the versions that its user has chosen.
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    yield from map(str, sorted(pyenv.glob(f"versions/{VERSION}.*/bin/python{VERSION}")))
    find = ("python", "find", "--no-project", "--managed-python", "--no-python-downloads", VERSION)
    found = subprocess.run(
        [sys.executable, "-m", "uv", *find], capture_output=True, text=True, check=False
    )
    if found.returncode == 0:
        yield found.stdout.strip()


def _compiles_for_lambda(candidate: str) -> bool:
    try:
        asked = subprocess.run(
            [candidate, "-I", "-c", _ASK], capture_output=True, text=True, check=False
        )
    except OSError:
        return False
    return asked.returncode == 0 and asked.stdout.split() == ["cpython", MAGIC.hex()]


def compile_folder(folder: Path, seen_as: str, python: str) -> None:
    """Compile every ``.py`` under ``folder``; tracebacks name the files under ``seen_as``.

    Raises:
        CalledProcessError: ``python`` did not compile one of them.
    """
    subprocess.run(
        [python, "-I", "-m", "compileall", *FLAGS, "-s", str(folder), "-p", seen_as, str(folder)],
        check=True,
    )


def uncompiled(folder: Path) -> list[Path]:
    """The ``.py`` files under ``folder`` without a ``.pyc`` that Lambda reads, in order."""
    return [path for path in sorted(folder.rglob("*.py")) if not _is_compiled(path)]


def _is_compiled(source: Path) -> bool:
    compiled = source.parent / "__pycache__" / f"{source.stem}.cpython-313.pyc"
    return compiled.is_file() and compiled.read_bytes()[:8] == MAGIC + UNCHECKED_HASH
