"""functions.drimbox.importing.site_agent: an import by jobs, whatever the agent does or leaves."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from functions.drimbox.agents.answering import Envelope
from functions.drimbox.agents.wire import kind_of
from functions.drimbox.errors import (
    AgentAway,
    AnswerAwaited,
    PacsAnswerUnusable,
    PacsUnavailable,
    StorageUnavailable,
)
from functions.drimbox.importing import progress, sending
from functions.drimbox.importing.obstacle import Obstacle
from functions.drimbox.importing.outgoing import Outgoing, Part
from functions.drimbox.importing.progress import AGENT_AWAY, Progress, Stage
from functions.drimbox.importing.sending import Next, is_awaited, send
from functions.drimbox.importing.site_agent import AgentStore
from functions.drimbox.jobs.job import Kind
from functions.drimbox.oid import Uid
from functions.drimbox.study import codec
from functions.drimbox.study.index import InstanceRef, SeriesIndex, StudyIndex
from tests.drimbox.agents.scenes import BEHIND, Place, state
from tests.drimbox.images.samples import CT
from tests.drimbox.importing.exams import SERIES, STUDY, Scene, reading, whole
from tests.drimbox.importing.scenes import read
from tests.drimbox.manifest.samples import study
from tests.fakes.world import Killed

ALL = tuple(Uid(f"{SERIES}.{n}") for n in (1, 2, 3))


@dataclass
class Site:
    """An agent and its PACS: it does its jobs while the call waits, ``prompt`` times."""

    scene: Scene
    place: Place
    prompt: int = 100
    held: dict[str, bytes] = field(default_factory=dict)
    patient: str = "IPP101"
    done: list[str] = field(default_factory=list)
    failing: dict[str, int] = field(default_factory=dict)
    untold: set[str] = field(default_factory=set)
    reason: str = ""
    dies: Any = None

    def wait(self) -> bool:
        """One pause of the call."""
        if self.prompt == 0:
            return False
        self.prompt -= 1
        self.work()
        return True

    def work(self) -> None:
        """Do every job that was rung for."""
        rung, self.place.bell.rung = self.place.bell.rung, []
        for key in dict.fromkeys(rung):
            if self.place.desk.has_ended(key):
                continue
            kind = kind_of(key)
            self.done.append(str(kind))
            if self.reason and kind is Kind.IMPORT:
                self._post(key, "failed", reason=self.reason)
                continue
            ask = self.place.answering.show(key)["ask"]
            answer = self._survey() if kind is Kind.SURVEY else self._store(ask)
            self._post(key, "answered", answer=answer)

    def _post(self, key: str, outcome: str, **facts: Any) -> None:
        attempt = self.place.questions.questions[key].attempt
        self.place.answering.take(key, Envelope(attempt, outcome, **facts))

    def _survey(self) -> dict[str, Any]:
        name = {"study_instance_uid": STUDY}
        if not self.held:
            return {"studies": [{**name, "found": False}]}
        return {"studies": [{**name, "found": True, "index": codec.write(self._index())}]}

    def _index(self) -> StudyIndex:
        refs = tuple(InstanceRef(CT, Uid(one), 1) for one in sorted(self.held))
        series = (SeriesIndex(SERIES, "CT", 1, "", refs),)
        made = study(study_instance_uid=STUDY, series=series, key_images=())
        return replace(made, patient_id=self.patient)

    def _store(self, ask: dict[str, Any]) -> dict[str, Any]:
        """Store the objects of the pack."""
        key = ask["url"].removeprefix("https://cache.example/").partition("?")[0]
        data, at, told = self.place.packs.objects[key], 0, []
        for one in ask["objects"]:
            name, content = one["sop_instance_uid"], data[at : at + one["size"]]
            at += one["size"]
            if name not in self.failing:
                self.held[name] = content
            outcome = {"sop_instance_uid": name, "failure": self.failing.get(name)}
            if name not in self.untold:
                told.append({**outcome, "warning": None})
        assert at == len(data)
        return {"objects": [*told, _stranger()]}

    @property
    def store(self) -> AgentStore:
        asker = {"page": "p", "exam": "e", "run": "1"}
        return AgentStore(self.place.agent, self.place.packs, asker, self.scene.spool, self.wait)


def _stranger() -> dict[str, Any]:
    """An object that nobody has sent."""
    return {"sop_instance_uid": "1.2.404", "failure": None, "warning": None}


@pytest.fixture
def site(tmp_path: Path) -> Site:
    tenant = replace(BEHIND, imports=True)
    scene = Scene(tmp_path, tenant=tenant)
    whole(scene.shelf)
    made = Site(scene, Place(tenant, scene.clock))
    scene.pacs = made.store
    return made


def begun(site: Site) -> Progress:
    return Progress(1, Stage.WAITING, site.scene.clock.now())


def sent(site: Site, now: Progress | None = None) -> tuple[Next, Progress]:
    desk, now = site.scene.desk(), now or begun(site)
    if is_awaited(desk, reading(), now):
        found = Next.WAIT, progress.read(site.scene.shelf.store, reading().keys.imported) or now
    else:
        found = send(desk, reading(), now)
    assert progress.read(site.scene.shelf.store, reading().keys.imported) == found[1]
    assert not list(site.scene.spool.iterdir())
    return found


def test_an_exam_is_stored_by_the_agent_as_it_would_be_directly(site: Site) -> None:
    following, after = sent(site)
    assert (following, after.stage, after.total) == (Next.DONE, Stage.DONE, 3)
    assert site.done == ["survey", "import"]
    assert sorted(site.held) == sorted(ALL)
    for name in ALL:
        root = read(site.held[name])
        assert (root.PatientID, root.SOPInstanceUID) == ("IPP101", name)
        assert root.OriginalAttributesSequence
    assert site.place.packs.objects == {}, "the pack goes with the answer"
    said = json.dumps([dict(one.wish.facts) for one in site.place.questions.questions.values()])
    assert not any(name in said for name in ("IPP101", "279036311318912", "CLINIQUE"))
    assert STUDY in site.scene.imported.studies


def test_the_pack_of_a_run_that_ended_without_a_word_goes_with_a_later_one(site: Site) -> None:
    """It stayed until the session's end: its execution had died, and nobody read its answer."""
    folder = reading().keys.all_outgoing
    site.place.packs.objects[f"{folder}former"] = b"objects of a patient"
    site.place.packs.objects["readings/other/outgoing/x"] = b"another exam's"
    assert sent(site)[1].stage is Stage.DONE
    assert list(site.place.packs.objects) == ["readings/other/outgoing/x"]


