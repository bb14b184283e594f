"""Exams opened by a professional: one made elsewhere comes over mTLS into the viewer's document."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from uuid import uuid4

import httpx
import pytest

from infra.demo.elsewhere import Elsewhere
from infra.demo.layout import SECOND
from simulators.history.acts import Series
from simulators.history.history import history
from simulators.history.load import load
from simulators.history.series import planned_study
from simulators.history.sites import served_at
from simulators.pacs.exams.objects import exam_objects
from simulators.peer.front import find_nginx
from tests.flows.canaries import found_in
from tests.flows.opened import MadeElsewhere, ended, page_of
from tests.flows.readers import buttons, submit, submitted
from tests.flows.stack import PATIENCE, LocalStack, wait_for

pytestmark = [
    pytest.mark.stack,
    pytest.mark.slow,
    pytest.mark.skipif(find_nginx() is None, reason="nginx is not installed"),
]
SLICES = 12


@pytest.fixture(scope="module")
def white_list(_stack: LocalStack) -> None:
    """The national list is kept."""
    look = _stack.aws["lambda"].invoke(
        FunctionName="drimbox-refresh-white-list", Payload=json.dumps({"at_once": True}).encode()
    )
    assert json.loads(look["Payload"].read())["outcome"] == "kept"


@pytest.fixture(scope="module")
def exam(_stack: LocalStack, white_list: None) -> MadeElsewhere:
    stack = _stack
    made = history("demo", uuid4().hex, sites=served_at(stack.layout.sites()))
    load(made, stack.endpoints["dmp"], stack.layout.pki / "ca.pem")
    about = next(one for one in made.plan.reports if one.exams[0].site.key == SECOND)
    of = about.exams[0]
    small = replace(of.act, series=(Series("Thorax", SLICES, "ct_chest"),))
    about = replace(about, exams=(replace(of, act=small, key_images=False),))
    Elsewhere(stack.layout).publish(made, about)
    [planned] = planned_study(about.exams[0]).series
    pixels = {
        str(one.SOPInstanceUID): one.PixelData for one in exam_objects(about.exams[0], made.patient)
    }
    return MadeElsewhere(made, about.exams[0].study, planned.uid, pixels)


@pytest.fixture
def browser(stack: LocalStack) -> Iterator[httpx.Client]:
    with stack.client() as http:
        yield http


def requests_of(stack: LocalStack) -> list[dict[str, Any]]:
    with stack.client() as http:
        told = http.get(f"{stack.endpoints['peer']}/_sim/state").json()["requests"]
    return list(told)


def test_an_exam_made_elsewhere_is_opened(
    stack: LocalStack, browser: httpx.Client, exam: MadeElsewhere
) -> None:
    before = len(requests_of(stack))
    page = page_of(stack, browser, exam)
    first = page.ask("open")
    assert first["state"] in {"coming", "whole"}
    assert first["awaited"] == SLICES
    told = page.whole()
    assert (told["identity"], told["reason"]) == ("agrees", "")
    (series,) = told["series"]
    assert (series["uid"], series["modality"], series["count"]) == (exam.series, "CT", SLICES)
    # The bytes of each frame, by ranges of signed addresses, as a browser of our page asks.
    origin = {"Origin": stack.endpoints["vi"]}
    got = []
    with httpx.Client(trust_env=False, timeout=60) as bucket:
        for at, offset, size in series["frames"]:
            answer = bucket.get(
                series["objects"][at]["url"],
                headers={"Range": f"bytes={offset}-{offset + size - 1}", **origin},
            )
            assert answer.status_code == 206, answer.text
            assert answer.headers["Access-Control-Allow-Origin"] == stack.endpoints["vi"]
            assert "Content-Range" in answer.headers["Access-Control-Expose-Headers"]
            got.append(answer.content)
        assert bucket.get(series["objects"][0]["url"].partition("?")[0]).status_code == 403
    fragments = {data[start:] for data in exam.pixels.values() for start in (0,)}
    assert all(any(one in whole for whole in fragments) for one in got)
    assert len(set(got)) == SLICES
    # Opened again: nothing is fetched again, and the first frame comes along.
    again = page.ask("open")
    assert again["state"] == "whole"
    assert again["first"]["frame"] == SLICES // 2
    mine = [one for one in requests_of(stack)[before:] if exam.study in one["path"]]
    assert mine
    assert {one["authorization"] for one in mine} != {""}
    assert all("CN=db.local.example" in one["certificate"] for one in mine)
    assert len({one["authorization"] for one in mine}) == 1


def test_nothing_names_the_patient_and_a_sign_out_erases_everything(
    stack: LocalStack, browser: httpx.Client, exam: MadeElsewhere
) -> None:
    page = page_of(stack, browser, exam)
    page.ask("open")
    told = page.whole()
    names = {exam.study, exam.series, exam.made.patient.case().ins, str(page.shown.url)[-43:]}
    mine = {
        url.partition("?")[0].rpartition("/readings/")[2].partition("/")[0]
        for one in told["series"][0]["objects"]
        for url in [one["url"]]
    }
    [session] = mine
    keys = [key for key in stack.keys("readings") if f"/readings/{session}/" in key]
    assert len(keys) >= 3
    for text in (*keys, *(one["url"] for one in told["series"][0]["objects"])):
        assert not found_in(names, text.encode())
    states = stack.aws["stepfunctions"]
    [machine] = [
        one["stateMachineArn"]
        for one in states.list_state_machines()["stateMachines"]
        if one["name"] == "drimbox-fetch"
    ]
    inputs = [
        states.describe_execution(executionArn=one["executionArn"])["input"]
        for one in states.list_executions(stateMachineArn=machine)["executions"]
    ]
    patient = exam.made.patient.case()
    secrets = {exam.study, exam.series, patient.ins, patient.traits.family}
    assert inputs
    for text in inputs:
        assert set(json.loads(text)) == {"tenant", "page", "exam"}
        assert not found_in(secrets, text.encode())
    for function in ("open_exam", "fetch_exam"):
        assert not found_in({patient.ins, patient.traits.family}, stack.log(function).encode())
    assert submit(browser, page.shown, "sign_out").status_code == 303
    left = [key for key in stack.keys("readings") if f"/readings/{session}/" in key]
    assert left == []


def test_a_sign_in_that_pro_sante_connect_ended_is_no_refusal_of_the_site(
    stack: LocalStack, browser: httpx.Client, exam: MadeElsewhere
) -> None:
    """Its token is still good for minutes, as far as we know; the site asks, and does not take it.

    The exam goes with the session, and the page tells the professional to sign in again.
    """
    # All sessions of that professional end; other tests share one of the radiologist.
    page = page_of(stack, browser, exam, "nurse")
    control = f"{stack.endpoints['psc']}/_sim/revoke"
    assert browser.post(control, json={"professional": "nurse"}).json()["revoked"] >= 1
    page.ask("open")

    def over() -> bool:
        answer = page.send("progress")
        if answer.status_code == 200:
            [told] = answer.json()["exams"]
            assert told["state"] == "coming", told
        return answer.status_code == 403

    wait_for(over, PATIENCE, "the end of the session")
    shown = browser.get(page.shown.url)
    assert "/sign-in" in shown.text
    assert exam.made.patient.case().traits.family not in shown.text


def form_of(page: httpx.Response, verb: str = "") -> str:
    """The form of the import's page, or of the way to it, with that verb."""
    wanted = f'name="verb" value="{verb}"'
    return next(one for one in buttons(page) if "/import" in one and wanted in one)


