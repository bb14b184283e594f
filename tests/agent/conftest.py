"""The settings of pynetdicom and pydicom are those of the process: each test gives them back."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Iterator

import pydicom.config
import pytest
from pynetdicom import _config

_SETTINGS = (
    "STORE_RECV_CHUNKED_DATASET",
    "UNRESTRICTED_STORAGE_SERVICE",
    "LOG_HANDLER_LEVEL",
    "LOG_REQUEST_IDENTIFIERS",
    "LOG_RESPONSE_IDENTIFIERS",
)


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    settings = {name: getattr(_config, name) for name in _SETTINGS}
    levels = {name: logging.getLogger(name).level for name in ("pynetdicom", "pydicom")}
    folder = tempfile.tempdir
    reading = pydicom.config.settings.reading_validation_mode
    yield
    for name, value in settings.items():
        setattr(_config, name, value)
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)
    tempfile.tempdir = folder
    pydicom.config.settings.reading_validation_mode = reading
