"""The folders of jobs that last: one for each key under which a job may put an object."""

from __future__ import annotations

import hashlib
import shutil
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path


class Places:
    """The folders of one kind of job, whose names begin with ``kind``, within ``folder``."""

    def __init__(self, folder: Path, kind: str) -> None:
        self._folder = folder
        self._kind = kind

    def of(self, key: str) -> Path:
        """The folder of this key, which may not be there."""
        name = hashlib.sha256(key.encode()).hexdigest()[:32]
        return self._folder / f"{self._kind}-{name}"

    def forget(self, key: str) -> None:
        """The folder of this key is needed no more."""
        shutil.rmtree(self.of(key), ignore_errors=True)

    def sweep(self, before: datetime) -> None:
        """Remove the folders that nothing has touched since: their jobs have ended elsewhere."""
        for place in self._folder.glob(f"{self._kind}-*"):
            newest = max((one.stat().st_mtime for one in place.iterdir()), default=0.0)
            if newest < before.timestamp():
                shutil.rmtree(place, ignore_errors=True)
