"""An operator at the pages of the first tenant, as the browser of Camille Exploitante."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from infra.demo.ris import client

if TYPE_CHECKING:
    import httpx

# Of the local provider's people, who need no password.
OPERATOR: Final = "operator-1"
_REDIRECTS: Final = 12
_TOKEN: Final = re.compile(r'name="token" value="([^"]+)"')
_CODE: Final = re.compile(r"--code ([0-9A-Z-]{29})")


class NoCode(Exception):
    """The pages did not give out a code; the message says where it ended."""


def invite(endpoints: dict[str, Any], agent: str) -> str:
    """The one-time code with which an agent of that name enrols. Raises NoCode, httpx.HTTPError."""
    pages = f"{endpoints['vi']}/v1/tenants/{endpoints['tenant']}/operations"
    with client(endpoints) as http:
        page = _signed_in(http, f"{pages}/sign-in?page=/agents")
        token = _TOKEN.search(page.text)
        if page.status_code != 200 or token is None:
            raise NoCode(f"the page of the agents: HTTP {page.status_code}")
        given = http.post(
            f"{pages}/agents",
            data={"token": token[1], "verb": "invite_agent", "name": agent},
            headers={"Origin": endpoints["vi"]},
        )
    code = _CODE.search(given.text)
    if code is None:
        raise NoCode(f"the form of the agents: HTTP {given.status_code}")
    return code[1]


def _signed_in(http: httpx.Client, place: str) -> httpx.Response:
    """Through the provider's page of people, to the page that was asked for."""
    answer = http.get(place)
    for _ in range(_REDIRECTS):
        if not answer.is_redirect:
            if "/login/" not in answer.url.path:
                break
            answer = http.post(answer.url, data={"professional": OPERATOR})
            continue
        answer = http.get(answer.url.join(answer.headers["Location"]))
    return answer
