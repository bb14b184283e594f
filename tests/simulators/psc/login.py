"""The login page of the Pro Santé Connect simulator, as a browser uses it."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, urlsplit

import httpx

from tests.simulators.psc.process import REDIRECT_URI


def follow(browser: httpx.Client, answer: httpx.Response) -> httpx.Response:
    """Follow redirects as long as they stay at the provider."""
    while answer.is_redirect and not answer.headers["location"].startswith(REDIRECT_URI):
        answer = browser.get(answer.url.join(answer.headers["location"]))
    return answer


def choose(browser: httpx.Client, page: httpx.Response, professional: str) -> dict[str, str]:
    """Press the button of ``professional``; the parameters that come back at the application."""
    action = re.search(r'action="([^"]+)"', page.text)
    assert action is not None
    assert f'value="{professional}"' in page.text
    answer = browser.post(page.url.join(action[1]), data={"professional": professional})
    location = follow(browser, answer).headers["location"]
    assert location.startswith(REDIRECT_URI)
    return dict(parse_qsl(urlsplit(location).query))