def test_a_slow_agent_is_waited_for_by_later_calls(site: Site) -> None:
    site.prompt = 0
    now, calls = begun(site), []
    for _ in range(8):
        following, now = sent(site, now)
        calls.append((str(following), str(now.stage), bool(now.awaited)))
        if following is Next.DONE:
            break
        if len(calls) % 2 == 0:
            site.work()
    assert calls == [
        ("wait", "waiting", True),
        ("wait", "waiting", True),
        ("wait", "sending", True),
        ("wait", "sending", True),
        ("done", "done", False),
    ]
    assert site.done == ["survey", "import"]
    assert sorted(site.held) == sorted(ALL)


def test_a_call_that_only_waits_writes_its_state_once_a_minute(site: Site) -> None:
    site.prompt = 0
    _, first = sent(site)
    site.scene.clock.advance(timedelta(seconds=59))
    assert sent(site, first)[1] == first
    site.scene.clock.advance(timedelta(seconds=1))
    _, later = sent(site, first)
    assert later == replace(first, at=site.scene.clock.now())


def test_an_agent_that_falls_silent_is_said_and_comes_back(site: Site) -> None:
    site.prompt = 0
    _, now = sent(site)
    site.work()
    _, now = sent(site, now)
    assert (now.stage, now.code) == (Stage.SENDING, "")
    site.scene.clock.advance(timedelta(minutes=11))
    following, now = sent(site, now)
    assert (following, now.stage, now.code) == (Next.WAIT, Stage.SENDING, AGENT_AWAY)
    site.place.states.put(state(site.scene.clock))
    following, now = sent(site, now)
    assert (following, now.code) == (Next.WAIT, "")
    site.work()
    # The last survey is older than five minutes.
    following, now = sent(site, now)
    site.work()
    following, now = sent(site, now)
    assert (following, now.stage) == (Next.DONE, Stage.DONE)
    assert site.done == ["survey", "import", "survey"]


