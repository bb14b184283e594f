"""Each kind of job, and the troubles of an archive."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from agent.pacs.port import SitePacs
from agent.work import doing as module
from agent.work.doing import Doing
from agent.work.filling import Filling
from agent.work.importing import Importing
from agent.work.ports import CloudAway, PackGone
from agent.work.wire import Answered, Asked, Failed, Outcome, Put
from functions.drimbox.errors import Held, PacsAnswerUnusable, PacsUnavailable
from functions.drimbox.importing.outgoing import Stored
from functions.drimbox.oid import Uid
from functions.drimbox.study.codec import decode
from functions.drimbox.study.found_study import FoundStudies
from tests.agent.work.memory import MemoryIncoming, MemoryPacks
from tests.agent.work.samples import import_ask
from tests.drimbox.images.samples import CT, MANIFEST, SERIES, STUDY, FolderPacs, instance
from tests.drimbox.manifest import samples as manifests

KEY = "demo/incoming/1"
AWAY = PacsUnavailable("no association")
UNUSABLE = PacsAnswerUnusable("not whole")


@dataclass
class Archive(FolderPacs):
    """An archive whose answers are values, or errors to raise, in turn; the last one stays."""

    answers: list[Any] = field(default_factory=list)
    calls: int = 0

    def _next(self) -> Any:
        self.calls += 1
        found = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(found, Exception):
            raise found
        return found

    def find_study(self, _: Uid) -> Any:
        return self._next()

    def has_study(self, _: Uid) -> Any:
        return self._next()

    def search(self, *_: Any, **__: Any) -> Any:
        return self._next()

    def store(self, *_: Any) -> Any:
        return self._next()


@dataclass
class Desk:
    """A ``Doing`` on a virtual clock."""

    folder: Path
    pacs: Any
    incoming: MemoryIncoming = field(default_factory=MemoryIncoming)
    packs: MemoryPacks = field(default_factory=MemoryPacks)
    now: float = 0.0
    seen: list[bool] = field(default_factory=list)

    def do(self, kind: str, ask: Any) -> Outcome:
        pacs: SitePacs = self.pacs
        bodies, spool = self.folder / "bodies", self.folder / "spool"
        for one in (bodies, spool):
            one.mkdir(exist_ok=True)
        doing = Doing(
            pacs,
            Filling(pacs, self.incoming, bodies),
            Importing(pacs, self.packs, bodies, sleep=self._sleep, monotonic=lambda: self.now),
            self.incoming,
            spool,
            pacs_seen=self.seen.append,
            sleep=self._sleep,
            monotonic=lambda: self.now,
        )
        asked = asked_for(kind, ask)
        outcome = doing.do(asked)
        doing.forget(asked)
        assert list(bodies.iterdir()) == list(spool.iterdir()) == []
        return outcome

    def _sleep(self, seconds: float) -> None:
        self.now += seconds


def asked_for(kind: str, ask: Any) -> Asked:
    return Asked(f"{kind}-{'a' * 64}", kind, 1, datetime(2026, 12, 1, tzinfo=UTC), ask, KEY)


@pytest.fixture
def desk(tmp_path: Path) -> Callable[..., Desk]:
    return lambda *answers, objects=(): Desk(
        tmp_path, Archive(list(objects), answers=list(answers))
    )


INDEX = {"study_instance_uid": STUDY}
FIND = {
    "patient_id": "P",
    "accession_number": "",
    "modality": "",
    "since": "",
    "until": "",
    "most": 5,
}
FILL = {
    "study_instance_uid": STUDY,
    "series_instance_uid": SERIES,
    "manifest_uid": MANIFEST,
    "notes": 0,
    "instances": {CT: [f"{SERIES}.1"]},
}


def test_an_index_is_answered(desk: Callable[..., Desk]) -> None:
    study = manifests.study()
    outcome = desk(study).do("index", INDEX)
    assert isinstance(outcome, Answered)
    assert isinstance(outcome.answer, dict)
    assert decode(json.dumps(outcome.answer["index"]).encode()) == study
    assert desk(None).do("index", INDEX) == Answered({"found": False})


def test_a_survey_tells_each_study(desk: Callable[..., Desk]) -> None:
    asked = {"depth": "presence", "studies": ["1.2.1", "1.2.2"]}
    assert desk(True, False).do("survey", asked) == Answered(
        {
            "studies": [
                {"study_instance_uid": "1.2.1", "found": True},
                {"study_instance_uid": "1.2.2", "found": False},
            ]
        }
    )
    asked = {"depth": "index", "studies": ["1.2.1", "1.2.2", "1.2.3"]}
    outcome = desk(None, Held("patient_mismatch"), UNUSABLE).do("survey", asked)
    assert outcome == Answered(
        {
            "studies": [
                {"study_instance_uid": "1.2.1", "found": False},
                {"study_instance_uid": "1.2.2", "reason": "patient_mismatch"},
                {"study_instance_uid": "1.2.3", "reason": "pacs_answer_unusable"},
            ]
        }
    )


def test_a_search_is_answered_and_never_tried_again(desk: Callable[..., Desk]) -> None:
    found = desk(FoundStudies((), 0, complete=True)).do("find", FIND)
    assert found == Answered({"studies": [], "left_out": 0, "complete": True})
    at = desk(AWAY)
    assert at.do("find", FIND) == Failed("pacs_unavailable")
    assert (at.pacs.calls, at.now) == (1, 0.0)


def test_a_series_is_sent(desk: Callable[..., Desk]) -> None:
    at = desk(objects=[instance(1)])
    outcome = at.do("fill", FILL)
    assert isinstance(outcome, Answered)
    assert isinstance(outcome.answer, Put)
    assert len(at.incoming.objects[KEY]) == outcome.answer.size


def test_objects_at_fault_are_named(desk: Callable[..., Desk]) -> None:
    outcome = desk(objects=[instance(1)[:-8]]).do("fill", FILL)
    assert outcome == Failed("object_unservable", (f"{SERIES}.1",))


def test_an_archive_that_is_away_is_tried_for_a_minute(desk: Callable[..., Desk]) -> None:
    at = desk(AWAY)
    assert at.do("index", INDEX) == Failed("pacs_unavailable")
    assert at.now <= 60
    assert at.pacs.calls == 5
    assert at.seen == [False] * 5
    at = desk(AWAY, UNUSABLE, None)
    assert at.do("index", INDEX) == Answered({"found": False})
    assert at.seen == [False, True, True]


@pytest.mark.parametrize("code", ["pacs_refused", "patient_mismatch", "study_too_large"])
def test_a_failure_for_a_human_is_told_at_once(code: str, desk: Callable[..., Desk]) -> None:
    at = desk(Held(code))
    assert at.do("index", INDEX) == Failed(code)
    assert at.pacs.calls == 1


def test_an_unknown_kind_and_an_ill_formed_ask_are_told(desk: Callable[..., Desk]) -> None:
    assert desk(None).do("later", {}) == Failed("unsupported")
    assert desk(None).do("index", {}) == Failed("agent_failed")


def test_the_cloud_s_absence_is_no_outcome(desk: Callable[..., Desk]) -> None:
    at = desk(objects=[instance(1)])
    at.incoming.broken = {1}
    with pytest.raises(CloudAway):
        at.do("fill", FILL)


def test_a_large_answer_is_put(desk: Callable[..., Desk], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_ANSWER_BYTES", 100)
    at = desk(manifests.study())
    outcome = at.do("index", INDEX)
    assert isinstance(outcome, Answered)
    assert isinstance(outcome.answer, Put)
    assert json.loads(at.incoming.objects[KEY])["found"] is True
    assert outcome.answer.size == len(at.incoming.objects[KEY])
    monkeypatch.setattr(module, "MAX_PUT_BYTES", outcome.answer.size - 1)
    assert desk(manifests.study()).do("index", INDEX) == Failed("study_too_large")


def test_an_import_is_answered_by_each_object(desk: Callable[..., Desk]) -> None:
    ask, pack = import_ask(instance(1), instance(2))
    told = [(Uid(f"{SERIES}.1"), Stored()), (Uid(f"{SERIES}.2"), Stored(failure=0xC000))]
    at = desk(AWAY, told)
    at.packs.packs[ask["url"]] = pack
    assert at.do("import", ask) == Answered(
        {
            "objects": [
                {"sop_instance_uid": f"{SERIES}.1", "failure": None, "warning": None},
                {"sop_instance_uid": f"{SERIES}.2", "failure": 0xC000, "warning": None},
            ]
        }
    )
    assert at.packs.offsets == [0], "the pack is fetched once"
    at = desk(Held("pacs_refused"))
    at.packs.packs[ask["url"]] = pack
    assert at.do("import", ask) == Failed("pacs_refused")
    with pytest.raises(PackGone):
        desk(told).do("import", ask)
