"""The message half, whole: it listens, keeps, delivers, tells its state, and stops in peace."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from io import StringIO
from ipaddress import ip_network
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest

from agent.mllp import serving
from agent.mllp.serving import MessageSettings, Service, Surroundings, serve
from agent.mllp.settings import ListenerSettings
from agent.spool.https_courier import HttpsCourier, Route
from agent.spool.keeper import Keeper
from agent.spool.store import NAME, Head
from agent.status.board import PacsState
from agent.status.journal import Journal
from functions.drimbox.errors import ConfigurationError, StorageUnavailable
from functions.version import VERSION
from tests.agent.scenes import ADMITTED, GONE, ROOM, Cloud, Peer, report, said
from tests.fakes.memory import VirtualClock


def never() -> Any:
    raise AssertionError("no connection is opened")


@dataclass
class Scene:
    """An agent of one listener, and its cloud in memory."""

    folder: Path
    cloud: Cloud = field(default_factory=Cloud)
    clock: VirtualClock = field(default_factory=VirtualClock)
    log: StringIO = field(default_factory=StringIO)

    def __post_init__(self) -> None:
        listener = ListenerSettings("ris", "127.0.0.1", 0, (ip_network("127.0.0.1"),), ADMITTED)
        self.settings = MessageSettings(
            tenant="demo",
            zone=ZoneInfo("Europe/Paris"),
            route=Route("https://in.example", never, never),
            listeners=(listener, replace(listener, name="second")),
            folder=self.folder / "spool",
            key=self.folder / "spool.key",
            room=ROOM,
            status_port=0,
        )
        self.around = Surroundings(
            self.clock,
            Journal(self.log, self.clock),
            pacs=lambda: (PacsState("Orthanc", "reachable"),),
            courier=self.cloud,
            sleep=lambda delay: asyncio.sleep(delay / 1000),
        )

    def play(self, play: Callable[[Service], Awaitable[Any]]) -> Any:
        """The agent runs as long as ``play``, which gets the service."""

        async def whole() -> Any:
            stop, ready = asyncio.Event(), asyncio.get_running_loop().create_future()
            running = asyncio.create_task(serve(self.settings, self.around, stop, ready.set_result))
            await asyncio.wait({running, ready}, return_when=asyncio.FIRST_COMPLETED)
            if running.done():
                running.result()
            try:
                return await play(ready.result())
            finally:
                stop.set()
                await running

        return asyncio.run(whole())

    def events(self) -> list[str]:
        """The names of the lines in the log."""
        return [json.loads(line)["event"] for line in self.log.getvalue().splitlines()]


async def asked(port: int, raw: bytes) -> tuple[str, str, str]:
    """MSA-1, MSA-2 and ERR-7 of the answer to a message."""

    def ask() -> bytes:
        with Peer(port) as ris:
            return ris.ask(raw)

    return said(await asyncio.to_thread(ask))


async def read(service: Service) -> dict[str, Any]:
    """The status as the page's JSON tells it."""
    url = f"http://127.0.0.1:{service.status_port}/status.json"
    return (await asyncio.to_thread(httpx.get, url)).json()  # type: ignore[no-any-return]


def test_a_message_goes_to_the_cloud_and_the_page_counts_it(tmp_path: Path) -> None:
    scene = Scene(tmp_path)

    async def play(service: Service) -> dict[str, Any]:
        first, second = (board.port for board in service.boards)
        assert await asked(first, report("1")) == ("AA", "1", "")
        assert await asked(second, report("2")) == ("AA", "2", "")
        return await read(service)

    facts = scene.play(play)
    assert scene.cloud.accepted == ["1", "2"]
    assert facts["healthy"]
    assert facts["version"] == VERSION
    assert [one["name"] for one in facts["listeners"]] == ["ris", "second"]
    assert facts["pacs"][0]["name"] == "Orthanc"
    assert facts["spool"]["messages"] == 0
    assert scene.events() == ["listening", "listening", "serving", "gateway", "stopped"]


def test_what_is_kept_is_delivered_once_the_cloud_is_back_or_the_agent_starts_again(
    tmp_path: Path,
) -> None:
    scene = Scene(tmp_path, Cloud(GONE))

    async def away(service: Service) -> dict[str, Any]:
        assert await asked(service.boards[0].port, report("1")) == ("AA", "1", "")
        return await read(service)

    facts = scene.play(away)
    assert facts["spool"]["messages"] == 1
    assert [one["code"] for one in facts["problems"]] == ["gateway_unreachable"]
    assert facts["gateway"]["state"] == "away"

    async def back(service: Service) -> None:
        depth = await service.depth()
        assert depth is not None
        assert depth.messages == 1
        scene.cloud.away = None
        while service.keeper is not None and service.keeper.waiting:
            await asyncio.sleep(0.001)

    scene.play(back)
    assert scene.cloud.accepted == ["1"]
    assert all(claimed for _, claimed in scene.cloud.calls[1:])


