"""The execution that fetches an opened exam: its plans, its series, its end with the session."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import httpx
import pytest

from functions.aws import clients, opening_exams
from functions.drimbox.dmp import xds
from functions.drimbox.dmp.registry import DocumentEntry, ReferenceId
from functions.drimbox.errors import DmpUnavailable, IdentityUnavailable
from functions.drimbox.identity.parties import Code
from functions.drimbox.oid import Uid
from functions.drimbox.reading import fetching
from functions.drimbox.reading.accept_headers import ACCEPTS
from functions.drimbox.reading.keys import exam_name
from functions.drimbox.tenants.model import ImageQuality
from functions.fetch_exam import ahead, steps
from functions.open_exam import answers
from tests.drimbox.images.samples import SERIES, STUDY
from tests.drimbox.reading.exam_scenes import (
    CHU,
    MANIFEST,
    NEWER,
    SECOND,
    answering,
    exam_entry,
    images,
    manifest,
)
from tests.fakes.logs import written
from tests.fakes.world import STRUCTURE
from tests.handlers.conftest import Outside, audit_records, event, stores
from tests.handlers.opened_scenes import IP, Desk, Dmp, executions, machine, readings, started
from tests.handlers.reader_scenes import WHO, Psc, token_ends_in
from tests.handlers.white_lists import put_list


@pytest.fixture
def dmp(monkeypatch: pytest.MonkeyPatch) -> Dmp:
    made = Dmp()
    monkeypatch.setattr(opening_exams, "opened", made.connect)
    monkeypatch.setattr(steps, "open_dmp", made.connect)
    monkeypatch.setattr(ahead, "open_dmp", made.connect)
    monkeypatch.setattr(answers, "PATIENCE", 0.0)
    return made


@pytest.fixture
def desk(site: None, outside: Outside, dmp: Dmp) -> Desk:
    machine()
    put_list("db1.example")
    made = started(outside, dmp)
    made.document("open")
    return made


class Site:
    """Another site that answers, and keeps its requests."""

    def __init__(self, desk: Desk, answer: object) -> None:
        self.asked: list[httpx.Request] = []
        self.answer = answer
        desk.outside.hosts[IP] = self

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        return self.answer(request)  # type: ignore[operator, no-any-return]


def status(code: int) -> object:
    return lambda _: httpx.Response(code)


def told(desk: Desk) -> tuple[str, str]:
    one = desk.document("progress")["1"]
    return one["state"], one["reason"]


def test_the_input_holds_nothing_but_names_that_open_nothing(desk: Desk) -> None:
    assert executions() == [{"tenant": "demo", "page": desk.page, "exam": desk.exam}]
    assert desk.plan() == {
        **{"tenant": "demo", "page": desk.page, "exam": desk.exam, "run": 1, "round": 1},
        **{"outcome": "fetch", "series": [0]},
    }


def test_the_sites_token_is_the_professionals_and_is_renewed(desk: Desk) -> None:
    site = Site(desk, answering(images(1, 2, 3)))
    token_ends_in(desk.cookie, 30)
    with written() as log:
        desk.run()
    assert {one.headers["authorization"] for one in site.asked} == {"Bearer canary-access-3"}
    assert {one.headers["kos-sopinstanceuid"] for one in site.asked} == {MANIFEST}
    assert told(desk) == ("whole", "")
    (record,) = [one for one in audit_records() if one["event"] == "series.fetched"]
    assert (record["who"], record["result"]) == (WHO, "success")
    assert (record["for_site"], record["for_objects"], record["for_ended"]) == (
        "db1.example",
        "3",
        "whole",
    )
    assert "canary" not in log.getvalue()


def test_a_fetch_is_no_use_of_the_session(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    noted: list[str] = []
    monkeypatch.setattr(
        "functions.aws.sessions.DynamoSessions.note", lambda *told_: noted.append(str(told_))
    )
    monkeypatch.setattr("functions.drimbox.identity.session._NOTED", timedelta(-1))
    desk.run()
    assert noted == []


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (401, ("refused", "refused")),
        (403, ("refused", "refused")),
        (410, ("gone", "gone")),
        (400, ("failed", "odd")),
    ],
)
def test_a_refusal_is_told(code: int, expected: tuple[str, str], desk: Desk) -> None:
    Site(desk, status(code))
    assert desk.run()["outcome"] == "watch"
    assert told(desk) == expected


# -- a token that Pro Santé Connect ended before its time


@pytest.fixture
def psc() -> Psc:
    return Psc()


@pytest.fixture
def ended(site: None, outside: Outside, dmp: Dmp, psc: Psc) -> Desk:
    """An exam opened with a token that is not active any more, which the session cannot know."""
    machine()
    put_list("db1.example")
    made = started(outside, dmp, psc=psc)
    made.document("open")
    return made


def knowing(*active: str) -> Callable[[httpx.Request], httpx.Response]:
    """A site that takes these tokens alone."""
    given = answering(images(1, 2, 3))

    def answer(request: httpx.Request) -> httpx.Response:
        token = request.headers["authorization"].removeprefix("Bearer ")
        return given(request) if token in active else httpx.Response(401)

    return answer


def test_a_token_that_a_site_does_not_take_is_renewed(ended: Desk, psc: Psc) -> None:
    there = Site(ended, knowing("canary-access-3"))
    assert ended.run()["outcome"] == "watch"
    assert told(ended) == ("whole", "")
    tokens = [one.headers["authorization"] for one in there.asked]
    assert tokens[0] == "Bearer canary-access-0"
    assert tokens[-1] == "Bearer canary-access-3"
    assert psc.refreshed == ["canary-refresh-0"]


def test_two_requests_that_are_refused_at_once_renew_one_token(
    ended: Desk, psc: Psc, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first image and its series are asked for beside each other, with the same token."""
    monkeypatch.setattr(fetching, "ALONE", 0.0)
    there = Site(ended, knowing("canary-access-3"))
    assert ended.run()["outcome"] == "watch"
    assert told(ended) == ("whole", "")
    tokens = [one.headers["authorization"] for one in there.asked]
    assert tokens.count("Bearer canary-access-0") == 2
    assert psc.refreshed == ["canary-refresh-0"]


