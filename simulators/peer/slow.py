"""An address at which a TLS handshake takes its time: bytes wait, then go on to the front."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Final

_BYTES: Final = 65536


async def serve(host: str, port: int, front: tuple[str, int], seconds: float) -> asyncio.Server:
    """Accept at ``host``; the first bytes of each connection reach ``front`` after ``seconds``."""

    async def meet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await asyncio.sleep(seconds)
            onward_reader, onward = await asyncio.open_connection(*front)
            await asyncio.gather(_pass_on(reader, onward), _pass_on(onward_reader, writer))
        except OSError:
            pass
        finally:
            writer.close()

    return await asyncio.start_server(meet, host, port)


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(_BYTES):
            writer.write(data)
            await writer.drain()
    with contextlib.suppress(OSError):
        writer.close()
