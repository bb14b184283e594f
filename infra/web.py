"""``python -m infra.web``: the viewer of ``web/viewer`` built into the files that a host serves.

The pinned Node runs npm and the build. Nothing is done while the sources are those of the last
build; two runs at the same time wait for each other.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from infra import node

VIEWER: Final = Path(__file__).resolve().parent.parent / "web" / "viewer"
BUILT: Final = "built"
_STAMP: Final = "sources.sha256"
_SOURCES: Final = ("package.json", "package-lock.json", "vite.config.js", "manifest.mjs")
_INSTALL: Final = ("ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
_SECONDS: Final = 600


class NotBuilt(Exception):
    """The viewer could not be built; the message says what to do."""


def sources_stamp(folder: Path = VIEWER) -> str:
    """SHA-256 (hex) of everything that the build reads but the packages, which the lock fixes."""
    digest = hashlib.sha256()
    for path in _sources(folder):
        content = path.read_bytes()
        digest.update(f"{path.relative_to(folder).as_posix()} {len(content)}\n".encode())
        digest.update(content)
    return digest.hexdigest()


def _sources(folder: Path) -> Iterator[Path]:
    yield from (folder / name for name in _SOURCES)
    yield from sorted(path for path in (folder / "src").rglob("*") if path.is_file())


def is_built(folder: Path = VIEWER) -> bool:
    """Whether the built files are those of the present sources."""
    stamp = folder / BUILT / _STAMP
    return stamp.is_file() and stamp.read_text() == sources_stamp(folder)


def build(folder: Path = VIEWER) -> bool:
    """Build unless that is done already; False when nothing was to do. Raises NotBuilt."""
    with (folder / "package-lock.json").open("rb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if is_built(folder):
            return False
        _install(folder)
        _run("the build of the viewer", folder, _node(folder, "vite", "bin", "vite.js"), "build")
        _run("the list of the viewer's files", folder, "manifest.mjs")
        (folder / BUILT / _STAMP).write_text(sources_stamp(folder))
    return True


def _node(folder: Path, package: str, *parts: str) -> str:
    return str((folder / "node_modules" / package).joinpath(*parts))


def _install(folder: Path) -> None:
    """``npm ci``, once for each state of the lock."""
    if not installed(folder):
        _run("the installation of the viewer's packages", folder, npm(), *_INSTALL)
        _mark(folder).write_text(_lock_stamp(folder))


def installed(folder: Path) -> bool:
    """Whether the packages there are those of the present lock."""
    mark = _mark(folder)
    return mark.is_file() and mark.read_text() == _lock_stamp(folder)


def _mark(folder: Path) -> Path:
    return folder / "node_modules" / ".installed"


def _lock_stamp(folder: Path) -> str:
    return hashlib.sha256((folder / "package-lock.json").read_bytes()).hexdigest()


def npm() -> str:
    """npm's own program in the pinned wheel; the machine's npm needs no other Node."""
    return str(node.folder().parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")


def _run(name: str, folder: Path, *arguments: str) -> None:
    program = shutil.which("node")
    command: Sequence[str] = (program or "node", *arguments)
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            env={**os.environ, "NODE_ENV": "development"},
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise NotBuilt(f"{name} took more than {_SECONDS} s") from None
    if done.returncode:
        told = (done.stderr or done.stdout).strip()[-2000:]
        raise NotBuilt(
            f"{name} failed:\n{told}\n\nThe first build needs the npm registry, the next ones do "
            "not. Behind a proxy that inspects TLS: NODE_EXTRA_CA_CERTS=/path/ca.pem make web."
        )


def main() -> int:
    """Build, and say so."""
    try:
        done = build()
    except NotBuilt as error:
        print(error, file=sys.stderr)
        return 1
    if done:
        print(f"the viewer is built into {(VIEWER / BUILT).relative_to(VIEWER.parent.parent)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
