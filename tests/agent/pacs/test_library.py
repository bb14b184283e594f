"""The settings of pynetdicom and pydicom."""

from __future__ import annotations

import logging
import tempfile
import warnings
from pathlib import Path

import pydicom.config
import pytest
from pynetdicom import AE, _config
from pynetdicom.association import Association
from pynetdicom.fsm import InvalidEventError
from pynetdicom.pdu_primitives import P_DATA

from agent.pacs import library


def test_nothing_of_a_data_set_is_logged_or_warned_of(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    library.prepare(tmp_path)
    for name in ("pynetdicom.association", "pynetdicom", "pydicom"):
        logging.getLogger(name).critical("DURAND^ZOE")
    assert caplog.records == []
    with warnings.catch_warnings(record=True) as caught:
        warnings.warn_explicit("DURAND^ZOE", UserWarning, "valuerep.py", 1, "pydicom.valuerep")
    assert caught == []
    assert not _config.LOG_REQUEST_IDENTIFIERS
    assert not _config.LOG_RESPONSE_IDENTIFIERS
    assert pydicom.config.settings.reading_validation_mode == pydicom.config.IGNORE


def test_objects_are_received_to_files_of_the_folder_and_sent_from_files(tmp_path: Path) -> None:
    library.prepare(tmp_path)
    assert _config.STORE_SEND_CHUNKED_DATASET
    assert _config.STORE_RECV_CHUNKED_DATASET
    with tempfile.NamedTemporaryFile() as file:
        assert Path(file.name).parent == tmp_path


def test_a_word_after_our_own_abort_is_dropped() -> None:
    library.mend()
    dul = Association(AE(), "requestor").dul
    dul.state_machine.current_state = "Sta13"
    dul.to_provider_queue.put(P_DATA())
    dul.state_machine.do_action("Evt9")
    assert dul.to_provider_queue.empty()
    assert dul.state_machine.current_state == "Sta13"
    # One that nobody should have said is still an error.
    dul.state_machine.current_state = "Sta5"
    with pytest.raises(InvalidEventError):
        dul.state_machine.do_action("Evt9")
