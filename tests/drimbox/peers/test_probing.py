"""functions.drimbox.peers.probing: several sites at once; a silent one delays nobody."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import httpx
import pytest

from functions.drimbox.peers.probing import Probing
from functions.drimbox.peers.rounds import AT_ONCE
from functions.drimbox.peers.source_address import SourceAddress
from functions.drimbox.peers.source_states import SourceState
from functions.drimbox.transport import open_client
from tests.drimbox.peers.round_scenes import seen_rounds


def site(number: int) -> SourceAddress:
    return SourceAddress(f"db{number}.example", 443, "/rs")


@pytest.fixture
def gate() -> Iterator[threading.Event]:
    """Silent sites wait for it, until the test's end."""
    made = threading.Event()
    yield made
    made.set()


class Network:
    """Answers by host; those of a ``round`` answer together."""

    def __init__(self, silent: set[str], gate: threading.Event) -> None:
        self.silent, self.gate = silent, gate
        self.round: threading.Barrier | None = None
        self.asked: list[str] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        host = request.headers["host"]
        self.asked.append(host)
        if host in self.silent:
            self.gate.wait()
        if self.round is not None:
            self.round.wait(60)
        return httpx.Response(200, json={"status": "ready"})

    def probing(self, *, seconds: float = 30.0) -> Probing:
        return Probing(
            lambda: open_client(transport=httpx.MockTransport(self)),
            lambda host: ["10.0.0.1"] if host == "db99.example" else ["93.184.215.14"],
            seconds=seconds,
        )


def test_every_site_gets_its_state_and_eight_are_asked_at_once(
    gate: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen, network = seen_rounds(monkeypatch), Network(set(), gate)
    network.round = threading.Barrier(AT_ONCE)
    many = [site(number) for number in range(2 * AT_ONCE)]
    assert network.probing(seconds=60)(many) == dict.fromkeys(many, SourceState.READY)
    assert seen.sizes == [AT_ONCE, AT_ONCE]
    assert sorted(network.asked) == sorted(one.host for one in many)
    assert network.probing()([]) == {}


def test_a_silent_site_is_silent_at_the_end_of_its_round(gate: threading.Event) -> None:
    network = Network({"db1.example"}, gate)
    found = network.probing(seconds=0.2)([site(1), site(2)])
    assert found[site(1)] is SourceState.SILENT


def test_a_site_at_a_private_address_is_not_asked(gate: threading.Event) -> None:
    network = Network(set(), gate)
    found = network.probing()([site(99), site(1)])
    assert found == {site(99): SourceState.ODD, site(1): SourceState.READY}
    assert network.asked == ["db1.example"]


@pytest.mark.parametrize(
    ("addresses", "dead", "state"),
    [
        (["93.184.215.14", "93.184.215.15"], {"93.184.215.14"}, SourceState.READY),
        (["93.184.215.14", "93.184.215.15"], {"93.184.215.15"}, SourceState.READY),
        (["93.184.215.14"], {"93.184.215.14"}, SourceState.SILENT),
        (["93.184.215.14", "10.0.0.1"], set(), SourceState.ODD),
        ([], set(), SourceState.ODD),
    ],
)
def test_each_address_of_a_site_is_tried(
    addresses: list[str], dead: set[str], state: SourceState
) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.host in dead:
            raise httpx.ConnectError("refused", request=request)
        return httpx.Response(200, json={"status": "ready"})

    transport = httpx.MockTransport(answer)
    probing = Probing(lambda: open_client(transport=transport), lambda _: addresses)
    assert probing([site(1)]) == {site(1): state}
