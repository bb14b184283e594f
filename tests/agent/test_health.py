"""The agent's health."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from agent.health import Pulse
from agent.status.board import PacsState
from tests.fakes.memory import VirtualClock

NOW = datetime(2026, 11, 30, 6, tzinfo=UTC)


def test_the_pulse_tells_what_the_parts_have_seen(tmp_path: Path) -> None:
    pulse = Pulse(tmp_path, VirtualClock(NOW))
    first = pulse.now()
    assert (first.at, first.pacs, first.messages, first.oldest_at) == (NOW, None, 0, None)
    assert first.disk_free_bytes > 0
    assert pulse.pacs == PacsState("PACS", "unknown", None)
    pulse.pacs_seen(True)
    pulse.pacs_seen(True)
    assert pulse.pacs == PacsState("PACS", "reachable", NOW)
    pulse.spool_seen(4, NOW)
    later = pulse.now()
    assert (later.pacs, later.messages, later.oldest_at) == (True, 4, NOW)
