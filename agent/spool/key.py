"""The spool's own key: a file beside the machine's other secrets, never in the spool's folder.

A copy of the spool's folder alone (a backup, a disk that was replaced) opens no message. A spool
that holds messages and has lost its key is never begun anew: the agent does not start, and says so.
"""

from __future__ import annotations

import os
import secrets
import stat
from typing import TYPE_CHECKING, Final

from functions.drimbox.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

BYTES: Final = 32
_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO


def read_key(path: Path) -> bytes:
    """The key in the file: 64 hex digits. Raises ConfigurationError for an absent or ill-formed
    file, and where others than its owner may read it (POSIX).
    """
    try:
        text = path.read_text(encoding="ascii")
        key = bytes.fromhex(text)
        mode = path.stat().st_mode
    except (OSError, ValueError):
        raise ConfigurationError("the key of the spool cannot be read") from None
    if len(key) != BYTES:
        raise ConfigurationError("the key of the spool is ill-formed")
    if os.name == "posix" and mode & _OTHERS:
        raise ConfigurationError("others than the agent may read the key of the spool")
    return key


def make_key(path: Path, fresh: Callable[[int], bytes] = secrets.token_bytes) -> bytes:
    """A new key, on the disk before it is used: whole under its name, or not at all. Raises
    ConfigurationError where it cannot be written, or where there is one already."""
    key = fresh(BYTES)
    draft = path.with_name(f"{path.name}.new")
    try:
        draft.unlink(missing_ok=True)
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(key.hex() + "\n")
            file.flush()
            os.fsync(file.fileno())
        # Unlike a renaming, a link never takes the place of another file.
        os.link(draft, path)
        draft.unlink()
        sync_folder(path.parent)
    except OSError:
        raise ConfigurationError("the key of the spool cannot be written") from None
    return key


def sync_folder(folder: Path) -> None:
    """The names in the folder outlast a loss of power. Windows keeps them without being asked."""
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
