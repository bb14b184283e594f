"""functions.drimbox.importing.site_pacs: circuits of their own for questions and for objects."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import httpx
import pytest

from functions.drimbox.breaker import Breaker
from functions.drimbox.errors import PacsUnavailable
from functions.drimbox.importing.outgoing import Outgoing, Part, Stored
from functions.drimbox.importing.site_pacs import IMPORTS, SitePacs
from functions.drimbox.oid import Uid
from functions.drimbox.transport import open_client
from tests.drimbox.images.samples import STUDY
from tests.fakes.memory import MemoryCircuits, MemoryPacs, VirtualClock

ONE = Uid("1.2.1")


def test_a_pacs_that_stores_nothing_still_answers() -> None:
    answers: list[httpx.Response] = [
        httpx.Response(
            200,
            json={"00081199": {"vr": "SQ", "Value": [{"00081155": {"vr": "UI", "Value": [ONE]}}]}},
        ),
        httpx.Response(503),
    ]
    circuits = MemoryCircuits()
    breaker = Breaker(circuits, VirtualClock(), timedelta(minutes=1))
    pacs: Any = MemoryPacs()
    with open_client(transport=httpx.MockTransport(lambda _: answers.pop(0))) as client:
        site = SitePacs(pacs, client, "https://pacs.example", breaker)
        part, objects = Part(STUDY, "nowhere", (ONE,)), [Outgoing(ONE, 4, lambda: [b"DICM"])]
        site.require_answered("")
        assert site.told(part) is None
        assert site.store(part, objects) == {ONE: Stored()}
        with pytest.raises(PacsUnavailable):
            site.store(part, objects)
    site.clear("readings/x/outgoing/")
    assert site.find_study(STUDY) is None
    assert set(circuits.circuits) == {IMPORTS}
