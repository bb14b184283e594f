"""functions.drimbox.peers.calling_peer: the DRIMbox of a certificate that the front passes on."""

from __future__ import annotations

import base64
from datetime import timedelta
from functools import cache
from urllib.parse import quote

import pytest
from cryptography.hazmat.primitives import hashes

from functions.drimbox.errors import DrimboxError, Forbidden, NotAuthenticated, WhiteListUnusable
from functions.drimbox.identity.client_certificate import MAX_PEM
from functions.drimbox.peers.calling_peer import CallingPeer, PeerCertificates, calling_peer
from functions.drimbox.peers.white_list import WhiteList, read_white_list
from simulators import pki
from tests.drimbox.peers.scenes import AT, DAY, line, white_list
from tests.fakes.memory import VirtualClock

NAME = "CN=db1.example,OU=300000000000017,O=Autre DRIMbox,ST=Paris (75),C=FR"
# The same name as the list may write it: another order, other spaces and letters.
LISTED = "C=fr, ST=PARIS (75), O=Autre DRIMbox, OU=300000000000017, CN=DB1.example"
SHOWN, REQUIRED = PeerCertificates.SHOWN, PeerCertificates.REQUIRED


@cache
def issued(subject: str = NAME) -> pki.Issued:
    return pki.Authority.create(AT - DAY).issue(subject, pki.CLIENT, AT - DAY)


def passed_on(subject: str = NAME) -> str:
    """As nginx writes it (``$ssl_client_escaped_cert``)."""
    return quote(issued(subject).certificate_pem, safe="")


def listed() -> WhiteList:
    return read_white_list(white_list(line("db1.example", LISTED) + line("db2.example")))


def asked(
    *values: str, demand: PeerCertificates = SHOWN, later: timedelta = timedelta()
) -> CallingPeer | None:
    clock = VirtualClock(AT + later)
    return calling_peer(values, demand, listed, clock)


@pytest.mark.parametrize("demand", [SHOWN, REQUIRED])
def test_a_listed_name_is_known_however_the_list_writes_it(demand: PeerCertificates) -> None:
    found = asked(passed_on(), demand=demand)
    certificate = issued(NAME).certificate
    digest = base64.urlsafe_b64encode(certificate.fingerprint(hashes.SHA256())).decode()
    assert found == CallingPeer("1", f"{certificate.serial_number:x}", digest.rstrip("="))


def test_a_certificate_may_be_required() -> None:
    assert asked() is None
    with pytest.raises(Forbidden):
        asked(demand=REQUIRED)


@pytest.mark.parametrize(
    "subject",
    [
        "CN=db1.example,OU=300000000000017,O=Autre DRIMbox,ST=Paris (75),C=BE",
        "CN=db1.example,O=Autre DRIMbox,ST=Paris (75),C=FR",
        "CN=db1.example,CN=db1.example,OU=300000000000017,O=Autre DRIMbox,ST=Paris (75),C=FR",
        "CN=db3.example,C=FR",
    ],
)
def test_any_other_name_is_forbidden(subject: str) -> None:
    with pytest.raises(Forbidden):
        asked(passed_on(subject))


@pytest.mark.parametrize(
    "values",
    [
        ("",),
        ("nothing",),
        ("%",),
        (passed_on(), passed_on()),
        (passed_on() + passed_on(),),
        (passed_on()[:400],),
        ("%41" * (MAX_PEM + 1),),
    ],
)
def test_anything_else_is_no_certificate(values: tuple[str, ...]) -> None:
    for demand in (SHOWN, REQUIRED):
        with pytest.raises(NotAuthenticated):
            asked(*values, demand=demand)


def test_it_must_be_good_now() -> None:
    with pytest.raises(NotAuthenticated, match="dates"):
        asked(passed_on(), later=4000 * DAY)


def test_nobody_is_known_without_a_list() -> None:
    def none() -> WhiteList:
        raise WhiteListUnusable("too_old")

    with pytest.raises(DrimboxError):
        calling_peer((passed_on(),), SHOWN, none, VirtualClock(AT))
    # Nobody asks for it where nothing is shown.
    assert calling_peer((), SHOWN, none, VirtualClock(AT)) is None
