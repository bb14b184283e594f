"""Our own C-STORE SCP: the objects that the archive was asked for, and the notes that it sends.

Both come to one port, under two AE titles. Under the first one nothing is taken but the objects of
a retrieval under way. Under the other, Key Object Selections alone.
"""

from __future__ import annotations

from ipaddress import ip_address
from socketserver import BaseServer
from threading import Thread
from typing import TYPE_CHECKING, Any, Final, cast

from pynetdicom import evt
from pynetdicom.presentation import build_context
from pynetdicom.transport import ThreadedAssociationServer

from agent.pacs.associations import bounded, entity, shut_down
from agent.pacs.library import stored_names
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    import socket
    import ssl
    from collections.abc import Callable, Sequence
    from ipaddress import IPv4Network, IPv6Network
    from pathlib import Path

    from pynetdicom.association import Association
    from pynetdicom.events import Event

    from agent.config.model import Caller
    from agent.pacs.associations import Times
    from agent.pacs.expected import Expected

_VERIFICATION: Final = "1.2.840.10008.1.1"
# PS3.8 9.3.4: rejected for good by the service user; the caller's title, or ours, is not known.
_CALLING: Final = (0x01, 0x01, 0x03)
_CALLED: Final = (0x01, 0x01, 0x07)
_NOT_AUTHORISED: Final = 0x0124
# Seconds.
_HANDSHAKE: Final = 10.0


@frozen
class Listener:
    """Where we listen: ``address`` "" is every address of the machine, ``port`` 0 any free one.

    ``notes_ae_title`` is the title under which notes come, "" where none do.
    """

    ae_title: str
    address: str
    port: int
    callers: tuple[Caller, ...]
    notes_ae_title: str = ""
    tls: ssl.SSLContext | None = None


class Receiver:
    """Listens between :meth:`start` and :meth:`stop`, for the objects that are ``expected``.

    ``take_note`` gets the file of an object that came under the notes' title with its SOP Class and
    Instance UIDs, and gives a status of C-STORE.
    """

    def __init__(
        self,
        listener: Listener,
        expected: Expected,
        take_note: Callable[[Path, str, str], int],
        *,
        times: Times,
    ) -> None:
        self._listener = listener
        self.expected = expected
        self._take_note = take_note
        self._entity = entity(listener.ae_title, times)
        self._network = times.network
        self._server: _Server | None = None

    @property
    def port(self) -> int:
        """The port that it listens on, 0 while it does not."""
        return int(self._server.server_address[1]) if self._server else 0

    def start(self) -> None:
        """Begin to listen. Raises OSError where the port is taken."""
        listener = self._listener
        made = self._entity.make_server(
            (listener.address, listener.port),
            contexts=[build_context(_VERIFICATION)],
            ssl_context=None,
            evt_handlers=[
                (evt.EVT_CONN_OPEN, bounded, [self._network]),
                (evt.EVT_REQUESTED, self._judge),
                (evt.EVT_C_STORE, self._store),
            ],
            server_class=_Server,
            callers=listener.callers,
            tls=listener.tls,
        )
        self._server = cast(_Server, made)
        Thread(target=made.serve_forever, name="dicom-listener", daemon=True).start()

    def stop(self) -> None:
        """End every association, and listen no more."""
        shut_down(self._entity)
        server, self._server = self._server, None
        if server is not None:
            server.end()

    def _judge(self, event: Event) -> None:
        """Reject an association of another system, or with a title that is not ours; also where
        that cannot be told, since the library goes on after a handler that failed."""
        association = event.assoc
        reason: tuple[int, int, int] | None = _CALLING
        try:
            reason = self._reason(association)
        finally:
            if reason is not None:
                association.acse.send_reject(*reason)
                association.kill()

    def _reason(self, association: Association) -> tuple[int, int, int] | None:
        """The reason of PS3.8 to reject the association, None for one that may go on."""
        asked = association.requestor.primitive
        if asked is None or not self._is_known(_title(asked.calling_ae_title), association):
            return _CALLING
        ours = {self._listener.ae_title, self._listener.notes_ae_title} - {""}
        return None if _title(asked.called_ae_title) in ours else _CALLED

    def _is_known(self, ae_title: str, association: Association) -> bool:
        address = association.requestor.address
        return any(
            one.ae_title == ae_title and _is_within(address, one.networks)
            for one in self._listener.callers
        )

    def _store(self, event: Event) -> int:
        """The status for one received object."""
        asked = event.assoc.requestor.primitive
        called = _title(asked.called_ae_title) if asked else ""
        sop_class, name = stored_names(event)
        if called == self._listener.notes_ae_title:
            return self._take_note(event.dataset_path, sop_class, name)
        arrivals = self.expected.retrieval_of(name)
        return arrivals.take(name, event.dataset_path) if arrivals else _NOT_AUTHORISED


def _title(ae_title: str | None) -> str:
    return (ae_title or "").strip()


def _is_within(address: str, networks: Sequence[IPv4Network | IPv6Network]) -> bool:
    found = ip_address(address.partition("%")[0])
    mapped = getattr(found, "ipv4_mapped", None)
    return any((mapped or found) in network for network in networks)


class _Server(ThreadedAssociationServer):
    """Hears declared addresses alone, and makes each handshake of TLS in a thread of its own."""

    daemon_threads = True

    def __init__(
        self,
        *args: Any,
        callers: tuple[Caller, ...],
        tls: ssl.SSLContext | None,
        **kwargs: Any,
    ) -> None:
        self._networks = tuple(network for one in callers for network in one.networks)
        self._tls = tls
        super().__init__(*args, **kwargs)

    def verify_request(self, _request: Any, client_address: Any) -> bool:
        """See ``socketserver``: False closes the connection before a byte of it is read."""
        return _is_within(client_address[0], self._networks)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """See ``socketserver.ThreadingMixIn``."""
        if self._tls is not None:
            try:
                request = self._secured(self._tls, request)
            except OSError:
                self.shutdown_request(request)
                return
        super().process_request_thread(request, client_address)

    def _secured(self, tls: ssl.SSLContext, request: socket.socket) -> ssl.SSLSocket:
        request.settimeout(_HANDSHAKE)
        return tls.wrap_socket(request, server_side=True)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """See ``socketserver``: a broken connection is the caller's affair, and writes no trace."""

    def end(self) -> None:
        """Listen no more. The entity did not start this server, and would look for it."""
        BaseServer.shutdown(self)
        self.server_close()
