"""Exams opened by a professional: one made elsewhere comes over mTLS into the viewer's document."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from html import unescape
from typing import Any
from uuid import uuid4

import httpx
import pytest

from infra.demo.elsewhere import Elsewhere
from infra.demo.layout import SECOND
from simulators.history.acts import Series
from simulators.history.history import History, history
from simulators.history.load import load
from simulators.history.series import planned_study
from simulators.history.sites import served_at
from simulators.pacs.exams.objects import exam_objects
from simulators.peer.front import find_nginx
from tests.flows.canaries import found_in
from tests.flows.readers import called, come_in, submit
from tests.flows.stack import PATIENCE, LocalStack, wait_for

pytestmark = [
    pytest.mark.stack,
    pytest.mark.slow,
    pytest.mark.skipif(find_nginx() is None, reason="nginx is not installed"),
]
SLICES = 12


@dataclass(frozen=True)
class MadeElsewhere:
    """A patient's history, one exam of which the second tenant has published."""

    made: History
    study: str
    series: str
    pixels: dict[str, bytes]


@pytest.fixture(scope="module")
def exam(_stack: LocalStack) -> MadeElsewhere:
    stack = _stack
    look = stack.aws["lambda"].invoke(
        FunctionName="drimbox-refresh-white-list", Payload=json.dumps({"at_once": True}).encode()
    )
    assert json.loads(look["Payload"].read())["outcome"] == "kept"
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


@dataclass
class Page:
    """A patient's page with its list, narrowed to one study."""

    stack: LocalStack
    http: httpx.Client
    shown: httpx.Response

    def ask(self, verb: str, exams: str = "1") -> dict[str, Any]:
        """The document of the exams, by that route."""
        forms = re.findall(r"<form.*?</form>", self.shown.text, re.DOTALL)
        form = next(one for one in forms if 'name="edition"' in one)
        fields = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form))
        answer = self.http.post(
            f"{str(self.shown.url).partition('?')[0]}/{verb}",
            data={
                "token": unescape(fields["token"]),
                "edition": unescape(fields["edition"]),
                "exams": exams,
            },
            headers={
                "Origin": f"{self.shown.url.scheme}://{self.shown.url.netloc.decode()}",
                "Accept": "application/json",
            },
        )
        assert answer.status_code == 200, answer.text
        [told] = answer.json()["exams"]
        return dict(told)

    def whole(self) -> dict[str, Any]:
        """The document once everything is there."""

        def there() -> dict[str, Any] | None:
            told = self.ask("progress")
            assert told["state"] in {"coming", "whole"}, told
            return told if told["state"] == "whole" else None

        return wait_for(there, PATIENCE, "the images")


def page_of(stack: LocalStack, http: httpx.Client, exam: MadeElsewhere) -> Page:
    come_in(stack, http, "radiologist")
    case = exam.made.patient.case()
    shown = http.get(called(stack, http, case, StudyInstanceUID=exam.study))
    assert shown.status_code == 200
    return Page(stack, http, shown)


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
