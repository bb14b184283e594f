"""pydicom within our code: silent, its errors ours."""

from __future__ import annotations

import logging
import warnings

import pytest
from pydicom import Dataset

from functions.drimbox.images.pydicom_settings import quiet_pydicom
from functions.drimbox.manifest.elements import Malformed


def test_pydicom_says_nothing_of_values(caplog: pytest.LogCaptureFixture) -> None:
    logger = logging.getLogger("pydicom")
    with caplog.at_level(logging.DEBUG), warnings.catch_warnings():
        warnings.simplefilter("error")
        with quiet_pydicom():
            root = Dataset()
            root.PatientBirthDate = "CANARY-47"
            logger.warning("CANARY-47")
            warnings.warn("CANARY-47", stacklevel=1)
        with pytest.raises(Malformed) as error, quiet_pydicom():
            raise ValueError("CANARY-47")
    assert "CANARY" not in caplog.text + str(error.value)
    assert error.value.__suppress_context__
    assert not logger.disabled
