"""The settings of pynetdicom and pydicom, which are those of the whole process."""

from __future__ import annotations

import logging
import socket
import tempfile
import warnings
from contextlib import suppress
from typing import TYPE_CHECKING, Final, cast

import pydicom.config
from pynetdicom import _config
from pynetdicom.fsm import TRANSITION_TABLE as TABLE
from pynetdicom.fsm import StateMachine
from pynetdicom.transport import AssociationSocket

if TYPE_CHECKING:
    from pathlib import Path

    from pynetdicom.dimse_primitives import C_STORE
    from pynetdicom.events import Event

_SILENT: Final = logging.CRITICAL + 1
# The words of this side but the request of an association, and the states in which the connection
# is closed or will be (PS3.8 9.2.1 and 9.2.2).
_OURS: Final = frozenset({"Evt7", "Evt8", "Evt9", "Evt11", "Evt14", "Evt15"})
_OVER: Final = frozenset({"Sta1", "Sta13"})
_act: Final = StateMachine.do_action


def prepare(folder: Path) -> None:
    """Have data sets received to files of ``folder``, which belongs to nothing else, sent from
    files, and no value of one written to a log or a warning.

    An object may be larger than the memory. pynetdicom writes it to a temporary file, and its
    messages quote identifiers and values: neither is a setting of one association.
    """
    tempfile.tempdir = str(folder)
    _config.STORE_RECV_CHUNKED_DATASET = True
    _config.STORE_SEND_CHUNKED_DATASET = True
    # Objects of private classes, and of classes that a later edition adds, are the archive's too.
    _config.UNRESTRICTED_STORAGE_SERVICE = True
    _config.LOG_HANDLER_LEVEL = "none"
    _config.LOG_REQUEST_IDENTIFIERS = False
    _config.LOG_RESPONSE_IDENTIFIERS = False
    for name in ("pynetdicom", "pydicom"):
        logging.getLogger(name).setLevel(_SILENT)
        warnings.filterwarnings("ignore", module=rf"{name}(\..*)?")
    pydicom.config.settings.reading_validation_mode = pydicom.config.IGNORE


def mend() -> None:
    """Have pynetdicom close a socket whose connection was refused, which it leaves open, and drop a
    word of ours that comes after our own A-ABORT, at which its thread breaks and leaves the
    connection open: the answer to a C-STORE, where the caller wants no more objects."""
    AssociationSocket._shutdown_socket = _closed  # type: ignore[method-assign]
    StateMachine.do_action = _acted  # type: ignore[method-assign]


def _acted(self: StateMachine, event: str) -> None:
    if self.current_state in _OVER and event in _OURS and (event, self.current_state) not in TABLE:
        self.dul.to_provider_queue.get(block=False)
    else:
        _act(self, event)


def _closed(self: AssociationSocket) -> None:
    opened = self.socket
    if opened is not None:
        with suppress(OSError):
            opened.shutdown(socket.SHUT_RDWR)
        opened.close()


def stored_names(event: Event) -> tuple[str, str]:
    """The SOP Class and Instance UIDs of a C-STORE request, as its command names them."""
    request = cast("C_STORE", event.request)
    return str(request.AffectedSOPClassUID), str(request.AffectedSOPInstanceUID)
