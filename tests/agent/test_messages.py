"""The message half beside the other half."""

from __future__ import annotations

import json
import socket
import urllib.request
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from threading import Event, Thread
from time import monotonic, sleep
from typing import Any

import pytest

from agent import messages as module
from agent.config.model import AgentConfig
from agent.config.reading import read_config
from agent.health import Pulse
from agent.messages import declared_by, serve_messages, settings_of
from agent.mllp.serving import Surroundings
from agent.mllp.settings import ListenerSettings
from agent.spool.courier import Away
from agent.status.journal import Journal
from simulators.pacs.orthanc import free_port
from tests.agent.config.samples import DICOMWEB, DIMSE
from tests.agent.pacs.scripted import LOCAL
from tests.agent.scenes import report
from tests.fakes.memory import VirtualClock
from tests.fakes.world import SENDER

NOW = datetime(2026, 11, 30, 6, tzinfo=UTC)


def test_the_settings_are_those_of_the_file() -> None:
    made = settings_of(replace(read_config(DIMSE), cloud=read_config(DICOMWEB).cloud))
    assert made.route.base == "https://in.drimbox.example/v1/tenants/demo/hl7v2"
    assert made.folder == Path("/var/lib/drimbox-agent/messages")
    assert (made.room.patience, made.status_port) == (timedelta(hours=48), 8787)
    assert [one.name for one in made.listeners] == ["RIS"]
    alone = settings_of(read_config(DICOMWEB))
    assert (alone.listeners, alone.folder, alone.status_port) == ((), None, None)


class Lends:
    """A loan that has told the site's facts, or none."""

    site: dict[str, Any] | None = None


def test_the_senders_are_those_that_the_cloud_has_named_last() -> None:
    lends: Any = Lends()
    declared = declared_by(lends)
    assert declared() is None
    lends.site = {"senders": [{"application": "A", "facility": "F", "policy": "publish"}]}
    assert declared() == {("A", "F")}
    lends.site = {}
    assert declared() == frozenset()


class Gone:
    """A cloud that is away."""

    async def carry(self, *_: Any, **__: Any) -> Any:
        return Away("unreachable")


def config_of(folder: Path) -> AgentConfig:
    config = read_config(DIMSE)
    assert config.messages is not None
    listener = ListenerSettings("RIS", "127.0.0.1", free_port(), LOCAL, frozenset({SENDER}))
    return replace(
        config,
        folder=folder,
        cloud=replace(config.cloud, proxy=None),
        messages=replace(config.messages, listeners=(listener,)),
        status_port=free_port(),
    )


def test_the_pulse_hears_of_the_spool_and_the_page_of_the_archive(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_LOOK", 0.05)
    config, clock = config_of(tmp_path), VirtualClock(NOW)
    pulse, stopping = Pulse(tmp_path, clock), Event()
    pulse.pacs_seen(False)
    courier: Any = Gone()
    around = Surroundings(
        clock,
        Journal(StringIO(), clock),
        lambda: {SENDER},
        pacs=lambda: (pulse.pacs,),
        courier=courier,
    )
    thread = Thread(target=serve_messages, args=(config, around, pulse, stopping))
    thread.start()
    try:
        assert config.messages is not None
        (listener,) = config.messages.listeners
        raw = report("MSG-1")
        answer = said(listener.port, raw)
        assert b"MSA|AA" in answer
        end = monotonic() + 10
        while not pulse.now().messages and monotonic() < end:
            sleep(0.02)
        told = pulse.now()
        assert told.messages == 1
        # Its age is that of the steady clock, which goes on.
        assert told.oldest_at is not None
        assert timedelta(0) <= told.oldest_at - NOW < timedelta(seconds=15)
        page = urllib.request.urlopen(f"http://127.0.0.1:{config.status_port}/status.json")
        facts = json.loads(page.read())
        assert facts["pacs"][0]["state"] == "unreachable"
    finally:
        stopping.set()
        thread.join(20)
    assert not thread.is_alive()


def said(port: int, raw: bytes) -> bytes:
    """The answer to one message."""
    end = monotonic() + 10
    while True:
        try:
            connection = socket.create_connection(("127.0.0.1", port), 5)
        except OSError:
            assert monotonic() < end
            sleep(0.05)
        else:
            break
    with connection:
        connection.sendall(b"\x0b" + raw + b"\x1c\r")
        found = b""
        while not found.endswith(b"\x1c\r"):
            found += connection.recv(65536)
    return found


def test_a_port_that_is_taken_ends_the_agent(tmp_path: Path) -> None:
    config, clock = config_of(tmp_path), VirtualClock(NOW)
    assert config.messages is not None
    stopping = Event()
    around = Surroundings(clock, Journal(StringIO(), clock))
    with (
        socket.create_server(("127.0.0.1", config.messages.listeners[0].port)),
        pytest.raises(OSError, match="in use"),
    ):
        serve_messages(config, around, Pulse(tmp_path, clock), stopping)
    assert stopping.is_set()
