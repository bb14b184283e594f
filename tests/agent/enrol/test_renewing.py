"""A certificate is renewed at two thirds of its time; the former one goes on meanwhile."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest
from cryptography import x509

from agent.cloud.door import Door
from agent.config.model import Identity
from agent.enrol import renewing
from agent.enrol.files import own_key, read_certificate, write_certificate
from agent.enrol.renewing import Renewing, is_due
from tests.agent.enrol.scenes import BASE, DAYS, NOW, Cloud
from tests.fakes.memory import VirtualClock


@dataclass
class Scene:
    folder: Path
    cloud: Cloud = field(default_factory=Cloud)
    said: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    shown: int = 0
    stopping: Event = field(default_factory=Event)

    def __post_init__(self) -> None:
        self.identity = Identity(self.folder / "agent.pem", self.folder / "agent.key")
        self.key = own_key(self.identity.private_key)
        write_certificate(self.identity.certificate, self.cloud.certificate(self.key.public_key()))
        self.renewing = Renewing(
            Door(self.cloud.client, BASE),
            self.identity,
            self.cloud.clock,
            show=self._show,
            stopping=self.stopping,
            say=lambda event, **facts: self.said.append((event, facts)),
        )

    def _show(self) -> None:
        self.shown += 1

    @property
    def ends(self) -> str:
        found = read_certificate(self.identity.certificate)
        return f"{found.not_valid_after_utc:%Y-%m-%d}"


def test_nothing_is_asked_before_two_thirds(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    scene.renewing.look()
    scene.cloud.clock.advance(59 * DAYS)
    scene.renewing.look()
    assert (scene.cloud.asked, scene.said, scene.shown) == ([], [], 0)


def test_at_two_thirds_the_next_one_takes_its_place(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    scene.renewing.look()
    scene.cloud.clock.advance(60 * DAYS)
    scene.renewing.look()
    assert [path for path, _ in scene.cloud.asked] == ["renew"]
    assert scene.ends == "2027-04-29"
    assert scene.said == [("certificate renewed", {"ends_at": "2027-04-29"})]
    assert scene.shown == 1
    scene.renewing.look()
    assert (len(scene.cloud.asked), scene.shown) == (1, 1)


@pytest.mark.parametrize("status", [403, 404, 409, 429, 503])
def test_the_former_one_goes_on_where_the_cloud_refuses(tmp_path: Path, status: int) -> None:
    scene = Scene(tmp_path)
    scene.renewing.look()
    scene.cloud.clock.advance(60 * DAYS)
    scene.cloud.status = status
    scene.renewing.look()
    assert scene.ends == "2027-02-28"
    assert [event for event, _ in scene.said] == ["certificate not renewed"]
    assert scene.shown == 0
    scene.cloud.status = 201
    scene.renewing.look()
    assert scene.ends == "2027-04-29"


def test_a_bad_answer_and_any_other_fault_change_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene = Scene(tmp_path)
    scene.cloud.clock.advance(60 * DAYS)
    scene.cloud.spoil = {"certificate": "none"}
    scene.renewing.look()
    scene.cloud.down = True
    scene.renewing.look()

    def odd(*_: object) -> None:
        raise RuntimeError("odd")

    with monkeypatch.context() as patched:
        patched.setattr(renewing, "read_key", odd)
        scene.renewing.look()
    scene.identity.private_key.unlink()
    scene.renewing.look()
    assert scene.ends == "2027-02-28"
    details = [facts.get("detail") or facts.get("error") for _, facts in scene.said]
    assert details == [
        "AnswerWrong",
        "no answer: ConnectError",
        "RuntimeError",
        "agent.key is no private key that can be read",
    ]


def test_a_certificate_that_somebody_put_there_is_taken_into_use(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    scene.renewing.look()
    write_certificate(scene.identity.certificate, scene.cloud.certificate(scene.key.public_key()))
    scene.renewing.look()
    assert scene.shown == 1


def test_a_site_s_own_certificate_is_the_site_s_to_renew(tmp_path: Path) -> None:
    scene = Scene(tmp_path, Cloud(issuer="CN=AC du site,C=FR"))
    scene.cloud.clock.advance(80 * DAYS)
    scene.renewing.look()
    assert scene.cloud.asked == []
    nameless = Cloud()
    nameless.issuer = ""
    made = nameless.certificate(scene.key.public_key())
    assert made.issuer == x509.Name([])
    assert not is_due(made, VirtualClock(NOW + 80 * DAYS))


def test_it_looks_until_it_is_told_to_stop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(renewing, "LOOK", 0.01)
    scene = Scene(tmp_path)
    looks = []

    def look() -> None:
        looks.append(1)
        if len(looks) == 3:
            scene.stopping.set()

    monkeypatch.setattr(scene.renewing, "look", look)
    thread = Thread(target=scene.renewing.run)
    thread.start()
    thread.join(10)
    assert not thread.is_alive()
    assert len(looks) == 3
