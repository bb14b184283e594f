"""functions.drimbox.reading.exam_series: one series of an opened exam, from its site."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from functions.drimbox.peers.white_list import WhiteList
from functions.drimbox.reading.accept_headers import ACCEPTS
from functions.drimbox.reading.asking import Place
from functions.drimbox.reading.ended import Ended
from functions.drimbox.reading.exam_series import Run, Sites, fetch
from functions.drimbox.reading.fetching import Waiting
from functions.drimbox.reading.have import Have
from functions.drimbox.reading.peer import Peer
from functions.drimbox.reading.pixel_patient import Identity
from functions.drimbox.tenants.model import ImageQuality
from functions.drimbox.transport import open_client
from tests.drimbox.images.samples import SERIES
from tests.drimbox.reading.exam_scenes import HOST, answering, images, manifest
from tests.drimbox.reading.shelves import filled, reading, shelf
from tests.drimbox.reading.sites import white_list
from tests.fakes.memory import VirtualClock


@dataclass
class Audit:
    records: list[dict[str, Any]] = field(default_factory=list)

    def record(self, event: str, *, key: str, result: str, who: str, facts: Any) -> None:
        self.records.append({"event": event, "result": result, "who": who, **facts})


@dataclass
class Scene:
    folder: Path
    answer: Any = None
    audit: Audit = field(default_factory=Audit)
    clients: list[httpx.Client] = field(default_factory=list)

    def sites(self, listed: WhiteList | None) -> Sites:
        def open_peer(place: Place, uid: Any) -> Peer:
            client = open_client(transport=httpx.MockTransport(self.answer))
            self.clients.append(client)
            return Peer(client, place, lambda refused="": "token", uid)

        return Sites(listed, lambda _: ["93.184.215.14"], (), open_peer)

    @property
    def run(self) -> Run:
        waiting = Waiting(1e9, VirtualClock(), lambda: 0.0, lambda _: None)
        return Run("r1", "who", self.audit, self.folder, waiting)


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return Scene(tmp_path, answering(images(1, 2, 3)))


def test_a_series_is_fetched_and_audited(scene: Scene) -> None:
    made, opened = shelf(), reading()
    filled(made, opened)
    have = fetch(made, scene.sites(white_list(HOST)), opened, 0, scene.run)
    assert (have.ended, have.identity, len(have.instances)) == (
        Ended.WHOLE,
        Identity.AGREES,
        3,
    )
    (record,) = scene.audit.records
    assert record == {
        "event": "series.fetched",
        "result": "success",
        "who": "who",
        "ins": opened.context.ins.value,
        "study_instance_uid": "1.2.250.9.5",
        "manifest_uid": "2.25.1",
        "site": HOST,
        "objects": "3",
        "ended": "whole",
    }
    assert [one.is_closed for one in scene.clients] == [True]


@pytest.mark.parametrize("quality", ImageQuality)
def test_a_site_is_asked_for_the_quality_that_the_exam_was_opened_in(
    quality: ImageQuality, scene: Scene
) -> None:
    asked: set[str] = set()
    gives = scene.answer

    def answer(request: httpx.Request) -> httpx.Response:
        asked.add(request.headers["accept"])
        found: httpx.Response = gives(request)
        return found

    made, opened = shelf(), reading(quality=quality)
    filled(made, opened)
    scene.answer = answer
    fetch(made, scene.sites(white_list(HOST)), opened, 0, scene.run)
    assert asked == {ACCEPTS[quality]}


@pytest.mark.parametrize(
    ("listed", "expected"),
    [(None, Ended.UNTRUSTED), (white_list("db2.example"), Ended.UNLISTED)],
)
def test_a_site_that_may_not_be_asked_is_not(
    listed: WhiteList | None, expected: Ended, scene: Scene
) -> None:
    made, opened = shelf(), reading()
    kept = filled(made, opened)
    assert fetch(made, scene.sites(listed), opened, 0, scene.run) == Have(3, ended=expected)
    assert made.haves(opened, kept) == [Have(3, ended=expected)]
    assert scene.clients == []
    assert scene.audit.records[0]["ended"] == expected


def test_a_series_without_an_address_is_audited_without_one(scene: Scene) -> None:
    made, opened = shelf(), reading()
    filled(made, opened, data=manifest(host="db1.example:0"))
    assert fetch(made, scene.sites(white_list(HOST)), opened, 0, scene.run).ended is Ended.ODD
    assert scene.audit.records[0]["site"] == ""


def test_a_place_that_is_not_there_is_fetched(scene: Scene) -> None:
    made, opened = shelf(), reading()
    sites = scene.sites(white_list(HOST))
    assert fetch(made, sites, opened, 0, scene.run) == Have(0)
    filled(made, opened)
    assert fetch(made, sites, opened, 1, scene.run) == Have(0)
    assert scene.audit.records == []


def test_the_identity_is_that_of_the_page(scene: Scene) -> None:
    made, opened = shelf(), reading()
    filled(made, opened)
    other = replace(opened, context=replace(opened.context, birth_date="19800101"))
    have = fetch(made, scene.sites(white_list(HOST)), other, 0, scene.run)
    assert (have.ended, have.instances) == (Ended.DIFFERS, ())
    assert str(SERIES) not in str(have.patient)
