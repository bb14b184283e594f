"""The message half of the agent beside its other half: the facts that each tells the other."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from agent.cloud.opening import proxy_url
from agent.config.secret_files import client_tls, public_anchors
from agent.mllp.serving import MessageSettings, serve
from agent.spool.https_courier import Route
from agent.spool.keeper import Room

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from threading import Event

    from agent.cloud.lending import Lending
    from agent.config.model import AgentConfig
    from agent.health import Pulse
    from agent.mllp.desk import Sender
    from agent.mllp.serving import Service, Surroundings

# Of the agent's folder: kept messages, and their key.
SPOOL, KEY = "messages", "spool.key"
# Seconds between two looks at the spool.
_LOOK: Final = 15.0
_UTC: Final = ZoneInfo("UTC")


def settings_of(config: AgentConfig) -> MessageSettings:
    """The settings of the message half; without messages it serves the status page alone. Files are
    read when they are used."""
    cloud, messages = config.cloud, config.messages
    keeps = messages is not None and messages.keep
    return MessageSettings(
        tenant=config.tenant,
        zone=messages.zone if messages else _UTC,
        route=Route(
            base=f"{cloud.in_url}/v1/tenants/{config.tenant}/hl7v2",
            tls=lambda: client_tls(public_anchors(cloud.authorities), cloud.identity),
            plain=lambda: client_tls(public_anchors(cloud.authorities), None),
            proxy=proxy_url(cloud.proxy),
        ),
        listeners=messages.listeners if messages else (),
        folder=config.folder / SPOOL if keeps else None,
        key=config.folder / KEY,
        room=Room(messages.patience if messages else timedelta(0)),
        status_port=config.status_port,
    )


def declared_by(lending: Lending) -> Callable[[], Collection[Sender] | None]:
    """The senders that the cloud has named last as this agent's, None where it has named none."""

    def declared() -> Collection[Sender] | None:
        site = lending.site
        if site is None:
            return None
        named = site.get("senders", ())
        return frozenset((str(one["application"]), str(one["facility"])) for one in named)

    return declared


def serve_messages(
    config: AgentConfig, around: Surroundings, pulse: Pulse, stopping: Event
) -> None:
    """Serve until ``stopping`` is set. Raises as ``mllp.serving.serve``."""
    asyncio.run(_serve(settings_of(config), around, pulse, stopping))


async def _serve(
    settings: MessageSettings, around: Surroundings, pulse: Pulse, stopping: Event
) -> None:
    stop = asyncio.Event()
    looks: list[asyncio.Task[None]] = []
    ends = asyncio.create_task(_end(stop, stopping))

    def ready(service: Service) -> None:
        looks.append(asyncio.create_task(_look(service, pulse)))

    try:
        await serve(settings, around, stop, ready)
    finally:
        stopping.set()
        await ends
        for one in looks:
            one.cancel()
        await asyncio.gather(*looks, return_exceptions=True)


async def _end(stop: asyncio.Event, stopping: Event) -> None:
    await asyncio.to_thread(stopping.wait)
    stop.set()


async def _look(service: Service, pulse: Pulse) -> None:
    """Tell the pulse how much waits, again and again."""
    while True:
        depth = await service.depth()
        if depth is not None:
            pulse.spool_seen(depth.messages, depth.oldest_at)
        await asyncio.sleep(_LOOK)
