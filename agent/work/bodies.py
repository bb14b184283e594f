"""A series' body on the agent's disk: its parts, and the facts with which it is gone on with.

The body is made by ``images.fill.assemble`` on a store that keeps files. A folder whose body is
whole has ``body.json``, written last; one without it is begun anew.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from threading import Lock
from typing import TYPE_CHECKING, BinaryIO, Final

from agent.work.ports import Part
from functions.drimbox.images.fill import PART_BYTES
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_FACTS: Final = "body.json"
_CHUNK: Final = 1024 * 1024


@frozen
class Body:
    """A whole body: its size in bytes, its SHA-256 (hex) and its parts, in order."""

    size: int
    sha256: str
    parts: tuple[Part, ...]


class PartsFolder:
    """Implements ``ports.Upload``: the parts of one body as files of ``folder``."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._parts: dict[int, Part] = {}
        self._lock = Lock()

    def add(self, number: int, part: bytes) -> None:
        """The part of that number, from 1 on."""
        path = self._folder / f"part-{number:05d}"
        path.write_bytes(part)
        kept = Part(path, len(part), hashlib.sha256(part).digest())
        with self._lock:
            self._parts[number] = kept

    def complete(self) -> None:
        """Nothing more to do: the parts are the body."""

    def abort(self) -> None:
        """Forget every part."""
        for part in self.parts:
            part.path.unlink(missing_ok=True)

    @property
    def parts(self) -> tuple[Part, ...]:
        """Those that were added, in order."""
        return tuple(self._parts[number] for number in sorted(self._parts))


def write_body(folder: Path, data: bytes) -> Body:
    """``data`` as a body in ``folder``."""
    upload = PartsFolder(folder)
    for number, start in enumerate(range(0, len(data), PART_BYTES), 1):
        upload.add(number, data[start : start + PART_BYTES])
    return Body(len(data), hashlib.sha256(data).hexdigest(), upload.parts)


def write_facts(folder: Path, size: int, sha256: str, parts: Sequence[Part]) -> Body:
    """Note that the body in ``folder`` is whole."""
    facts = {
        "size": size,
        "sha256": sha256,
        "parts": [[one.path.name, one.size, one.sha256.hex()] for one in parts],
    }
    fresh = folder / f"{_FACTS}.new"
    fresh.write_text(json.dumps(facts))
    fresh.replace(folder / _FACTS)
    return Body(size, sha256, tuple(parts))


def read_body(folder: Path) -> Body | None:
    """The whole body in ``folder``, every byte as it was written; None where there is none."""
    try:
        facts = json.loads((folder / _FACTS).read_text())
        parts = tuple(
            Part(folder / str(name), int(size), bytes.fromhex(digest))
            for name, size, digest in facts["parts"]
        )
        whole = hashlib.sha256()
        for part in parts:
            with part.path.open("rb") as file:
                if _digest(file, whole) != part.sha256:
                    return None
        if whole.hexdigest() != facts["sha256"]:
            return None
        return Body(int(facts["size"]), str(facts["sha256"]), parts)
    except (OSError, ValueError, LookupError, TypeError):
        return None


def _digest(file: BinaryIO, whole: hashlib._Hash) -> bytes:
    one = hashlib.sha256()
    while chunk := file.read(_CHUNK):
        one.update(chunk)
        whole.update(chunk)
    return one.digest()


def emptied(folder: Path) -> Path:
    """``folder``, there and empty."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, mode=0o700)
    return folder
