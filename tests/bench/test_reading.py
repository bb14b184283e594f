"""The bench of the professional's page: its arithmetic, and its way through the link."""

from __future__ import annotations

import socket

import pytest

from bench.browser import Page, _Through
from bench.link import RTT_MS
from bench.reading import BYTES_GOAL, Warm, bare_round_trip


def test_a_bare_round_trip_is_never_shorter_than_the_link_s() -> None:
    assert bare_round_trip() >= (RTT_MS - 0.5) / 1000


def test_the_figures_of_a_call_beside_a_round_trip_and_the_raw_query() -> None:
    pages = tuple(Page(seconds, 5000, "") for seconds in (0.2, 0.4, 1.6))
    warm = Warm(pages, (0.1, 0.2, 0.3), documents=22, cpu={"show_exams": 0.04, "other": 0.001})
    p50, p95, raw, cpu, size = warm.figures("call", 1.0, 0.04)
    assert (p50.measured, p50.met) == ("0.4 s  (10.0 round trips; 2.0 x the raw DMP query)", True)
    assert (p95.measured, p95.met) == ("1.6 s", False)
    assert (raw.measured, "22 documents" in raw.name) == ("0.2 s", True)
    assert (cpu.measured, cpu.goal, size.measured) == ("0.041 s", "(show_exams 0.040)", "5000 B")
    assert BYTES_GOAL == 10_000


def test_only_the_pages_host_is_behind_the_link() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as link,
        socket.create_server(("127.0.0.1", 0)) as other,
    ):
        through = _Through(1, link.getsockname()[1])
        for port, server in ((1, link), (other.getsockname()[1], other)):
            stream = through.connect_tcp("127.0.0.1", port)
            accepted, _ = server.accept()
            accepted.close()
            stream.close()
    with pytest.raises(Exception, match="refused"):
        through.connect_tcp("127.0.0.1", 1)
