"""The refusal of a document, for tests."""

from __future__ import annotations

import pytest

from functions.drimbox.errors import MessageError
from functions.drimbox.report.cda import read_cda


def refused(data: bytes) -> MessageError:
    """The error that reading ``data`` raises; a test that reads it fails."""
    with pytest.raises(MessageError) as caught:
        read_cda(data, location="OBX^7^5")
    assert caught.value.location == "OBX^7^5"
    return caught.value


def refusal(data: bytes) -> tuple[str, str]:
    """The code and the element of the refusal."""
    error = refused(data)
    return error.code, error.detail.removeprefix("CDA: ")