def test_an_exam_made_elsewhere_is_imported_and_a_report_on_it_is_held(
    stack: LocalStack, browser: httpx.Client, exam: MadeElsewhere
) -> None:
    """In the own PACS it is the local patient's; no report on it is ever published from here."""
    page = page_of(stack, browser, exam, PatientID="LOCAL-7")
    assert page.ask("open")["import"] is True
    page.whole()
    shown = submitted(browser, page.shown, form_of(page.shown))
    assert "Les traits stricts concordent" in shown.text
    shown = submitted(browser, shown, form_of(shown, "start"))
    assert shown.status_code == 202, shown.text

    def imported() -> bool:
        seen = submitted(browser, shown, form_of(shown))
        return f"Terminé : {SLICES} images dans le PACS" in seen.text

    wait_for(imported, PATIENCE, "the import")
    with stack.client() as http:
        found = http.get(f"{stack.endpoints['pacs']}/studies/{exam.study}/metadata").json()
    assert {one["00080018"]["Value"][0] for one in found} == set(exam.pixels)
    assert {one["00100020"]["Value"][0] for one in found} == {"LOCAL-7"}
    former = {
        one["04000561"]["Value"][0]["04000550"]["Value"][0]["00100020"]["Value"][0] for one in found
    }
    assert former == {exam.made.patient.ipp}
    # A report of our own RIS that names the study.
    case = exam.made.patient.case().fresh(uuid4().hex)
    case = replace(case, exams=(replace(case.exams[0], studies=(exam.study,)),))
    entry = stack.await_outcome(stack.accepted(stack.report(case)))
    assert entry.studies[exam.study] == ("held", "imported_study")
    assert len(stack.documents(exam.study)) == 1, "that of the site that made it"


