"""functions.drimbox.identity.psc against an OpenID provider that we did not write."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from functions.drimbox.errors import IdentityUnavailable, NotAuthenticated
from functions.drimbox.identity.access_token import RawToken
from functions.drimbox.identity.health_professional import Activity
from functions.drimbox.identity.psc import ASKED, PscClient
from functions.drimbox.transport import Patience
from tests.simulators.psc.process import CLIENT_ID, CONNECT, PEER_ID, REALM, PscProcess

AMBROISE = Activity("1750803447", "CLINIQUE AMBROISE", "SA01", "10", "SM44")


class Now:
    def now(self) -> datetime:
        return datetime.now(UTC)


def connect(
    psc: PscProcess,
    certificate: str | None = "psc-client",
    issuer: str = "",
) -> PscClient:
    return PscClient(
        psc.client(certificate),
        f"{psc.url}{CONNECT}/token/introspect",
        f"{psc.url}{CONNECT}/userinfo",
        CLIENT_ID,
        Now(),
        issuer=issuer or psc.url + REALM,
    )


def test_from_token_to_professional(psc: PscProcess) -> None:
    client = connect(psc)
    before = Now().now()
    token = client.introspect(RawToken(psc.token(client_id=PEER_ID)))
    after = Now().now()
    assert token.client_id == PEER_ID
    life = timedelta(seconds=300)
    # A token's end is in whole seconds.
    assert before.replace(microsecond=0) + life <= token.expires_at <= after + life
    found = client.userinfo(token)
    assert (found.family, found.given) == ("ESSAI", "Camille")
    assert (found.profession, found.specialty, found.sector) == ("10", "SM44", "SA01")
    assert found.subject_name_id == token.subject_name_id == "810090010017"
    assert found.activities == (AMBROISE,)


@pytest.mark.parametrize(
    ("professional", "profession", "structures"),
    [
        ("two-structures", "10", ["300000000000033", "1750803447", "1759990021"]),
        ("nurse", "60", ["1750803447"]),
        ("no-reference", "", []),
    ],
)
def test_other_professionals(
    psc: PscProcess, professional: str, profession: str, structures: list[str]
) -> None:
    client = connect(psc)
    found = client.userinfo(client.introspect(RawToken(psc.token(professional))))
    assert found.profession == profession
    assert [one.structure_id for one in found.activities] == structures


@pytest.mark.parametrize(
    "token",
    [
        "unknown",
        "eyJhbGciOiJub25lIn0.eyJhY3RpdmUiOnRydWV9.",  # a structured token of somebody's making
        "x" * 8192,
    ],
)
def test_an_unknown_token(psc: PscProcess, token: str) -> None:
    with pytest.raises(NotAuthenticated):
        connect(psc).introspect(RawToken(token))


def test_an_ended_and_a_revoked_token(psc: PscProcess) -> None:
    client = connect(psc)
    ended, revoked = RawToken(psc.token(expires_in=1)), RawToken(psc.token())
    active = client.introspect(revoked)
    psc.control("POST", "revoke", {"access_token": revoked.value})
    time.sleep(1.1)
    for token in (ended, revoked):
        with pytest.raises(NotAuthenticated, match="inactive"):
            client.introspect(token)
    with pytest.raises(NotAuthenticated, match="userinfo"):
        client.userinfo(active)


def test_a_token_of_another_issuer(psc: PscProcess) -> None:
    with pytest.raises(NotAuthenticated, match="issuer"):
        connect(psc, issuer="https://psc.example").introspect(RawToken(psc.token()))


@pytest.mark.parametrize("certificate", [None, "peer"])
def test_without_our_certificate_nothing_is_known(psc: PscProcess, certificate: str | None) -> None:
    with pytest.raises(IdentityUnavailable, match="status 401"):
        connect(psc, certificate).introspect(RawToken(psc.token()))


def test_faults_close_access_and_pass(psc: PscProcess) -> None:
    client, token = connect(psc), RawToken(psc.token())
    active = client.introspect(token)
    impatient = Patience(httpx.Timeout(10.0, read=0.2), 10.0)
    try:
        for fault, patience, reason in (
            ({"kind": "unavailable"}, ASKED, "status 503"),
            ({"kind": "wrong_answer"}, ASKED, "not JSON"),
            ({"kind": "delay", "seconds": 5}, impatient, "ReadTimeout"),
        ):
            psc.control("POST", "faults", fault)
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr("functions.drimbox.identity.psc.ASKED", patience)
                with pytest.raises(IdentityUnavailable, match=reason):
                    client.introspect(token)
                with pytest.raises(IdentityUnavailable, match=reason):
                    client.userinfo(active)
            psc.control("DELETE", "faults")
            assert client.introspect(token) == active
    finally:
        psc.control("DELETE", "faults")


def test_down_and_back(psc: PscProcess) -> None:
    client, token = connect(psc), RawToken(psc.token())
    active = client.introspect(token)
    psc.kill()
    try:
        with pytest.raises(IdentityUnavailable, match="introspection: "):
            client.introspect(token)
    finally:
        psc.start()
    assert client.introspect(token) == active
