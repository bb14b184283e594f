"""The declared facts of the MLLP listeners."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from functions.drimbox.report.hl7 import MAX_BYTES
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from ipaddress import IPv4Network, IPv6Network

    from agent.mllp.desk import Sender

# Seconds: a connection without a message, a message that comes piece by piece, an acknowledgement
# that its receiver does not take.
IDLE: Final = 3600.0
WHOLE: Final = 120.0
TAKEN: Final = 20.0
CONNECTIONS: Final = 32
OF_ONE_ADDRESS: Final = 8


@frozen
class ServerTls:
    """PEM files: the listener's certificate and key; ``clients`` the authorities whose certificates
    a sender must show, "" where none is asked for.
    """

    certificate: str
    key: str
    clients: str = ""


@frozen
class ListenerSettings:
    """One listener: its ``name`` for people, its address, and those who may speak: ``networks`` by
    their address, ``senders`` by MSH-3 and MSH-4; at most ``connections`` at once, and
    ``of_one_address``. Times are seconds.
    """

    name: str
    host: str
    port: int
    networks: tuple[IPv4Network | IPv6Network, ...]
    senders: frozenset[Sender]
    tls: ServerTls | None = None
    connections: int = CONNECTIONS
    of_one_address: int = OF_ONE_ADDRESS
    idle: float = IDLE
    whole: float = WHOLE
    max_bytes: int = MAX_BYTES