# -- sites of other kinds


@pytest.fixture(scope="module")
def elsewhere(_stack: LocalStack, exam: MadeElsewhere) -> MadeElsewhere:
    """An exam of a site that the simulator plays, whose images it has."""
    of = next(
        one
        for one in exam.made.plan.exams
        if one.site.key == "marais" and one.versions and one.state == "Approved"
    )
    Elsewhere(_stack.layout).write(exam.made, {of.number})
    return replace(exam, study=of.study, series="", pixels={})


# The others are played over TLS sockets by tests/drimbox/reading.
PLAYS = {
    "good": ("whole", ""),
    "other_patient": ("refused", "differs"),
    "many": ("failed", "odd"),
    "redirect": ("failed", "odd"),
    "not_found": ("failed", "lost"),
}


@pytest.mark.parametrize("play", PLAYS)
def test_a_site_of_each_kind_comes_to_its_end(
    stack: LocalStack,
    browser: httpx.Client,
    elsewhere: MadeElsewhere,
    play: str,
) -> None:
    state, reason = PLAYS[play]
    control = f"{stack.endpoints['peer']}/_sim/sites/marais"
    try:
        assert browser.put(control, content=json.dumps({"images": play})).is_success
        page = page_of(stack, browser, elsewhere)
        assert page.ask("open")["state"] in {"coming", state}
        told = ended(page)
        assert (told["state"], told["reason"]) == (state, reason)
        if state != "whole":
            assert all(one["frames"] == [] for one in told["series"])
        if reason == "differs":
            assert told["identities"]["name"] == "AUTRE PERSONNE"
    finally:
        browser.put(control, content=json.dumps({"images": "good"}))


# Over TLS sockets, tests/drimbox/reading/test_peer.py shows the same of a listed host with another
# certificate, and of a redirect.
def test_a_host_that_no_list_names_is_not_even_connected_to(
    stack: LocalStack, browser: httpx.Client, white_list: None
) -> None:
    """A manifest of the DMP leads to a server of its author's choice: no byte goes there."""
    before = len(requests_of(stack))
    with socket.create_server(("127.0.0.3", 0)) as server:
        server.setblocking(False)
        place = f"https://127.0.0.3:{server.getsockname()[1]}/rs"
        made = history("demo", uuid4().hex, sites=served_at({"sablons": place}))
        load(made, stack.endpoints["dmp"], stack.layout.pki / "ca.pem")
        of = next(
            one
            for one in made.plan.exams
            if one.site.key == "sablons" and one.versions and one.state == "Approved"
        )
        page = page_of(stack, browser, MadeElsewhere(made, of.study, "", {}))
        page.ask("open")
        told = ended(page)
        assert (told["state"], told["reason"]) == ("failed", "unlisted")
        # The import of it asks again, and as little.
        shown = submitted(browser, page.shown, form_of(page.shown))
        assert shown.status_code == 200
        with pytest.raises(BlockingIOError):
            server.accept()
    assert len(requests_of(stack)) == before
