"""Log files of functions: one per function, rotated, readable by their owner only."""

from __future__ import annotations

import os
import threading
from pathlib import Path
from typing import IO, Final

FILE_BYTES: Final = 10 << 20
KEPT_FILES: Final = 3


class RotatingLog:
    """An append-only file that is renamed ``.1``, ``.2``… when it passes ``limit`` bytes."""

    def __init__(self, path: Path, limit: int = FILE_BYTES, kept: int = KEPT_FILES) -> None:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._path = path
        self._limit = limit
        self._kept = kept
        self._lock = threading.Lock()
        self._file = self._open()

    def write(self, data: bytes) -> None:
        """Append ``data``; whole lines of several writers do not mix."""
        with self._lock:
            if self._file.closed:
                return
            if self._file.tell() + len(data) > self._limit:
                self._rotate()
            self._file.write(data)

    def pump(self, source: IO[bytes]) -> None:
        """Copy lines until ``source`` ends; the runtime client ends inner lines with CR."""
        for line in source:
            self.write(line.replace(b"\r", b"\n"))
        source.close()

    def close(self) -> None:
        """Close the file; later output of a process that is ending is dropped."""
        with self._lock:
            self._file.close()

    def _open(self) -> IO[bytes]:
        descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        file = os.fdopen(descriptor, "ab", buffering=0)
        file.seek(0, os.SEEK_END)
        return file

    def _rotate(self) -> None:
        self._file.close()
        for number in range(self._kept - 1, 0, -1):
            older = self._path.with_name(f"{self._path.name}.{number}")
            if older.exists():
                older.replace(self._path.with_name(f"{self._path.name}.{number + 1}"))
        self._path.replace(self._path.with_name(f"{self._path.name}.1"))
        self._file = self._open()