def test_without_an_agent_nothing_is_laid(site: Site) -> None:
    site.place.states.states.clear()
    following, now = sent(site)
    assert (following, now.stage, now.code) == (Next.WAIT, Stage.WAITING, AGENT_AWAY)
    part = Part(STUDY, "k", ALL)
    with pytest.raises(AgentAway):
        site.store.store(part, [Outgoing(ALL[0], 4, lambda: [b"DICM"])])
    assert site.place.packs.objects == {}


def test_a_question_of_which_nothing_is_known_any_more_is_asked_anew(site: Site) -> None:
    site.prompt = 0
    _, now = sent(site)
    site.place.questions.questions.clear()
    site.prompt = 100
    assert sent(site, now)[1].stage is Stage.DONE


def test_each_object_has_its_own_outcome(site: Site) -> None:
    site.failing, site.untold = {ALL[0]: 0xA700, ALL[1]: 0x0111}, {ALL[2]}
    _, after = sent(site)
    assert after.stage is Stage.PARTIAL
    assert after.stored == {ALL[1]: 0}
    assert after.failed == {ALL[0]: 0xA700, ALL[2]: sending.UNTOLD}
    assert site.done == ["survey", "import", "import"], "an object without a word is sent once more"


def test_the_pacs_s_own_patient_stands_against_it(site: Site) -> None:
    site.held, site.patient = {str(ALL[0]): b""}, "IPP999"
    assert sent(site)[1].code == Obstacle.ELSEWHERE
    assert site.done == ["survey"]


def test_what_the_pacs_holds_is_not_sent(site: Site) -> None:
    site.held = {str(ALL[0]): b"theirs"}
    _, after = sent(site)
    assert (after.stage, after.before) == (Stage.DONE, 1)
    assert site.held[str(ALL[0])] == b"theirs"


@pytest.mark.parametrize(
    ("reason", "code"),
    [
        ("pacs_refused", Obstacle.REFUSED),
        ("agent_failed", Obstacle.AGENT),
        ("unsupported", Obstacle.OUTDATED),
    ],
)
def test_an_agent_that_gives_up_ends_the_import(site: Site, reason: str, code: str) -> None:
    site.reason = reason
    following, after = sent(site)
    assert (following, after.stage, after.code) == (Next.DONE, Stage.REFUSED, code)
    assert site.place.packs.objects == {}


@pytest.mark.parametrize(
    ("reason", "error"),
    [("pacs_unavailable", PacsUnavailable), ("pacs_answer_unusable", PacsAnswerUnusable)],
)
def test_a_pacs_that_is_away_is_tried_again_a_minute_later(
    site: Site, reason: str, error: type[Exception]
) -> None:
    site.reason = reason
    with pytest.raises(error):
        sent(site)
    site.reason = ""
    now = progress.read(site.scene.shelf.store, reading().keys.imported)
    with pytest.raises(error):
        sent(site, now or begun(site))
    assert site.done == ["survey", "import"]
    site.scene.clock.advance(timedelta(minutes=1))
    assert sent(site, now or begun(site))[1].stage is Stage.DONE
    assert sorted(site.held) == sorted(ALL)


def test_an_object_that_is_not_as_long_as_told_is_never_laid(site: Site) -> None:
    with pytest.raises(StorageUnavailable):
        site.store.store(Part(STUDY, "k", ALL), [Outgoing(ALL[0], 5, lambda: [b"DICM"])])
    assert site.place.packs.objects == {}
    assert site.place.bell.rung == []


@pytest.mark.parametrize("after", ["outgoing", ".json", "import.json"])
def test_a_call_that_is_killed_at_a_write_goes_on(site: Site, after: str) -> None:
    """Before the pack, before its index, before the state: the next call ends the import."""
    store: Any = site.place.packs if after != "import.json" else site.scene.shelf.store
    store.broken = {after: Killed()}
    with pytest.raises(Killed):
        send(site.scene.desk(), reading(), begun(site))
    assert sent(site)[1].stage is Stage.DONE
    assert sorted(site.held) == sorted(ALL)


def test_nothing_is_awaited_for_no_job(site: Site) -> None:
    site.store.require_answered("")
    site.prompt = 0
    with pytest.raises(AnswerAwaited) as raised:
        site.store.find_study(STUDY)
    with pytest.raises(AnswerAwaited) as again:
        site.store.require_answered(raised.value.job)
    assert again.value.job == raised.value.job
    site.work()
    site.store.require_answered(raised.value.job)
