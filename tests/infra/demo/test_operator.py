"""An operator's way to a code, over the pages and the provider's."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import parse_qs

import httpx
import pytest

from infra.demo import operator
from infra.demo.layout import Layout
from infra.demo.operator import NoCode, invite

ENDPOINTS = Layout.read({"DRIMBOX_HOME": str(Path("/nowhere"))}).endpoints()
PAGES = "/v1/tenants/demo/operations"
LOGIN = "/operators/login/1"
WAY = {
    f"{PAGES}/sign-in": f"{ENDPOINTS['psc']}/operators/auth",
    "/operators/auth": LOGIN,
    f"{PAGES}/session": f"{PAGES}/agents",
}
CODE = "01234-56789-ABCDE-FGHJK-MNPQR"


class Site:
    """The pages and the provider. ``broken`` is the place that fails."""

    def __init__(self, broken: str = "") -> None:
        self.broken = broken
        self.forms: list[dict[str, list[str]]] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        if self.broken and path.endswith(self.broken):
            return httpx.Response(500, text="no")
        if path in WAY:
            return to(WAY[path])
        if path == LOGIN:
            return self.login(request)
        assert path == f"{PAGES}/agents"
        if request.method == "GET":
            return httpx.Response(200, text='<input name="token" value="T-1">')
        assert request.headers["Origin"] == ENDPOINTS["vi"]
        self.forms.append(parse_qs(request.content.decode()))
        return httpx.Response(200, text=f"<pre>drimbox-agent enrol --code {CODE}</pre>")

    @staticmethod
    def login(request: httpx.Request) -> httpx.Response:
        if request.method == "GET":
            return httpx.Response(200, text="people")
        assert parse_qs(request.content.decode()) == {"professional": ["operator-1"]}
        return to(f"{ENDPOINTS['vi']}{PAGES}/session")


def to(place: str) -> httpx.Response:
    return httpx.Response(303, headers={"Location": place})


def play(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    transport = httpx.MockTransport(site)
    monkeypatch.setattr(operator, "client", lambda _: httpx.Client(transport=transport))


def test_an_operator_signs_in_and_gives_out_a_code(monkeypatch: pytest.MonkeyPatch) -> None:
    site = Site()
    play(site, monkeypatch)
    assert invite(ENDPOINTS, "salle-1") == CODE
    assert site.forms == [{"token": ["T-1"], "verb": ["invite_agent"], "name": ["salle-1"]}]


@pytest.mark.parametrize("broken", ["/auth", "/session", "/agents"])
def test_a_page_that_fails_is_told(monkeypatch: pytest.MonkeyPatch, broken: str) -> None:
    play(Site(broken), monkeypatch)
    with pytest.raises(NoCode, match="HTTP 500"):
        invite(ENDPOINTS, "salle-1")


def test_a_form_that_is_refused_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    site = Site()

    def refusing(request: httpx.Request) -> httpx.Response:
        return httpx.Response(409, text="no") if request.headers.get("Origin") else site(request)

    transport = httpx.MockTransport(refusing)
    monkeypatch.setattr(operator, "client", lambda _: httpx.Client(transport=transport))
    with pytest.raises(NoCode, match="the form of the agents: HTTP 409"):
        invite(ENDPOINTS, "salle-1")