def test_a_site_that_takes_no_token_has_refused_and_one_is_renewed(ended: Desk, psc: Psc) -> None:
    Site(ended, knowing())
    assert ended.run()["outcome"] == "watch"
    assert told(ended) == ("refused", "refused")
    ended.document("open")
    ended.run()
    assert told(ended) == ("refused", "refused")
    assert psc.refreshed == ["canary-refresh-0"]


def test_a_sign_in_that_ended_there_is_not_told_as_a_refusal_of_the_site(
    ended: Desk, psc: Psc
) -> None:
    Site(ended, knowing())
    psc.refusing = True
    ended.fetch()
    assert stores().reader_sessions.current(ended.cookie) is None
    assert ended.plan()["outcome"] == "done"
    assert readings() == []
    assert ended.ask("progress")["statusCode"] == 403


def test_while_pro_sante_connect_is_away_nothing_is_told_of_a_site(ended: Desk, psc: Psc) -> None:
    there = Site(ended, knowing("canary-access-3"))
    psc.broken = {"/realm/token"}
    with pytest.raises(IdentityUnavailable):
        ended.fetch()
    assert told(ended) == ("coming", "")
    psc.broken = set()
    ended.run()
    assert (told(ended), len(there.asked) > 2) == (("whole", ""), True)


# -- the DMP once more


def test_a_stale_manifest_is_asked_for_once_more(desk: Desk, dmp: Dmp) -> None:
    held = {**images(1, 2), **images(1, series=SECOND)}

    def answer(request: httpx.Request) -> httpx.Response:
        known = request.headers["kos-sopinstanceuid"] == NEWER
        return answering(held)(request) if known else httpx.Response(404)

    Site(desk, answer)
    dmp.in_force = [exam_entry(NEWER)]
    dmp.documents[NEWER] = manifest(NEWER, {SERIES: 2, SECOND: 1})
    assert desk.run()["outcome"] == "watch"
    assert told(desk) == ("whole", "")
    assert dmp.asked == [MANIFEST, "of_study", NEWER]
    assert len(desk.document("progress")["1"]["series"]) == 2
    (record,) = [one for one in audit_records() if one["event"] == "manifests.read"]
    assert (record["who"], record["result"]) == (WHO, "success")


