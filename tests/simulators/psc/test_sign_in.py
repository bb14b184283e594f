"""The authorization code flow with PKCE, through the login page, as a browser does it."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import secrets
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from tests.simulators.psc.login import choose, follow
from tests.simulators.psc.process import CLIENT_ID, CONNECT, REALM, REDIRECT_URI, PscProcess

VERIFIER = secrets.token_urlsafe(48)
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=")


def authorization(psc: PscProcess, **changes: str | None) -> str:
    parameters = {
        "client_id": CLIENT_ID,
        "response_type": "code",
        "redirect_uri": REDIRECT_URI,
        "scope": "openid scope_all",
        "acr_values": "eidas1",
        "state": "s1",
        "nonce": "n1",
        "code_challenge": CHALLENGE.decode(),
        "code_challenge_method": "S256",
        **changes,
    }
    return f"{psc.url}/auth?" + urlencode({k: v for k, v in parameters.items() if v is not None})


def redeem(psc: PscProcess, code: str, verifier: str = VERIFIER) -> httpx.Response:
    return psc.client("psc-client").post(
        f"{psc.url}{CONNECT}/token",
        data={
            "client_id": CLIENT_ID,
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": REDIRECT_URI,
            "code_verifier": verifier,
        },
    )


def part(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def verified(psc: PscProcess, id_token: str) -> dict[str, Any]:
    """The claims of an ID token whose RS256 signature a key of ``jwks_uri`` verifies."""
    header, payload, signature = id_token.split(".")
    keys = psc.client().get(f"{psc.url}{CONNECT}/certs").json()["keys"]
    key = next(one for one in keys if one["kid"] == json.loads(part(header))["kid"])
    assert "d" not in key
    numbers = rsa.RSAPublicNumbers(
        int.from_bytes(part(key["e"]), "big"), int.from_bytes(part(key["n"]), "big")
    )
    numbers.public_key().verify(
        part(signature), f"{header}.{payload}".encode(), padding.PKCS1v15(), hashes.SHA256()
    )
    claims: dict[str, Any] = json.loads(part(payload))
    return claims


def test_a_professional_signs_in_and_out(psc: PscProcess) -> None:
    browser = psc.browser()
    page = follow(browser, browser.get(authorization(psc)))
    assert page.status_code == 200
    assert "default-src 'none'" in page.headers["content-security-policy"]
    back = choose(browser, page, "two-structures")
    assert (back["state"], back["iss"]) == ("s1", psc.url + REALM)

    tokens = redeem(psc, back["code"]).json()
    assert (tokens["token_type"], tokens["expires_in"]) == ("Bearer", 300)
    identity = verified(psc, tokens["id_token"])
    assert (identity["iss"], identity["aud"], identity["nonce"], identity["acr"]) == (
        *(psc.url + REALM, CLIENT_ID, "n1", "eidas1"),
    )
    introspected = psc.introspection(tokens["access_token"]).json()
    assert (introspected["active"], introspected["sub"]) == (True, identity["sub"])
    # A refresh token is active too, but says nothing of the professional's national identifier.
    assert "SubjectNameID" not in psc.introspection(tokens["refresh_token"]).json()

    refreshed = psc.client("psc-client").post(
        f"{psc.url}{CONNECT}/token",
        data={
            "client_id": CLIENT_ID,
            "grant_type": "refresh_token",
            "refresh_token": tokens["refresh_token"],
        },
    )
    latest = refreshed.json()["access_token"]
    assert psc.introspection(latest).json()["active"] is True

    leaving = browser.get(
        f"{psc.url}{CONNECT}/logout", params={"id_token_hint": tokens["id_token"]}
    )
    action = re.search(r'action="([^"]+)"', leaving.text)
    xsrf = re.search(r'name="xsrf" value="([^"]+)"', leaving.text)
    assert action is not None
    assert xsrf is not None
    done = follow(browser, browser.post(action[1], data={"xsrf": xsrf[1], "logout": "yes"}))
    assert done.status_code == 200
    assert psc.introspection(latest).json() == {"active": False}


def test_a_code_serves_once_and_only_with_its_verifier(psc: PscProcess) -> None:
    browser = psc.browser()
    back = choose(browser, follow(browser, browser.get(authorization(psc))), "nurse")
    wrong = redeem(psc, back["code"], secrets.token_urlsafe(48))
    assert (wrong.status_code, wrong.json()["error"]) == (400, "invalid_grant")
    # The session is known now: no page, a code at once.
    again = follow(browser, browser.get(authorization(psc)))
    code = dict(parse_qsl(urlsplit(again.headers["location"]).query))["code"]
    first = redeem(psc, code)
    assert first.status_code == 200
    assert redeem(psc, code).json()["error"] == "invalid_grant"
    # A code presented twice ends what it had given (RFC 6749 4.1.2).
    assert psc.introspection(first.json()["access_token"]).json() == {"active": False}


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"code_challenge": None, "code_challenge_method": None}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"scope": "openid other", "prompt": "none"}, "login_required"),
    ],
)
def test_requests_that_are_refused_at_the_application(
    psc: PscProcess, changes: dict[str, str | None], error: str
) -> None:
    answer = psc.client().get(authorization(psc, **changes))
    location = answer.headers["location"]
    assert location.startswith(REDIRECT_URI)
    parts = urlsplit(location)
    assert dict(parse_qsl(parts.query or parts.fragment))["error"] == error


@pytest.mark.parametrize(
    "changes", [{"redirect_uri": "https://evil.example/"}, {"client_id": "unknown"}]
)
def test_requests_that_are_refused_on_the_spot(
    psc: PscProcess, changes: dict[str, str | None]
) -> None:
    answer = psc.client().get(authorization(psc, **changes))
    assert answer.status_code == 400
    assert "location" not in answer.headers
    assert "Demande refusée" in answer.text


def test_the_login_page_belongs_to_its_browser(psc: PscProcess) -> None:
    browser = psc.browser()
    page = follow(browser, browser.get(authorization(psc)))
    other = psc.client().post(page.url, data={"professional": "nurse"})
    assert other.status_code == 400
    unknown = browser.post(page.url, data={"professional": "nobody"})
    assert (unknown.status_code, unknown.json()) == (400, {"error": "no such professional"})
    assert browser.put(page.url).status_code == 405
    large = browser.post(page.url, data={"professional": "x" * 70_000})
    assert large.status_code == 413


def ended_by_server(psc: PscProcess, **form: str) -> httpx.Response:
    """A sign-out that a server asks for: no cookie, the ID token in the body."""
    return psc.client("psc-client").post(f"{psc.url}{CONNECT}/logout", data=form)


def test_a_server_ends_the_session_that_the_id_token_names(psc: PscProcess) -> None:
    browser, other, same = psc.browser(), psc.browser(), psc.browser()
    back = choose(browser, follow(browser, browser.get(authorization(psc))), "nurse")
    kept = choose(other, follow(other, other.get(authorization(psc))), "radiologist")
    beside = choose(same, follow(same, same.get(authorization(psc))), "nurse")
    tokens, *others = (redeem(psc, one["code"]).json() for one in (back, kept, beside))
    for form in (
        {"client_id": CLIENT_ID},
        {"client_id": CLIENT_ID, "id_token_hint": "x.y.z"},
        {"client_id": CLIENT_ID, "id_token_hint": tokens["id_token"][:-8] + "AAAAAAAA"},
        {"client_id": "unknown", "id_token_hint": tokens["id_token"]},
        {"id_token_hint": tokens["id_token"]},
    ):
        assert ended_by_server(psc, **form).status_code == 400
    assert psc.introspection(tokens["access_token"]).json()["active"] is True
    done = ended_by_server(psc, client_id=CLIENT_ID, id_token_hint=tokens["id_token"])
    assert done.status_code == 200
    assert psc.introspection(tokens["access_token"]).json() == {"active": False}
    assert psc.introspection(tokens["refresh_token"]).json() == {"active": False}
    # The browser has to choose again; another person's session goes on, and the same person's in
    # another browser.
    assert follow(browser, browser.get(authorization(psc))).status_code == 200
    for one in others:
        assert psc.introspection(one["access_token"]).json()["active"] is True
    for one in (other, same):
        assert follow(one, one.get(authorization(psc))).is_redirect
