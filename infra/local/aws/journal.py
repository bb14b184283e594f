"""A journal that survives the process: a change is on disk before it is answered.

Two files a generation: a snapshot (complete when it has its final name) and the changes since.
Starting writes the next generation and drops the old one, so that a crash at any moment leaves
one complete generation.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import IO, Any, Final

from infra.local.install import sync_folder

Entry = Mapping[str, Any]
_SNAPSHOT: Final = re.compile(r"(\d{8})\.snapshot")


class JournalError(Exception):
    """The journal's files are damaged elsewhere than at their very end."""


class Journal:
    """Entries (JSON objects) in the order in which they were appended. Not thread-safe."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._folder = folder
        self._generation = max(
            (
                int(match[1])
                for path in folder.iterdir()
                if (match := _SNAPSHOT.fullmatch(path.name))
            ),
            default=0,
        )
        self._file: IO[bytes] | None = None

    def snapshot(self) -> Iterator[Entry]:
        """The entries of the last compaction."""
        return self._read(self._path("snapshot"), whole=True)

    def changes(self) -> Iterator[Entry]:
        """The entries appended since; a last one that was cut short was never answered."""
        return self._read(self._path("journal"), whole=False)

    def compact(self, entries: Iterable[Entry]) -> None:
        """Make ``entries`` the snapshot, drop everything older, open for appending."""
        self._generation += 1
        path = self._path("snapshot")
        temporary = path.with_suffix(".new")
        with _private(temporary, os.O_TRUNC) as file:
            for entry in entries:
                file.write(_line(entry))
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
        self._file = _private(self._path("journal"), os.O_TRUNC)
        sync_folder(self._folder)
        for old in self._folder.iterdir():
            if old.name.split(".")[0] != path.stem:
                old.unlink()

    def append(self, entry: Entry) -> None:
        """Make ``entry`` durable."""
        if self._file is None:
            raise JournalError("the journal is not open for appending")
        self._file.write(_line(entry))
        self._file.flush()
        os.fdatasync(self._file.fileno())

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _path(self, kind: str) -> Path:
        return self._folder / f"{self._generation:08d}.{kind}"

    @staticmethod
    def _read(path: Path, *, whole: bool) -> Iterator[Entry]:
        if not path.exists():
            return
        with path.open("rb") as file:
            for number, line in enumerate(file, 1):
                if not line.endswith(b"\n") and not whole:
                    return
                try:
                    yield json.loads(line)
                except ValueError as error:
                    raise JournalError(f"{path.name} is damaged at line {number}") from error


def _line(entry: Entry) -> bytes:
    return json.dumps(entry, separators=(",", ":"), ensure_ascii=False).encode() + b"\n"


def _private(path: Path, flags: int) -> IO[bytes]:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | flags, 0o600)
    return os.fdopen(descriptor, "wb")
