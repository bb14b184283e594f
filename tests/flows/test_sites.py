"""The sites of a patient's exams, over the whole stack: one answers, two are silent, one is in no
white list.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from html import unescape
from typing import Any
from uuid import uuid4

import httpx
import pytest

from simulators.history.history import history
from simulators.history.load import load
from simulators.history.sites import served_at
from tests.flows.readers import called, come_in
from tests.flows.stack import PATIENCE, LocalStack, wait_for

pytestmark = [pytest.mark.stack, pytest.mark.slow]


@pytest.fixture
def browser(stack: LocalStack) -> Iterator[httpx.Client]:
    """A browser, whose sites are told to be well at its end."""
    with stack.client() as http:
        yield http
        http.delete(f"{stack.endpoints['peer']}/_sim/sites")


def forget(stack: LocalStack) -> None:
    """Nothing is known of any site, whomever an earlier test has asked."""
    table, whose = stack.table("Health"), {":all": {"S": "*"}}
    query = stack.aws["dynamodb"].get_paginator("query")
    for page in query.paginate(
        TableName=table, KeyConditionExpression="tenant = :all", ExpressionAttributeValues=whose
    ):
        for item in page["Items"]:
            key = {name: item[name] for name in ("tenant", "service")}
            stack.aws["dynamodb"].delete_item(TableName=table, Key=key)


def fail(stack: LocalStack, site: str, health: str) -> None:
    """The site's DRIMbox fails in that way from now on."""
    with stack.client() as http:
        answer = http.put(
            f"{stack.endpoints['peer']}/_sim/sites/{site}", content=json.dumps({"health": health})
        )
    assert answer.is_success, answer.text


def ask(http: httpx.Client, page: httpx.Response, accept: str) -> httpx.Response:
    """Send the page's form about the sites, as its script or its button does."""
    forms = re.findall(r"<form.*?</form>", page.text, re.DOTALL)
    [form] = [one for one in forms if '/exams"' in one]
    action = re.search(r'action="([^"]+)"', form)
    assert action is not None
    fields = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form))
    origin = f"{page.url.scheme}://{page.url.netloc.decode()}"
    headers = {"Origin": origin, "Accept": accept}
    return http.post(page.url.join(unescape(action[1])), data=fields, headers=headers)


def states(told: dict[str, Any]) -> set[str]:
    return {one["state"] for one in told["exams"]}


def test_the_states_of_the_sites_are_shown(stack: LocalStack, browser: httpx.Client) -> None:
    look = stack.aws["lambda"].invoke(
        FunctionName="drimbox-refresh-white-list", Payload=json.dumps({"at_once": True}).encode()
    )
    assert json.loads(look["Payload"].read())["outcome"] == "kept"
    made = history("demo", uuid4().hex, sites=served_at(stack.layout.sites()))
    load(made, stack.endpoints["dmp"], stack.layout.pki / "ca.pem")
    forget(stack)
    fail(stack, "marais", "silent")
    # A real DRIMbox answers for this site: its first answer may take longer than a probe waits.
    health = stack.layout.sites()["meridien"]
    wait_for(lambda: browser.get(health).status_code == 200, PATIENCE, "the health of the site")
    come_in(stack, browser, "radiologist")
    page = browser.get(called(stack, browser, made.patient.case()))
    assert page.status_code == 200
    # The list comes first: nobody was asked yet.
    assert "Site pas encore vérifié" in page.text
    assert "script-src 'self'" in page.headers["Content-Security-Policy"]
    told = ask(browser, page, "application/json")
    assert told.status_code == 200, told.text
    facts = told.json()
    assert states(facts) == {"ready", "silent", "unlisted", "own"}
    silent = [one["words"] for one in facts["notices"] if "ne répond pas depuis" in one["words"]]
    # Nobody stands behind the host of the one; the other is told to be silent.
    assert {one.partition(" ne répond")[0] for one in silent} == {
        "Clinique des Roches Bleues",
        "Imagerie médicale du Marais-Neuf",
    }
    # Several sites have one sentence together on the parts that remain.
    assert "omptes rendus" in facts["notices"][-1]["words"]
    assert "restent lisibles" in facts["notices"][-1]["words"]
    assert facts["again"] == 60
    # Without a script the same form leads back to the page, which tells the same.
    back = ask(browser, page, "text/html")
    assert back.status_code == 303
    again = browser.get(back.url.join(back.headers["Location"]))
    # A notice begins with words that stand out.
    words = unescape(re.sub(r"</?(?:strong|b|em)[^>]*>", "", again.text))
    assert all(one in words for one in silent)
    assert "Site pas encore vérifié" not in again.text
    script = re.search(r'<script src="([^"]+)"', again.text)
    assert script is not None
    answer = browser.get(again.url.join(script[1]))
    assert (answer.status_code, answer.headers["Content-Type"]) == (
        *(200, "text/javascript; charset=utf-8"),
    )
    log = stack.log("list_exams")
    for secret in (made.patient.case().ins, made.patient.case().traits.family):
        assert secret not in log
