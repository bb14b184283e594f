"""The functions' log, as the runtime reads it."""

from __future__ import annotations

import io
import logging as stdlib_logging
from collections.abc import Iterator
from contextlib import contextmanager

from functions.aws import logging


@contextmanager
def written() -> Iterator[io.StringIO]:
    """The process's own log goes into a stream for the time of the block, at DEBUG."""
    logger = logging._open()
    handler = logger.registered_handler
    assert isinstance(handler, stdlib_logging.StreamHandler)
    level, before, stream = logger.log_level, handler.stream, io.StringIO()
    handler.setStream(stream)
    logger.setLevel("DEBUG")
    try:
        yield stream
    finally:
        logger.setLevel(level)
        handler.setStream(before)
