"""One site that wants to be told, its receiver as a function, and its teller."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import httpx
import pytest

from functions.drimbox.transport import open_client
from functions.drimbox.webhook.receiver import Receiver
from functions.drimbox.webhook.teller import Teller
from tests.fakes.memory import MemoryMissedNews, MemoryTellings
from tests.fakes.world import TENANT, Port, World

URL = "https://ris.example/drimbox"
KEY = bytes(range(32))


@dataclass
class Site:
    """``answer`` is what the receiver does with a request; ``events`` are those that it got."""

    world: World
    tellings: MemoryTellings = field(default_factory=MemoryTellings)
    missed: MemoryMissedNews = field(default_factory=MemoryMissedNews)
    requests: list[httpx.Request] = field(default_factory=list)
    answer: Callable[[httpx.Request], httpx.Response] = lambda _: httpx.Response(204)
    untold: list[str] = field(default_factory=list)

    @property
    def teller(self) -> Teller:
        """The teller, its tellings a port whose calls are numbered."""

        def take(request: httpx.Request) -> httpx.Response:
            self.requests.append(request)
            return self.answer(request)

        tellings: Any = Port("tellings", self.tellings, self.world.calls)
        missed: Any = Port("missed", self.missed, self.world.calls)
        return Teller(
            site=self.world.site,
            refused=self.world.refused,
            tellings=tellings,
            receiver=Receiver(
                lambda: open_client(transport=httpx.MockTransport(take)),
                lambda _: ("93.184.215.14",),
            ),
            keys=lambda: (KEY,),
            missed=missed,
            untold=self.untold.append,
            in_url="https://in.example",
            vi_url="https://vi.example",
        )

    @property
    def events(self) -> list[dict[str, Any]]:
        return [json.loads(request.content) for request in self.requests]

    @property
    def told(self) -> list[tuple[str, int, str]]:
        """(MSH-10, sequence, state) of each event."""
        return [
            (one["data"]["control_id"], one["data"]["sequence"], one["data"]["state"])
            for one in self.events
        ]


@pytest.fixture
def site() -> Iterator[Site]:
    """A site whose file names an address for its news."""
    world = World(tenant=replace(TENANT, webhook_url=URL))
    yield Site(world)
    world.close()
