"""pydicom, kept from writing values it dislikes (hence patients' data) to logs and warnings."""

from __future__ import annotations

import logging
import struct
import warnings
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pydicom.config
from pydicom.errors import BytesLengthException, InvalidDicomError

from functions.drimbox.manifest.elements import Malformed

if TYPE_CHECKING:
    from collections.abc import Iterator

# The errors that pydicom raises on malformed data sets, found by reading mutated files.
_FAILURES = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    BytesLengthException,
    EOFError,
    InvalidDicomError,
    LookupError,
    NotImplementedError,
    OSError,
    RecursionError,
    TypeError,
    ValueError,
    struct.error,
)


@contextmanager
def quiet_pydicom() -> Iterator[None]:
    """A block in which pydicom validates no value, logs and warns nothing.

    Its failures, whose messages quote values, leave the block as Malformed without them. The
    settings are those of the process: not for several threads at once.
    """
    logger = logging.getLogger("pydicom")
    disabled, logger.disabled = logger.disabled, True
    try:
        with warnings.catch_warnings(), pydicom.config.disable_value_validation():
            warnings.simplefilter("ignore")
            yield
    except _FAILURES:
        raise Malformed("the data set cannot be read") from None
    finally:
        logger.disabled = disabled
