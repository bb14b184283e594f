"""First code of every function process: binds its life and memory, then runs the runtime client.

Run as a script (``python -P -B worker.py HANDLER MEMORY_MB``), with the asset as working folder.
It imports nothing of the project: only the function's asset may be found by the function.
"""

from __future__ import annotations

import os
import resource
import runpy
import sys
import threading
from typing import Final

THREAD_STACK_BYTES: Final = 1 << 20


def _end_with_parent() -> None:
    """The parent holds the other end of standard input: its end means that the parent is gone."""
    while os.read(0, 1):
        continue
    os._exit(1)


def main(handler: str, memory_mb: int) -> None:
    """Run ``handler`` ("package.module.function") until the parent ends or kills this process."""
    limit = memory_mb << 20
    # Private writable memory; RLIMIT_AS would count mapped libraries, which Lambda does not.
    resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    threading.stack_size(THREAD_STACK_BYTES)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    sys.argv = ["awslambdaric", handler]
    runpy.run_module("awslambdaric", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
