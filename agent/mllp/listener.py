"""One MLLP listener: connections, their limits, frames in, acknowledgements out.

Messages of one connection are answered one after the other, in their order. A peer that may not
speak here gets no answer; a peer that is idle or slow is left after a time, and one large message
is held in memory at a time: the others wait where TCP keeps them.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
from collections import Counter
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import TYPE_CHECKING, Final, Protocol

from agent.mllp.framing import Frames, TooLarge, framed
from agent.mllp.settings import TAKEN

if TYPE_CHECKING:
    from agent.mllp.desk import Answer, Desk
    from agent.mllp.framing import Event
    from agent.mllp.settings import ListenerSettings, ServerTls

_CHUNK: Final = 64 * 1024
# Seconds: the handshake of TLS, and the end of a connection.
_HANDSHAKE: Final = 10.0
_GOODBYE: Final = 5.0
# Seconds that a large message waits for its turn.
_TURN: Final = 300.0
# Bytes. A larger message waits until no other large one is held.
LARGE: Final = 4 * 1024 * 1024


class Board(Protocol):
    """Hears what one listener does; no fact of a message but its answer."""

    def opened(self) -> None:
        """A peer has come."""
        ...

    def closed(self) -> None:
        """It has left."""
        ...

    def turned_away(self, why: str) -> None:
        """A peer or a message was left without an answer: ``address``, ``connections``, ``idle``,
        ``slow``, ``busy``, ``not_hl7``."""
        ...

    def failed(self, error: Exception) -> None:
        """A fault of our own."""
        ...

    def answered(self, answer: Answer) -> None:
        """A message was answered."""
        ...


class Left(Exception):
    """The connection ends here; ``why`` is a word of :meth:`Board.turned_away`."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


@dataclass
class Listener:
    """``large`` is shared by all listeners of a process."""

    settings: ListenerSettings
    desk: Desk
    board: Board
    large: asyncio.Semaphore
    _tls: ssl.SSLContext | None = None
    _server: asyncio.Server | None = None
    _open: set[asyncio.Task[None]] = field(default_factory=set)
    _by_address: Counter[str] = field(default_factory=Counter)

    async def open(self) -> int:
        """Listen; the port. Raises OSError where the address is taken or not ours, and for files
        of TLS that cannot be used."""
        if self.settings.tls is not None:
            self._tls = server_context(self.settings.tls)
        self._server = await asyncio.start_server(
            self._connected, self.settings.host, self.settings.port, limit=_CHUNK
        )
        return int(self._server.sockets[0].getsockname()[1])

    async def close(self, grace: float = 5.0) -> None:
        """Take nobody any more; messages that are being answered have ``grace`` seconds."""
        if self._server is None:
            return
        self._server.close()
        if self._open:
            _, late = await asyncio.wait(self._open, timeout=grace)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        self._server = None

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is not None:
            self._open.add(task)
            task.add_done_callback(self._open.discard)
        address = str(writer.get_extra_info("peername")[0]).partition("%")[0]
        self._by_address[address] += 1
        self.board.opened()
        try:
            await self._served(address, reader, writer)
        finally:
            self._by_address[address] -= 1
            self.board.closed()
            if not writer.is_closing():
                writer.transport.abort()
            with contextlib.suppress(OSError, ssl.SSLError, TimeoutError):
                await asyncio.wait_for(writer.wait_closed(), _GOODBYE)

    async def _served(
        self, address: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        try:
            self._admit(address)
            own: socket.socket = writer.get_extra_info("socket")
            own.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            if self._tls is not None:
                # Only now: a stranger costs no handshake.
                await writer.start_tls(self._tls, ssl_handshake_timeout=_HANDSHAKE)
            await _Connection(self, reader, writer).serve()
            writer.close()
        except Left as left:
            self.board.turned_away(left.why)
        except (OSError, ssl.SSLError):
            pass  # the peer is gone: a message without an answer is its own still
        except Exception as error:  # noqa: BLE001  # its text may hold a message
            self.board.failed(error)

    def _admit(self, address: str) -> None:
        """Raises Left for a peer that may not speak here."""
        peer = ip_address(address)
        if not any(peer in network for network in self.settings.networks):
            raise Left("address")
        many = len(self._open) > self.settings.connections
        if many or self._by_address[address] > self.settings.of_one_address:
            raise Left("connections")


class _Connection:
    def __init__(
        self, listener: Listener, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._settings = listener.settings
        self._desk = listener.desk
        self._board = listener.board
        self._large = listener.large
        self._reader = reader
        self._writer = writer
        self._frames = Frames(listener.settings.max_bytes)
        self._clock = asyncio.get_running_loop().time
        # When the next message must have begun: bytes that are none put it off no further.
        self._idle_end = self._clock() + self._settings.idle
        # When the frame that has begun must be whole, None between frames.
        self._end: float | None = None
        self._is_large = False

    async def serve(self) -> None:
        """Answer every message until the peer ends. Raises Left where the peer is left."""
        try:
            while chunk := await self._read():
                events = self._frames.feed(chunk)
                for event in events:
                    await self._answer(event)
                if events:
                    self._idle_end = self._clock() + self._settings.idle
                if events or not self._frames.begun:
                    self._end = None
                    self._let_others()
                if self._frames.begun:
                    await self._weigh()
        finally:
            self._let_others()

    async def _read(self) -> bytes:
        why = "idle" if self._end is None else "slow"
        end = self._idle_end if self._end is None else self._end
        try:
            async with asyncio.timeout_at(end):
                return await self._reader.read(_CHUNK)
        except TimeoutError:
            raise Left(why) from None

    async def _weigh(self) -> None:
        """A frame goes on: it has an end, and one that is large waits for its turn."""
        if self._end is None:
            self._end = self._clock() + self._settings.whole
        if self._frames.held > LARGE and not self._is_large:
            begun = self._clock()
            try:
                async with asyncio.timeout(_TURN):
                    await self._large.acquire()
            except TimeoutError:
                raise Left("busy") from None
            self._is_large = True
            self._end += self._clock() - begun

    def _let_others(self) -> None:
        if self._is_large:
            self._is_large = False
            self._large.release()

    async def _answer(self, event: Event) -> None:
        if isinstance(event, TooLarge):
            answer = self._desk.too_large(event.head)
        else:
            answer = await self._desk.answer(event.content, self._settings.senders)
        if answer is None:
            raise Left("not_hl7")
        self._board.answered(answer)
        self._writer.write(framed(answer.ack))
        try:
            async with asyncio.timeout(TAKEN):
                await self._writer.drain()
        except TimeoutError:
            raise Left("slow") from None


def server_context(settings: ServerTls) -> ssl.SSLContext:
    """TLS 1.2 or 1.3 with the listener's certificate, and with the senders' where ``clients`` asks
    for them (IHE ATNA, BCP 195). Raises OSError and ssl.SSLError for files that are not that.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(settings.certificate, settings.key)
    if settings.clients:
        context.load_verify_locations(settings.clients)
        context.verify_mode = ssl.CERT_REQUIRED
    return context
