"""The dependency layer: built by uv for Lambda's platform, from the lock, hashes checked.

``python -m infra.layers build`` makes ``layers/python-deps``; ``check`` exits 1 when it is absent
or was not built from the present ``uv.lock``; ``ensure`` builds it then. No docker: every package
has a wheel for Lambda.
"""

from __future__ import annotations

import argparse
import hashlib
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
BUILT: Final = "python-deps"
PLACEHOLDER: Final = ROOT / "infra" / "shared" / "no_layer"
_STAMP: Final = "python-deps.sha256"
_UV: Final = (sys.executable, "-m", "uv")
_PLATFORM: Final = (
    "--python-platform=aarch64-manylinux_2_34",
    "--python-version=3.13",
    "--only-binary=:all:",
    "--require-hashes",
    "--no-deps",
    "--link-mode=copy",
)
# What Lambda counts against a function, code and layers unzipped.
_LIMIT_BYTES: Final = 250 * 1024 * 1024


def stamp_of(layers: Path) -> str | None:
    """SHA-256 (hex) of what the built layer was made from; None when none is built."""
    stamp = layers / _STAMP
    return stamp.read_text("ascii").strip() if stamp.is_file() else None


def wanted_stamp(lock: Path) -> str:
    """SHA-256 (hex) of the lock and of the way this module builds from it."""
    return hashlib.sha256(lock.read_bytes() + "\n".join(_PLATFORM).encode()).hexdigest()


def build(layers: Path) -> None:
    """Build the layer afresh; CalledProcessError when uv fails, RuntimeError when it is too big.

    The stamp is written last: an interrupted build counts as none.
    """
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
    size = sum(path.stat().st_size for path in target.rglob("*") if path.is_file())
    if size > _LIMIT_BYTES:
        raise RuntimeError(f"the layer holds {size} bytes, more than Lambda takes")
    (layers / _STAMP).write_text(wanted_stamp(ROOT / "uv.lock") + "\n", "ascii")
    print(f"{target}: {size / 1e6:.0f} MB")


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


def fault(layers: Path) -> str | None:
    """What is wrong with the built layer, in words; None when it is of the present lock."""
    stamp = stamp_of(layers)
    if stamp == wanted_stamp(ROOT / "uv.lock"):
        return None
    return f"the dependency layer {'is not built' if stamp is None else 'is older than uv.lock'}"


def main(arguments: list[str] | None = None) -> int:
    """Command line; returns the process's status."""
    parser = argparse.ArgumentParser(prog="python -m infra.layers", description=__doc__)
    parser.add_argument("action", choices=["build", "check", "ensure"])
    parser.add_argument("--layers", type=Path, default=ROOT / "layers")
    options = parser.parse_args(arguments)
    wrong = fault(options.layers)
    if options.action == "check":
        if wrong:
            print(f"{wrong}: run make deploy, which builds it", file=sys.stderr)
        return 1 if wrong else 0
    if wrong:
        print(f"{wrong}: building it", flush=True)
    if wrong or options.action == "build":
        build(options.layers)
    return 0


if __name__ == "__main__":
    sys.exit(main())