def _none() -> list[DocumentEntry]:
    return []


@pytest.mark.parametrize(
    "in_force",
    [
        _none(),
        [exam_entry(MANIFEST)],
        [exam_entry(NEWER), exam_entry("2.25.3")],
        [exam_entry("2.25.404")],
        [exam_entry(NEWER, type_code=None)],
        [replace(exam_entry(NEWER), sha1="")],
    ],
)
def test_without_another_manifest_the_exam_is_not_found(
    in_force: list[DocumentEntry], desk: Desk, dmp: Dmp
) -> None:
    site = Site(desk, status(404))
    dmp.in_force = in_force
    assert desk.run()["outcome"] == "watch"
    assert told(desk) == ("failed", "lost")
    asked = len(site.asked)
    assert desk.plan(run=1, round=3)["outcome"] == "watch"
    assert (dmp.asked.count("of_study"), len(site.asked)) == (1, asked)


def test_a_second_404_is_the_end(desk: Desk, dmp: Dmp) -> None:
    Site(desk, status(404))
    dmp.in_force = [exam_entry(NEWER)]
    dmp.documents[NEWER] = manifest(NEWER)
    assert desk.run()["outcome"] == "watch"
    assert told(desk) == ("failed", "lost")
    assert dmp.asked.count("of_study") == 1


def test_a_dmp_that_is_away_is_asked_again_by_the_workflow(desk: Desk, dmp: Dmp) -> None:
    Site(desk, status(404))
    desk.fetch()
    dmp.failure = DmpUnavailable("down")
    with pytest.raises(DmpUnavailable):
        desk.plan()
    assert told(desk) == ("coming", "")


# -- the white list


def test_no_token_leaves_to_a_host_that_is_not_listed(desk: Desk) -> None:
    site = Site(desk, answering(images(1, 2, 3)))
    put_list_again("db2.example")
    desk.run()
    assert (site.asked, told(desk)) == ([], ("failed", "unlisted"))


def put_list_again(*hosts: str) -> None:
    key = {"tenant": {"S": "*"}, "item": {"S": "white_list"}}
    clients.dynamodb().delete_item(TableName="peers", Key=key)
    if hosts:
        put_list(*hosts)


def test_without_a_white_list_nobody_is_asked(desk: Desk) -> None:
    site = Site(desk, answering(images(1, 2, 3)))
    put_list_again()
    desk.run()
    assert (site.asked, told(desk)) == ([], ("failed", "untrusted"))


# -- ends


def test_a_session_that_ended_erases_its_exam(desk: Desk) -> None:
    desk.run()
    assert readings()
    stores().reader_sessions.close(desk.cookie)
    state = desk.plan(run=1, round=1)
    assert (state["outcome"], readings()) == ("done", [])
    desk.fetch()
    assert readings() == []


def test_a_sign_in_that_pro_sante_connect_ended_fetches_nothing(
    site: None, outside: Outside, dmp: Dmp
) -> None:
    machine()
    put_list("db1.example")
    psc = Psc()
    desk = started(outside, dmp, psc=psc)
    desk.document("open")
    asked = Site(desk, answering(images(1, 2, 3))).asked
    token_ends_in(desk.cookie, 3)
    psc.refusing = True
    desk.fetch()
    assert asked == []
    assert desk.plan()["outcome"] == "done"
    assert readings() == []


def test_a_professional_who_lost_the_situation_fetches_nothing(desk: Desk) -> None:
    sessions = stores().reader_sessions
    session = sessions.current(desk.cookie)
    assert session is not None
    nobody = session.facts.professional.replace("1750803447", "1999999999")
    assert sessions.change(session, replace(session.facts, professional=nobody))
    asked = Site(desk, answering(images(1, 2, 3))).asked
    desk.fetch()
    assert asked == []
    assert desk.plan()["outcome"] == "done"


