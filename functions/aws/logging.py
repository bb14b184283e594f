"""Structured logs: an event name, the product's version, and fields from an allow-list.

Libraries below us log URLs, headers and bodies at DEBUG; they are kept at WARNING whatever our
own level is, because those hold identifiers and tokens.
"""

from __future__ import annotations

import logging
from typing import Final

from aws_lambda_powertools import Logger

from functions.version import VERSION

ALLOWED: Final = frozenset(
    {
        "tenant",
        "correlation_id",
        "message_id",
        "study_instance_uid",
        "series_instance_uid",
        "step",
        "outcome",
        "code",
        "detail",
        "status",
        "state",
        "attempt",
        "replay",
        "count",
        "bytes",
        "milliseconds",
        "error",
        "request_id",
    }
)
_NOISY: Final = ("boto3", "botocore", "urllib3", "httpx", "httpcore", "s3transfer", "pydicom")

_logger: Logger | None = None


def _open() -> Logger:
    global _logger  # noqa: PLW0603  # one logger per process, made at its first use
    if _logger is None:
        # Level and service come from POWERTOOLS_* and LOG_LEVEL, which Settings check.
        _logger = Logger(utc=True, use_rfc3339=True, log_uncaught_exceptions=False, location=None)
        _logger.append_keys(version=VERSION)
        for name in _NOISY:
            logging.getLogger(name).setLevel(logging.WARNING)
    return _logger


def event(name: str, **fields: str | int | float | None) -> None:
    """Log ``name`` at INFO; ValueError for a field outside the allow-list."""
    _write(logging.INFO, name, fields)


def warning(name: str, **fields: str | int | float | None) -> None:
    """Log ``name`` at WARNING."""
    _write(logging.WARNING, name, fields)


def error(name: str, **fields: str | int | float | None) -> None:
    """Log ``name`` at ERROR."""
    _write(logging.ERROR, name, fields)


def _write(level: int, name: str, fields: dict[str, str | int | float | None]) -> None:
    unknown = set(fields) - ALLOWED
    if unknown:
        raise ValueError(f"log fields not allowed: {', '.join(sorted(unknown))}")
    logger = _open()
    {logging.INFO: logger.info, logging.WARNING: logger.warning, logging.ERROR: logger.error}[
        level
    ](name, extra=dict(fields))
