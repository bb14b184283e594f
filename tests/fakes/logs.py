"""The functions' log, as the runtime reads it."""

from __future__ import annotations

import io
import logging as stdlib_logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from aws_lambda_powertools import Logger

from functions.aws import logging

# The logger keeps the stdout that it first sees. It is opened while the tests are collected: the
# stdout of a running test may be that test's own capture, which is closed at its end.
_LOGGER: Final[Logger] = logging._open()


@contextmanager
def written() -> Iterator[io.StringIO]:
    """The process's own log goes into a stream for the time of the block, at DEBUG."""
    handler = _LOGGER.registered_handler
    assert isinstance(handler, stdlib_logging.StreamHandler)
    level, before, stream = _LOGGER.log_level, handler.stream, io.StringIO()
    handler.setStream(stream)
    _LOGGER.setLevel("DEBUG")
    try:
        yield stream
    finally:
        _LOGGER.setLevel(level)
        handler.setStream(before)