def test_an_unknown_exam_is_done(desk: Desk) -> None:
    assert desk.plan("0" * 32)["outcome"] == "done"
    desk.fetch(exam="0" * 32)
    assert event("fetch_exam/plan")["tenant"] == "demo"


def test_a_later_execution_takes_over(desk: Desk, outside: Outside) -> None:
    outside.addresses["db1.example"] = ()
    first = desk.run()
    desk.document("open")
    assert desk.plan(run=first["run"], round=first["round"])["outcome"] == "done"
    assert readings()
    assert desk.plan()["run"] == 2


def test_an_exam_that_was_erased_meanwhile_is_only_watched(desk: Desk) -> None:
    stores().shelf.erase(desk.page, desk.exam, desk.cookie)
    assert desk.plan()["outcome"] == "watch"
    desk.fetch()
    desk.fetch(place=7)
    assert readings() == []


def test_rounds_without_an_end_come_to_one(desk: Desk) -> None:
    assert desk.plan(run=1, round=40)["outcome"] == "watch"
    assert told(desk) == ("failed", "away")


# -- the likely prior

_LIKE = (Code("CT", xds.DCM), Code("51185008", xds.SNOMED))
_PRIOR = "2.25.7"
_OLDER = Uid("1.2.250.9.6")


def _like(uid: str, at: str, study: Uid = STUDY, **changes: Any) -> DocumentEntry:
    references = (ReferenceId(study, "", xds.STUDY_INSTANCE_UID),)
    facts = {"event_codes": _LIKE, "service_start_time": at, "reference_ids": references}
    return exam_entry(uid, **{**facts, **changes})


@dataclass
class Pair:
    """A page with an exam and its likely prior, which nobody has opened yet."""

    desk: Desk
    site: Site

    @property
    def prior(self) -> str:
        return exam_name(self.desk.page, _PRIOR)

    @property
    def asked(self) -> list[str]:
        """The manifests in whose name the site was asked, in order, each once."""
        return list(dict.fromkeys(one.headers["kos-sopinstanceuid"] for one in self.site.asked))


@pytest.fixture
def pair(
    request: pytest.FixtureRequest,
    site: None,
    outside: Outside,
    dmp: Dmp,
    monkeypatch: pytest.MonkeyPatch,
) -> Pair:
    """``request.param``: changes of the prior's entry, and of the tenant."""
    changes, tenant = getattr(request, "param", ({}, {}))
    allowed = replace(stores().tenant, **{"prefetch_prior": True, **tenant})
    monkeypatch.setattr("functions.aws.tenants.find", lambda *_: allowed)
    machine()
    put_list("db1.example")
    prior = _like(_PRIOR, "20250102", _OLDER, **changes)
    made = started(outside, dmp, _like(MANIFEST, "20260102"), prior)
    dmp.documents[_PRIOR] = manifest(_PRIOR, {SECOND: 2}, of=_OLDER)
    held = images(1, 2, series=SECOND, StudyInstanceUID=_OLDER)
    there = Site(made, answering({**images(1, 2, 3), **held}))
    made.document("open")
    return Pair(made, there)


def prefetched() -> list[dict[str, str]]:
    return [one for one in audit_records() if one["event"] == "exam.prefetched"]


def test_the_likely_prior_is_fetched_once_the_exam_is_whole(pair: Pair, dmp: Dmp) -> None:
    desk = pair.desk
    desk.plan()
    assert (prefetched(), len(executions())) == ([], 1)
    desk.run()
    (record,) = prefetched()
    assert (record["who"], record["result"]) == (WHO, "success")
    assert (record["for_manifest_uid"], record["for_establishment"]) == (_PRIOR, CHU)
    assert {one["exam"] for one in executions()} == {desk.exam, pair.prior}
    desk.run(pair.prior)
    assert pair.asked == [MANIFEST, _PRIOR]
    # Nobody has opened it: nothing of it is told.
    assert desk.document("progress", "2")["2"]["reason"] == "absent"
    asked = (len(pair.site.asked), len(dmp.asked))
    opened = desk.document("open", "2")["2"]
    assert (opened["state"], opened["awaited"]) == ("whole", 2)
    # The DMP is asked for the manifest once more: it may have been withdrawn since.
    assert (len(pair.site.asked), len(dmp.asked)) == (asked[0], asked[1] + 1)
    assert [one["event"] for one in audit_records()].count("exam.opened") == 2
    # One for each page.
    desk.run(pair.prior)
    desk.run()
    assert (len(prefetched()), len(executions())) == (1, 2)