def test_a_clock_that_is_wrong_by_ten_minutes_is_told_and_stops_no_message(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    true = VirtualClock()
    scene.clock.advance(timedelta(minutes=10))

    def cloud(request: httpx.Request) -> httpx.Response:
        ack = scene.cloud.take(request.content, "1").ack
        date = true.now().strftime("%a, %d %b %Y %H:%M:%S GMT")
        return httpx.Response(200, content=ack, headers={"date": date})

    courier = HttpsCourier(
        Route("https://in.example/", bool, bool),  # type: ignore[arg-type]  # no TLS here
        scene.clock,
        transport=httpx.MockTransport(cloud),
    )
    scene.around.courier = courier

    async def play(service: Service) -> dict[str, Any]:
        service._https = courier
        assert await asked(service.boards[0].port, report("1")) == ("AA", "1", "")
        return await read(service)

    facts = scene.play(play)
    assert facts["gateway"]["clock_difference_seconds"] == -600
    assert [one["code"] for one in facts["problems"]] == ["clock_wrong"]


def test_a_relay_has_no_spool_and_says_so(tmp_path: Path) -> None:
    scene = Scene(tmp_path, Cloud(GONE))
    scene.settings = replace(scene.settings, folder=None)

    async def play(service: Service) -> dict[str, Any]:
        assert await asked(service.boards[0].port, report("1")) == ("AR", "1", "agent_gateway_away")
        assert await service.depth() is None
        assert service.free() is None
        return await read(service)

    assert not scene.play(play)["spool"]["keeps"]
    assert list(tmp_path.iterdir()) == []


def test_without_a_status_port_there_is_no_page(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    scene.settings = replace(scene.settings, status_port=None)

    async def play(service: Service) -> int | None:
        return service.status_port

    assert scene.play(play) is None


def test_a_spool_that_has_lost_its_key_is_not_begun_anew(tmp_path: Path) -> None:
    scene = Scene(tmp_path, Cloud(GONE))

    async def play(service: Service) -> None:
        await asked(service.boards[0].port, report("1"))

    scene.play(play)
    scene.settings.key.rename(tmp_path / "elsewhere")
    with pytest.raises(ConfigurationError, match="key of the spool cannot be read"):
        scene.play(play)
    (tmp_path / "elsewhere").rename(scene.settings.key)
    scene.play(play)


def test_a_key_that_was_put_there_before_is_the_new_spool_s(tmp_path: Path) -> None:
    key = serving.spool_key(tmp_path / "key", is_new=True)
    assert serving.spool_key(tmp_path / "key", is_new=True) == key
    assert serving.spool_key(tmp_path / "key", is_new=False) == key


def test_a_port_that_is_taken_ends_the_agent_and_frees_the_spool(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    listener = scene.settings.listeners[0]
    with socket.create_server(("127.0.0.1", 0)) as taken:
        busy = replace(listener, port=taken.getsockname()[1])
        scene.settings = replace(scene.settings, listeners=(listener, busy))

        async def nothing(_service: Service) -> None:
            raise AssertionError("it serves")

        with pytest.raises(OSError, match="in use"):
            scene.play(nothing)
    scene.settings = replace(scene.settings, listeners=(listener,))

    async def play(service: Service) -> tuple[str, str, str]:
        return await asked(service.boards[0].port, report("1"))

    assert scene.play(play)[0] == "AA"


def test_a_delivery_that_breaks_ends_the_agent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(_keeper: Keeper) -> list[Head]:
        raise RuntimeError("a bug")

    monkeypatch.setattr(Keeper, "asides", broken)
    scene = Scene(tmp_path)

    async def play(_service: Service) -> None:
        await asyncio.sleep(0.05)

    with pytest.raises(RuntimeError, match="a bug"):
        scene.play(play)


def test_a_disk_that_does_not_answer_is_told_by_the_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene = Scene(tmp_path)

    async def depth(_keeper: Keeper) -> None:
        raise StorageUnavailable("spool: disk I/O error")

    def free(_folder: Path) -> int:
        raise OSError("stale")

    async def play(service: Service) -> dict[str, Any]:
        monkeypatch.setattr(Keeper, "depth", depth)
        monkeypatch.setattr(serving, "free_bytes", free)
        return await read(service)

    facts = scene.play(play)
    assert [one["code"] for one in facts["problems"]] == ["disk_fault"]
    assert (facts["spool"]["messages"], facts["spool"]["disk_free_bytes"]) == (None, None)


def test_the_way_to_the_cloud_is_https_unless_a_test_says_otherwise(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    scene.around.courier = None

    async def play(service: Service) -> tuple[bool, int | None]:
        return isinstance(service._https, HttpsCourier), (await read(service))["gateway"][
            "clock_difference_seconds"
        ]

    assert scene.play(play) == (True, None)
    assert (tmp_path / "spool" / NAME).exists()


def test_a_fault_that_nobody_awaits_is_told_without_its_text(tmp_path: Path) -> None:
    scene = Scene(tmp_path)

    async def play(_service: Service) -> None:
        loop = asyncio.get_running_loop()
        loop.call_exception_handler({"message": "MSH|secret", "exception": ValueError("secret")})
        loop.call_exception_handler({"message": "MSH|secret"})

    scene.play(play)
    assert scene.events().count("fault") == 2
    assert "secret" not in scene.log.getvalue()


def test_a_spool_that_somebody_took_away_is_told(tmp_path: Path) -> None:
    scene = Scene(tmp_path)

    async def nothing(_service: Service) -> None:
        """Start and stop."""

    scene.play(nothing)
    assert "spool begun anew" not in scene.events()
    for path in (tmp_path / "spool").iterdir():
        path.unlink()
    scene.play(nothing)
    assert "spool begun anew" in scene.events()
