"""The disk of a function: one folder below the system's, which every invocation finds empty.

Lambda keeps ``/tmp`` for the next invocation, of whichever tenant, also after it has stopped one at
its time limit or for its memory: then nobody has removed the images of the first tenant.
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

ROOT = Path(tempfile.gettempdir()) / "drimbox"


def empty() -> None:
    """Remove everything that an earlier invocation has left; OSError when that cannot be done.

    A process of Lambda runs one invocation at a time: nobody else uses the folder.
    """
    if ROOT.exists():
        shutil.rmtree(ROOT)


def folder() -> Path:
    """Where this invocation may write; only this process's user may look."""
    ROOT.mkdir(mode=0o700, exist_ok=True)
    return ROOT
