"""The parts of a deployment that are built: the dependency layer, and the code with bytecode.

``python -m infra.layers build`` makes both. ``check`` exits 1 when one of them is absent, or older
than ``uv.lock`` and ``functions``. ``ensure`` builds the parts that ``check`` would refuse. Both
need a Python of Lambda's version to compile with. uv installs the wheels for Lambda's platform from
the lock and checks their hashes; every package has such a wheel, so that no docker is needed.
"""

from __future__ import annotations

import argparse
import hashlib
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from infra import bytecode

ROOT: Final = Path(__file__).resolve().parent.parent
BUILT: Final = "python-deps"
CODE: Final = "code"
PLACEHOLDER: Final = ROOT / "infra" / "shared" / "no_layer"
_STAMP: Final = "python-deps.sha256"
_CODE_STAMP: Final = "code.sha256"
_UV: Final = (sys.executable, "-m", "uv")
_PLATFORM: Final = (
    "--python-platform=aarch64-manylinux_2_34",
    "--python-version=3.13",
    "--only-binary=:all:",
    "--require-hashes",
    "--no-deps",
    "--link-mode=copy",
)
# Where Lambda unpacks a layer and the code: tracebacks name the files there.
_LAYER_ROOT: Final = "/opt"
_CODE_ROOT: Final = "/var/task"
# Lambda's limit on a function's code and layers, unzipped.
_LIMIT_BYTES: Final = 250 * 1024 * 1024


def stamp_of(layers: Path) -> str | None:
    """SHA-256 (hex) of the sources of the built layer; None when none is built."""
    stamp = layers / _STAMP
    return stamp.read_text("ascii").strip() if stamp.is_file() else None


def wanted_stamp(lock: Path) -> str:
    """SHA-256 (hex) of the lock and of the way this module builds and compiles from it."""
    way = "\n".join((*_PLATFORM, *bytecode.FLAGS, bytecode.MAGIC.hex(), _LAYER_ROOT))
    return hashlib.sha256(lock.read_bytes() + way.encode()).hexdigest()


def code_stamp_of(layers: Path) -> str | None:
    """SHA-256 (hex) of the sources of the compiled code; None when there is none."""
    stamp = layers / _CODE_STAMP
    return stamp.read_text("ascii").strip() if stamp.is_file() else None


def wanted_code_stamp(root: Path = ROOT) -> str:
    """SHA-256 (hex) of every file of ``functions`` and of the way they are compiled."""
    way = "\n".join((*bytecode.FLAGS, bytecode.MAGIC.hex(), _CODE_ROOT))
    digest = hashlib.sha256(way.encode())
    for path in _sources(root / "functions"):
        content = path.read_bytes()
        digest.update(f"\n{path.relative_to(root).as_posix()} {len(content)}\n".encode())
        digest.update(content)
    return digest.hexdigest()


def _sources(folder: Path) -> Iterator[Path]:
    return (
        path
        for path in sorted(folder.rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts
    )


def build(layers: Path) -> None:
    """Build the layer afresh, with bytecode.

    The stamp is written last: an interrupted build counts as none.

    Raises:
        NoInterpreter: no Python of Lambda's version is here.
        CalledProcessError: uv or the compilation failed.
        RuntimeError: the layer is too big for Lambda.
    """
    python = bytecode.interpreter()
    target = layers / BUILT
    (layers / _STAMP).unlink(missing_ok=True)
    shutil.rmtree(target, ignore_errors=True)
    layers.mkdir(parents=True, exist_ok=True)
    requirements = layers / "requirements.txt"
    export(requirements)
    subprocess.run(
        [
            *_UV,
            "pip",
            "install",
            "--quiet",
            *_PLATFORM,
            "--target",
            target / "python",
            "--requirements",
            requirements,
        ],
        cwd=ROOT,
        check=True,
    )
    bytecode.compile_folder(target, _LAYER_ROOT, python)
    size = sum(path.stat().st_size for path in target.rglob("*") if path.is_file())
    if size > _LIMIT_BYTES:
        raise RuntimeError(f"the layer holds {size} bytes, more than Lambda takes")
    (layers / _STAMP).write_text(wanted_stamp(ROOT / "uv.lock") + "\n", "ascii")
    print(f"{target}: {size / 1e6:.0f} MB")


def build_code(layers: Path, root: Path = ROOT) -> None:
    """Copy ``functions`` to ``layers/code`` and compile it there; the stamp is written last.

    Raises:
        NoInterpreter: no Python of Lambda's version is here.
        CalledProcessError: a file does not compile.
    """
    python = bytecode.interpreter()
    stamp = wanted_code_stamp(root)
    target = layers / CODE
    (layers / _CODE_STAMP).unlink(missing_ok=True)
    shutil.rmtree(target, ignore_errors=True)
    for path in _sources(root / "functions"):
        copy = target / path.relative_to(root)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, copy)
    bytecode.compile_folder(target, _CODE_ROOT, python)
    (layers / _CODE_STAMP).write_text(stamp + "\n", "ascii")
    print(f"{target}: compiled by {python}")


def export(requirements: Path) -> None:
    """Write what the project itself depends on, from the lock, with hashes."""
    subprocess.run(
        [
            *_UV,
            "export",
            "--quiet",
            "--frozen",
            "--no-default-groups",
            "--no-emit-project",
            "--output-file",
            requirements,
        ],
        cwd=ROOT,
        check=True,
    )


def layer_fault(layers: Path) -> str | None:
    """The reason, in words, why the built layer cannot be deployed; None when it can."""
    stamp = stamp_of(layers)
    if stamp == wanted_stamp(ROOT / "uv.lock"):
        return None
    return f"the dependency layer {'is not built' if stamp is None else 'is older than uv.lock'}"


def code_fault(layers: Path) -> str | None:
    """The reason, in words, why the compiled code cannot be deployed; None when it can."""
    stamp = code_stamp_of(layers)
    if stamp == wanted_code_stamp():
        return None
    return f"the code {'is not compiled' if stamp is None else 'is older than functions'}"


def main(arguments: list[str] | None = None) -> int:
    """Command line; returns the process's status."""
    parser = argparse.ArgumentParser(prog="python -m infra.layers", description=__doc__)
    parser.add_argument("action", choices=["build", "check", "ensure"])
    parser.add_argument("--layers", type=Path, default=ROOT / "layers")
    options = parser.parse_args(arguments)
    parts = ((layer_fault(options.layers), build), (code_fault(options.layers), build_code))
    if options.action == "check":
        for wrong, _ in parts:
            if wrong:
                print(f"{wrong}: run make deploy, which builds it", file=sys.stderr)
        return 1 if any(wrong for wrong, _ in parts) else 0
    try:
        for wrong, make in parts:
            if wrong:
                print(f"{wrong}: building it", flush=True)
            if wrong or options.action == "build":
                make(options.layers)
    except bytecode.NoInterpreter as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
