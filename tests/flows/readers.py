"""A professional's way through the page of Pro Santé Connect, as a browser goes it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from html import unescape
from uuid import uuid4

import httpx

from simulators.ris.cases import CASES, Case
from simulators.ris.page import call
from tests.flows.stack import LocalStack, new_ins


def reading(stack: LocalStack, rest: str = "") -> str:
    """An address of the reading pages."""
    return stack.layout.reading() + rest


def come_in(
    stack: LocalStack, http: httpx.Client, professional: str, rest: str = ""
) -> httpx.Response:
    """Through the page of Pro Santé Connect; the answer of our own ``session``, not followed."""
    answer = http.get(reading(stack, f"/sign-in{rest}"))
    assert answer.status_code == 303
    place = answer.headers["Location"]
    while not place.startswith(stack.endpoints["vi"]):
        answer = http.get(place)
        if answer.status_code == 200:
            answer = http.post(place, data={"professional": professional})
        place = str(answer.url.join(answer.headers["Location"]))
    return http.get(place)


def submit(
    http: httpx.Client,
    page: httpx.Response,
    verb: str,
    *,
    at: str = "",
    origin: str = "",
    **fields: str,
) -> httpx.Response:
    """Send the page's form of that verb, ``at`` another page's address or from another origin."""
    forms = re.findall(r"<form.*?</form>", page.text, re.DOTALL)
    [form] = [one for one in forms if f'value="{verb}"' in one]
    action = re.search(r'action="([^"]+)"', form)
    assert action is not None
    hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form))
    own = f"{page.url.scheme}://{page.url.netloc.decode()}"
    where = at or page.url.join(unescape(action[1]))
    return http.post(where, data={**hidden, **fields}, headers={"Origin": origin or own})


def patient(family: str) -> Case:
    """A patient whom no other test knows."""
    case = CASES["C"].fresh(uuid4().hex)
    return replace(case, ins=new_ins(), traits=replace(case.traits, family=family))


def called(stack: LocalStack, http: httpx.Client, case: Case, **more: str) -> str:
    """The address of the page of a contextual call for that patient."""
    where = f"{stack.endpoints['vi']}/tenants/{stack.endpoints['tenant']}/context"
    answer = http.post(where, data={**call(case), **more})
    assert answer.status_code == 303, answer.text
    return str(answer.url.join(answer.headers["Location"]))


def buttons(page: httpx.Response) -> list[str]:
    """The forms of a page as HTML; the one that ends the session comes last."""
    forms = re.findall(r"<form.*?</form>", page.text, re.DOTALL)
    return sorted(forms, key=lambda form: 'value="sign_out"' in form)


def submitted(http: httpx.Client, page: httpx.Response, form: str) -> httpx.Response:
    """Send a form as the browser does that presses its first button."""
    action = re.search(r'action="([^"]+)"', form)
    method = re.search(r'method="(\w+)"', form)
    where = page.url.join(unescape(action[1])) if action else page.url
    fields = dict(_fields(form))
    if method is None or method[1].lower() != "post":
        return http.get(where, params=fields)
    origin = f"{page.url.scheme}://{page.url.netloc.decode()}"
    return http.post(where, data=fields, headers={"Origin": origin})


def _fields(form: str) -> Iterator[tuple[str, str]]:
    """Hidden fields, checked boxes and the first button with a name."""
    first = True
    for tag in re.findall(r"<(?:input|button)[^>]*>", form):
        facts = {name: unescape(value) for name, value in re.findall(r'(\w+)="([^"]*)"', tag)}
        is_button = tag.startswith("<button")
        chosen = facts.get("type") in {"hidden", "text"} or "checked" in tag
        if "name" in facts and (chosen or (is_button and first)):
            yield facts["name"], facts.get("value", "on")
        first = first and not is_button
