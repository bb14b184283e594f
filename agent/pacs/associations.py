"""Associations with the site's PACS (PS3.8): two at a time, within time limits, always ended."""

from __future__ import annotations

import socket
import time
from contextlib import contextmanager
from threading import BoundedSemaphore
from typing import TYPE_CHECKING, Final

from pynetdicom import AE, evt
from pynetdicom.pdu_primitives import A_ASSOCIATE

from agent.pacs.library import mend
from functions.drimbox.errors import Held, PacsUnavailable
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterator, Sequence

    from pynetdicom.association import Association
    from pynetdicom.events import Event, EventHandlerType
    from pynetdicom.pdu_primitives import SCP_SCU_RoleSelectionNegotiation
    from pynetdicom.presentation import PresentationContext

# PS3.8 9.3.4: rejected for good, by the archive's own word, as for an AE title that it does not
# know. Everything else may pass.
_PERMANENT: Final = 1
# Seconds that a thread waits for its turn: another one may fetch a large series.
_TURN: Final = 900.0


@frozen
class Times:
    """Seconds: to connect, for a word of the association's own, between two messages of an
    answer, and for the next byte of a message that has begun."""

    connect: float = 10.0
    acse: float = 30.0
    dimse: float = 60.0
    network: float = 60.0


@frozen
class Peer:
    """An archive: ``tls`` where it demands TLS (PS3.15 B), with the host's own name checked."""

    host: str
    port: int
    ae_title: str
    tls: ssl.SSLContext | None = None


class Associations:
    """Opens associations of ``ae_title`` with ``peer``, at most ``at_once`` together."""

    def __init__(self, ae_title: str, peer: Peer, *, times: Times, at_once: int) -> None:
        self.times = times
        self._peer = peer
        self._turns = BoundedSemaphore(at_once)
        self._entity = entity(ae_title, times)

    @contextmanager
    def open(
        self,
        contexts: Sequence[PresentationContext],
        *,
        roles: Sequence[SCP_SCU_RoleSelectionNegotiation] = (),
        handlers: Sequence[EventHandlerType] = (),
        silence: float | None = None,
    ) -> Iterator[Association]:
        """One association for the block, aborted where the block raises.

        ``silence``: the caller itself watches over pauses between messages, up to so many seconds.
        Raises PacsUnavailable, and Held ``pacs_refused`` where the archive refuses us for good.
        """
        if not self._turns.acquire(timeout=_TURN):
            raise PacsUnavailable("no association is free")
        try:
            association = self._established(contexts, roles, handlers)
            if silence is not None:
                association.dimse_timeout = silence
            try:
                yield association
            except BaseException:
                association.abort()
                raise
            association.release()
        finally:
            self._turns.release()

    def _established(
        self,
        contexts: Sequence[PresentationContext],
        roles: Sequence[SCP_SCU_RoleSelectionNegotiation],
        handlers: Sequence[EventHandlerType],
    ) -> Association:
        peer = self._peer
        try:
            association = self._entity.associate(
                peer.host,
                peer.port,
                list(contexts),
                peer.ae_title,
                ext_neg=list(roles),
                tls_args=(peer.tls, peer.host) if peer.tls else None,
                evt_handlers=[(evt.EVT_CONN_OPEN, bounded, [self.times.network]), *handlers],
            )
        except OSError as error:  # the host's name is not known
            raise PacsUnavailable(f"no address: {type(error).__name__}") from None
        if association.is_established:
            return association
        answer = _rejection(association)
        if answer is None:
            raise PacsUnavailable("no association")
        told = f"rejected: {answer.result}, {answer.result_source}, {answer.diagnostic}"
        if answer.result == _PERMANENT:
            raise Held("pacs_refused", told)
        raise PacsUnavailable(told)


def _rejection(association: Association) -> A_ASSOCIATE | None:
    """The archive's word that it refuses us; None where it said none.

    pynetdicom looks whether it is connected before it reads the answer. An archive that refuses and
    closes at once may be faster: its answer then lies unread in the queue of arrivals.
    """
    if association.is_rejected:
        return association.acceptor.primitive
    unread = association.dul.receive_pdu(wait=False)
    return unread if isinstance(unread, A_ASSOCIATE) and unread.result else None


def entity(ae_title: str, times: Times) -> AE:
    """Our own application entity, with these time limits."""
    mend()
    made = AE(ae_title)
    made.connection_timeout = times.connect
    made.acse_timeout = times.acse
    made.dimse_timeout = times.dimse
    made.network_timeout = times.network
    return made


def shut_down(entity: AE, patience: float = 2.0) -> None:
    """End the associations of ``entity``, those that end of themselves within ``patience`` seconds
    first: one that is told to end twice at a time breaks."""
    end = time.monotonic() + patience
    while entity.active_associations and time.monotonic() < end:
        time.sleep(0.02)
    entity.shutdown()


def bounded(event: Event, seconds: float) -> None:
    """Bound each wait of a connection that has just been opened, and send every message at once.

    pynetdicom waits for ever for the rest of a message that has begun. Without the other option a
    small message waits for the acknowledgement of the one before, 40 ms (Nagle).
    """
    connection = event.assoc.dul.socket
    opened = connection.socket if connection else None
    if opened is not None:
        opened.settimeout(seconds)
        opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
