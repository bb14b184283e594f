"""A folder whose files are bytes: a parser spools into it without a system call."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import cast


class MemoryFolder:
    """The files that a reader makes by ``spool / name`` and ``open("xb")``, and has not removed."""

    def __init__(self) -> None:
        self._files: dict[str, BytesIO] = {}

    @property
    def path(self) -> Path:
        """The folder as its reader takes it: that reader asks no more of a path than this has."""
        return cast("Path", self)

    @property
    def is_empty(self) -> bool:
        """No file was left."""
        return not self._files

    def __truediv__(self, name: str) -> MemoryFile:
        return MemoryFile(self._files, name)

    def take(self, path: Path) -> bytes:
        """The content of a file, which goes."""
        return self._files.pop(path.name).getvalue()


class MemoryFile:
    """One file, by the methods of a path that the readers use."""

    def __init__(self, files: dict[str, BytesIO], name: str) -> None:
        self._files = files
        self.name = name

    def open(self, mode: str) -> _Open:
        """A new file; one of that name must not be there."""
        if mode != "xb" or self.name in self._files:
            raise FileExistsError(self.name)
        return _Open(self._files.setdefault(self.name, BytesIO()))

    def unlink(self) -> None:
        """The file goes."""
        del self._files[self.name]


class _Open:
    """The file while it is written; its content stays when it is closed."""

    def __init__(self, content: BytesIO) -> None:
        self._content = content

    def __enter__(self) -> BytesIO:
        return self._content

    def __exit__(self, *_: object) -> None:
        """Nothing is closed."""
