"""The RIS's address: an event is kept once, the last state wins, faults are on demand."""

from __future__ import annotations

import asyncio
import base64
import hmac
import json
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from simulators.ris.receiver import KINDS, NEWS, Fault, Receiver, make_app

KEY = bytes(range(32))
AT = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


@pytest.fixture
def receiver() -> Receiver:
    return Receiver(lambda: f"whsec_{base64.b64encode(KEY).decode()}", lambda: AT)


class Ris:
    """The address, asked in this process."""

    def __init__(self, receiver: Receiver) -> None:
        self._app = make_app(receiver)

    def ask(self, method: str, path: str, **more: Any) -> httpx.Response:
        async def asked() -> httpx.Response:
            transport = httpx.ASGITransport(app=self._app)
            async with httpx.AsyncClient(transport=transport, base_url="https://ris") as http:
                return await http.request(method, path, **more)

        return asyncio.run(asked())

    def get(self, path: str) -> httpx.Response:
        return self.ask("GET", path)

    def post(self, path: str, **more: Any) -> httpx.Response:
        return self.ask("POST", path, **more)


@pytest.fixture
def ris(receiver: Receiver) -> Ris:
    return Ris(receiver)


def event(name: str, sequence: int, state: str, **more: Any) -> dict[str, Any]:
    """A request, as the scheme's text says."""
    study: dict[str, Any] = {"reason": "<b>", "manifest": None}
    if state == "published":
        study = {"manifest": {"manifest_uid": "1.2.3"}}
    data = {"id": "1", "control_id": "A", "sequence": sequence, "state": state, "studies": [study]}
    data |= more
    body = json.dumps({"type": "publication.changed", "data": data}).encode()
    seconds = str(int(AT.timestamp()))
    made = hmac.digest(KEY, f"{name}.{seconds}.".encode() + body, "sha256")
    return {
        "content": body,
        "headers": {
            "webhook-id": name,
            "webhook-timestamp": seconds,
            "webhook-signature": f"v1,{base64.b64encode(made).decode()}",
        },
    }


def test_an_event_is_kept_once_and_the_highest_number_wins(ris: Ris, receiver: Receiver) -> None:
    for one in (event("m2", 2, "published"), event("m1", 1, "held"), event("m2", 2, "published")):
        assert ris.post(NEWS, **one).status_code == 204
    assert [one["id"] for one in ris.get("/_sim/news").json()["events"]] == ["m2", "m1"]
    assert [one["id"] for one in ris.get("/_sim/news?last=1").json()["events"]] == ["m1"]
    assert len(ris.get("/_sim/news?last=0").json()["events"]) == 2
    assert receiver.states["1"]["state"] == "published"
    shown = ris.get("/").text
    assert "1.2.3" in shown
    assert "held" not in shown


def test_two_senders_messages_of_one_control_id_are_two(ris: Ris, receiver: Receiver) -> None:
    """MSH-10 is a sender's own, and that of a deleted message is empty."""
    ris.post(NEWS, **event("m1", 2, "published"))
    ris.post(NEWS, **event("m2", 1, "held", id="2"))
    assert {name: one["state"] for name, one in receiver.states.items()} == {
        "1": "published",
        "2": "held",
    }


def test_a_page_shows_a_reason_and_escapes_it(ris: Ris) -> None:
    ris.post(NEWS, **event("m1", 1, "held"))
    assert "&lt;b&gt;" in ris.get("/").text


def test_a_page_shows_the_code_of_a_refusal(ris: Ris) -> None:
    ris.post(NEWS, **event("m1", 1, "refused", refusal={"code": "ins_invalid"}, studies=[]))
    assert "ins_invalid" in ris.get("/").text


def test_a_stranger_and_a_flood_are_refused(ris: Ris) -> None:
    assert ris.post(NEWS, content=b"{}").status_code == 400
    assert ris.post(NEWS, content=bytes(300_000)).status_code == 413
    told = ris.get("/_sim/news").json()
    assert (told["events"], len(told["refused"])) == ([], 1)


@pytest.mark.parametrize(
    ("kind", "status"), [("unavailable", 503), ("refused", 400), ("redirect", 307), ("slow", 204)]
)
def test_each_fault_strikes_as_often_as_it_was_asked_for(ris: Ris, kind: str, status: int) -> None:
    assert kind in KINDS
    own = {"seconds": 0} if kind == "slow" else {}
    assert ris.post("/_sim/faults", json={"kind": kind, **own}).status_code == 201
    assert ris.post(NEWS, **event("m1", 1, "held")).status_code == status
    assert ris.post(NEWS, **event("m1", 1, "held")).status_code == 204
    ris.post("/_sim/faults", json={"kind": "unavailable", "count": None})
    assert ris.ask("DELETE", "/_sim/faults").status_code == 204
    assert ris.post(NEWS, **event("m1", 1, "held")).status_code == 204


@pytest.mark.parametrize(
    "facts",
    [
        None,
        {"kind": "other"},
        {"kind": "slow"},
        {"kind": "refused", "seconds": 1},
        {"kind": "refused", "count": 0},
        {"kind": "refused", "more": 1},
    ],
)
def test_another_fault_is_refused(ris: Ris, facts: Any) -> None:
    assert ris.post("/_sim/faults", json=facts).status_code == 400
    assert ris.post("/_sim/faults", content=b"{").status_code == 400


def test_a_fault_says_what_it_is() -> None:
    assert Fault("slow", None, 2.0).describe() == {"kind": "slow", "count": None, "seconds": 2.0}
