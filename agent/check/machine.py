"""The machine itself: its disk, and its files."""

from __future__ import annotations

import os
from shutil import disk_usage
from typing import TYPE_CHECKING, Final

from agent.check.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# Bytes: the largest series, its parts beside it, and the messages of an outage.
LEAST_FREE: Final = 20 * 1024**3


def try_machine(folder: Path) -> Iterator[Finding]:
    """Whether the agent's folder can be written, and has room."""
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        probe = folder / f".check-{os.getpid()}"
        probe.write_bytes(b"x")
        probe.unlink()
        free = disk_usage(folder).free
    except OSError as error:
        yield Finding("folder_unusable", str(folder), type(error).__name__)
        return
    room = f"{free / 1e9:.0f} GB"
    yield Finding("disk_has_room" if free >= LEAST_FREE else "disk_small", str(folder), room)
