"""Introspection: its permitted callers, and the validity of tokens (RFC 7662, RFC 8705 2.1)."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from simulators import pki
from tests.simulators.psc.process import CLIENT_ID, CONNECT, PEER_ID, REALM, PscProcess


def test_claims_of_an_active_token(psc: PscProcess) -> None:
    answer = psc.introspection(psc.token()).json()
    assert answer["active"] is True
    assert answer["iss"] == psc.url + REALM
    assert answer["typ"] == answer["token_type"] == "Bearer"
    assert answer["azp"] == answer["client_id"] == CLIENT_ID
    assert answer["exp"] - answer["iat"] == 300
    assert abs(answer["iat"] - time.time()) < 60
    assert answer["sub"].endswith(answer["SubjectNameID"])


def test_another_operator_may_introspect_our_token(psc: PscProcess) -> None:
    answer = psc.introspection(psc.token(), PEER_ID, "peer").json()
    assert (answer["active"], answer["azp"]) == (True, CLIENT_ID)


@pytest.mark.parametrize(
    ("client_id", "certificate"),
    [
        (CLIENT_ID, None),  # no certificate
        (CLIENT_ID, "peer"),  # a certificate of somebody else
        (CLIENT_ID, "psc"),  # a server's
        ("unknown", "psc-client"),
    ],
)
def test_a_caller_without_its_certificate_is_refused(
    psc: PscProcess, client_id: str, certificate: str | None
) -> None:
    answer = psc.introspection(psc.token(), client_id, certificate)
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


def test_the_same_subject_of_another_authority_is_refused(psc: PscProcess, tmp_path: Path) -> None:
    wanted = next(one for one in pki.COMMON if one.name == "psc-client")
    now = datetime.now(UTC)
    forged = pki.Authority.create(now).issue(wanted.subject, wanted.profile, now)
    (tmp_path / "forged.pem").write_text(forged.certificate_pem)
    (tmp_path / "forged.key").write_text(forged.key_pem)
    answer = psc.client("forged", tmp_path).post(
        f"{psc.url}{CONNECT}/token/introspect", data={"client_id": CLIENT_ID, "token": psc.token()}
    )
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


def test_token_endpoint_needs_the_certificate(psc: PscProcess) -> None:
    form = {"client_id": CLIENT_ID, "grant_type": "refresh_token", "refresh_token": "x"}
    without = psc.client().post(f"{psc.url}{CONNECT}/token", data=form)
    assert (without.status_code, without.json()["error"]) == (401, "invalid_client")
    with_it = psc.client("psc-client").post(f"{psc.url}{CONNECT}/token", data=form)
    assert (with_it.status_code, with_it.json()["error"]) == (400, "invalid_grant")


def test_unknown_ended_and_revoked_tokens_are_inactive(psc: PscProcess) -> None:
    assert psc.introspection("unknown").json() == {"active": False}
    short = psc.token(expires_in=1)
    time.sleep(1.1)
    assert psc.introspection(short).json() == {"active": False}
    one, other = psc.token("nurse"), psc.token("nurse")
    assert psc.control("POST", "revoke", {"access_token": one}) == {"revoked": 1}
    assert psc.introspection(one).json() == {"active": False}
    assert psc.introspection(other).json()["active"] is True
    assert psc.control("POST", "revoke", {"professional": "nurse"}) == {"revoked": 1}
    assert psc.introspection(other).json() == {"active": False}


def userinfo(psc: PscProcess, token: str) -> httpx.Response:
    return psc.client().get(
        f"{psc.url}{CONNECT}/userinfo", headers={"authorization": f"Bearer {token}"}
    )


def test_userinfo_of_each_professional(psc: PscProcess) -> None:
    found = {
        one: userinfo(psc, psc.token(one)).json()
        for one in ("radiologist", "two-structures", "nurse", "no-reference")
    }
    structures = {
        one: [
            activity["ancienIdentifiantDeLaStructure"]
            for exercice in claims.get("SubjectRefPro", {}).get("exercices", [])
            for activity in exercice["activities"]
        ]
        for one, claims in found.items()
    }
    assert structures == {
        "radiologist": ["1750803447"],
        "two-structures": ["300000000000033", "1750803447", "1759990021"],
        "nurse": ["1750803447"],
        "no-reference": [],
    }
    assert "SubjectRefPro" not in found["no-reference"]
    assert {claims["SubjectNameID"][0] for claims in found.values()} == {"8"}
    assert found["nurse"]["SubjectRole"].startswith("60^")


def test_userinfo_needs_an_active_token(psc: PscProcess) -> None:
    answer = userinfo(psc, "unknown")
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_token")


def test_discovery(psc: PscProcess) -> None:
    found = psc.client().get(f"{psc.url}{REALM}/.well-known/wallet-openid-configuration").json()
    assert found["issuer"] == psc.url + REALM
    assert {
        name: found[name].removeprefix(psc.url)
        for name in (
            "authorization_endpoint",
            "token_endpoint",
            "userinfo_endpoint",
            "introspection_endpoint",
            "end_session_endpoint",
            "jwks_uri",
        )
    } == {
        "authorization_endpoint": "/auth",
        "token_endpoint": f"{CONNECT}/token",
        "userinfo_endpoint": f"{CONNECT}/userinfo",
        "introspection_endpoint": f"{CONNECT}/token/introspect",
        "end_session_endpoint": f"{CONNECT}/logout",
        "jwks_uri": f"{CONNECT}/certs",
    }
    assert found["token_endpoint_auth_methods_supported"] == ["tls_client_auth"]
    assert found["code_challenge_methods_supported"] == ["S256"]
    assert set(found["scopes_supported"]) == {"openid", "scope_all"}
    standard = psc.client().get(f"{psc.url}{REALM}/.well-known/openid-configuration")
    assert standard.json() == found