def test_an_exam_that_was_fetched_ahead_goes_with_the_session(pair: Pair) -> None:
    pair.desk.run()
    pair.desk.run(pair.prior)
    stores().reader_sessions.close(pair.desk.cookie)
    assert pair.desk.plan(pair.prior)["outcome"] == "done"
    assert pair.desk.plan()["outcome"] == "done"
    assert readings() == []


_MASKED = (Code("MASQUE_PS", xds.MASKING_SYSTEM),)
_OURS = (f"Ici^^^^^&1.2.250.1.71.4.2.2&ISO^IDNST^^^{STRUCTURE}",)


@pytest.mark.parametrize(
    "pair",
    [
        ({}, {"prefetch_prior": False}),
        ({"confidentiality_codes": _MASKED}, {}),
        ({"given_at": "2026-11-29T10:00:00"}, {}),
        ({"author_institutions": _OURS}, {}),
    ],
    indirect=True,
)
def test_no_other_exam_is_fetched_ahead(pair: Pair, dmp: Dmp) -> None:
    pair.desk.run()
    assert (prefetched(), len(executions()), pair.asked) == ([], 1, [MANIFEST])
    assert _PRIOR not in dmp.asked


def test_an_exam_that_somebody_opened_is_not_fetched_ahead(pair: Pair) -> None:
    pair.desk.document("open", "2")
    pair.desk.run()
    assert (prefetched(), len(executions())) == ([], 2)


def test_a_site_that_refused_is_not_asked_ahead(pair: Pair) -> None:
    other = Uid("1.2.250.9.7")
    desk = started(
        pair.desk.outside, pair.desk.dmp, *pair.desk.entries, _like("2.25.8", "2020", other)
    )
    desk.dmp.documents["2.25.8"] = manifest("2.25.8", of=other)
    there = Site(desk, status(403))
    desk.document("open", "3")
    desk.run(exam_name(desk.page, "2.25.8"))
    there.answer = pair.site.answer
    desk.document("open", "1")
    assert desk.run()["outcome"] == "watch"
    assert (told(desk)[0], prefetched()) == ("whole", [])


def test_an_exam_in_part_has_no_prior_fetched(pair: Pair) -> None:
    pair.site.answer = answering(images(1))
    pair.desk.run()
    assert told(pair.desk)[0] == "gone"
    assert prefetched() == []


def test_a_dmp_that_fails_leaves_the_page_as_it_is(pair: Pair, dmp: Dmp) -> None:
    dmp.failure = DmpUnavailable("down")
    assert pair.desk.run()["outcome"] == "watch"
    assert told(pair.desk) == ("whole", "")
    (record,) = prefetched()
    assert record["result"] != "success"
    dmp.failure = None
    pair.desk.run()
    assert (len(prefetched()), len(executions())) == (1, 1)


@pytest.mark.parametrize("pair", [({}, {"exam_quality": ImageQuality.VIEWING})], indirect=True)
def test_a_tenant_may_have_exams_in_viewing_quality(pair: Pair) -> None:
    desk = pair.desk
    viewed, ahead_of = (
        exam_name(desk.page, one, quality=ImageQuality.VIEWING) for one in (MANIFEST, _PRIOR)
    )
    desk.run(viewed)
    document = desk.document("progress")["1"]
    assert (document["state"], document["quality"]) == ("whole", "viewing")
    assert {one.headers["accept"] for one in pair.site.asked} == {ACCEPTS[ImageQuality.VIEWING]}
    assert {one["exam"] for one in executions()} == {viewed, ahead_of}
