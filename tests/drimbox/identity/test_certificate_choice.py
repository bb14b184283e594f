"""functions.drimbox.identity.certificate_choice: which certificate may serve, and why not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from hypothesis import given
from hypothesis import strategies as st

from functions.drimbox.errors import ConfigurationError, Held
from functions.drimbox.identity.certificate_choice import choose, judge, require
from functions.drimbox.identity.certificate_findings import Fault, Judgement, Use
from functions.drimbox.tls import TlsIdentity
from simulators.pki import CLIENT, SIGNATURE, Authority, Issued, Profile
from tests.fakes.world import STRUCTURE, keys

AT = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
SINCE = AT - timedelta(days=100)
ANCHORS = keys().authority.root.certificate_pem
RAW = {Use.AUTH: keys().auth, Use.SIGN: keys().sign}


def _pair(issued: Issued, chain: str = "") -> TlsIdentity:
    return TlsIdentity(issued.certificate_pem + chain, issued.key_pem)


def _judge(pair: TlsIdentity | None, use: Use = Use.AUTH, at: datetime = AT) -> Judgement:
    return judge(pair, holder=STRUCTURE, use=use, trust_anchors=ANCHORS, at=at)


def _issue(
    profile: Profile = CLIENT, *, since: datetime = SINCE, subject: str = "", days: int = 200
) -> Issued:
    return keys().authority.issue(
        subject or f"CN=x.example,OU={STRUCTURE},O=Site,C=FR",
        profile,
        since,
        life=timedelta(days=days),
    )


@pytest.mark.parametrize("use", Use)
def test_the_two_certificates_of_a_structure_may_serve(use: Use) -> None:
    found = _judge(_pair(RAW[use]), use)
    assert found.fault is None
    certificate = RAW[use].certificate
    assert found.facts is not None
    assert found.facts.serial_number == f"{certificate.serial_number:x}"
    assert found.facts.subject == certificate.subject.rfc4514_string()
    assert found.facts.issuer == certificate.issuer.rfc4514_string()
    assert found.facts.not_after == certificate.not_valid_after_utc
    assert found.facts.sha256 == certificate.fingerprint(hashes.SHA256()).hex()
    assert found.days_left(found.facts.not_after - timedelta(days=59, hours=1)) == 59


def _ec() -> str:
    key = ec.generate_private_key(ec.SECP256R1())
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def _locked(issued: Issued) -> str:
    return issued.key.private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"secret")
    ).decode()


_OWN = keys().auth
_TLS = Profile(ExtendedKeyUsageOID.SERVER_AUTH)


@pytest.mark.parametrize(
    ("pair", "use", "fault"),
    [
        (None, Use.AUTH, Fault.ABSENT),
        (TlsIdentity("", ""), Use.AUTH, Fault.UNREADABLE),
        (TlsIdentity("no PEM", _OWN.key_pem), Use.AUTH, Fault.UNREADABLE),
        (TlsIdentity(_OWN.certificate_pem, "no PEM"), Use.AUTH, Fault.UNREADABLE),
        (TlsIdentity(_OWN.certificate_pem, _locked(_OWN)), Use.AUTH, Fault.UNREADABLE),
        (TlsIdentity(_OWN.certificate_pem, _ec()), Use.AUTH, Fault.UNREADABLE),
        (TlsIdentity(_OWN.certificate_pem * 60, _OWN.key_pem), Use.AUTH, Fault.UNREADABLE),
        (TlsIdentity(_OWN.certificate_pem, keys().sign.key_pem), Use.AUTH, Fault.KEY_MISMATCH),
        (_pair(keys().sign), Use.AUTH, Fault.WRONG_USAGE),
        (_pair(keys().auth), Use.SIGN, Fault.WRONG_USAGE),
        (_pair(_issue(_TLS)), Use.AUTH, Fault.WRONG_USAGE),
        (_pair(_issue(_TLS)), Use.SIGN, Fault.WRONG_USAGE),
        (_pair(_issue(subject="CN=x,OU=1750803448,C=FR")), Use.AUTH, Fault.OTHER_STRUCTURE),
        (_pair(_issue(subject="CN=x,C=FR")), Use.AUTH, Fault.OTHER_STRUCTURE),
        (
            _pair(_issue(subject=f"CN=x,OU={STRUCTURE},OU=1750803448,C=FR")),
            Use.AUTH,
            Fault.OTHER_STRUCTURE,
        ),
        (_pair(_issue(since=AT + timedelta(days=1))), Use.AUTH, Fault.NOT_YET_VALID),
        (_pair(_issue(days=99)), Use.AUTH, Fault.EXPIRED),
        (
            _pair(Authority.create(SINCE).issue(f"CN=x,OU={STRUCTURE}", CLIENT, SINCE)),
            Use.AUTH,
            Fault.UNTRUSTED,
        ),
    ],
)
def test_why_a_certificate_may_not_serve(pair: TlsIdentity | None, use: Use, fault: Fault) -> None:
    assert _judge(pair, use).fault is fault
    assert _judge(pair, use).days_left(AT) == (201 if fault is Fault.NOT_YET_VALID else 0)


def test_both_ends_of_its_life_are_in_it() -> None:
    issued = _issue()
    certificate = issued.certificate
    for at in (certificate.not_valid_before_utc, certificate.not_valid_after_utc):
        assert _judge(_pair(issued), at=at).fault is None
    second = timedelta(seconds=1)
    early, late = (
        certificate.not_valid_before_utc - second,
        certificate.not_valid_after_utc + second,
    )
    assert _judge(_pair(issued), at=early).fault is Fault.NOT_YET_VALID
    assert _judge(_pair(issued), at=late).fault is Fault.EXPIRED


def _under(authority: Authority, *, ca: bool = True, days: int = 200) -> Authority:
    """An intermediate authority below ``authority``."""
    made = Authority.create(SINCE, subject="CN=Intermediate,C=FR")
    builder = (
        x509.CertificateBuilder()
        .subject_name(made.root.certificate.subject)
        .issuer_name(authority.root.certificate.subject)
        .public_key(made.root.key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(SINCE)
        .not_valid_after(SINCE + timedelta(days=days))
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
    )
    return Authority(Issued(builder.sign(authority.root.key, hashes.SHA256()), made.root.key))


@pytest.mark.parametrize(
    ("ca", "days", "sent", "fault"),
    [
        (True, 200, True, None),
        (True, 200, False, Fault.UNTRUSTED),  # nobody shows the way to the root
        (False, 200, True, Fault.UNTRUSTED),  # a leaf does not issue
        (True, 99, True, Fault.UNTRUSTED),  # its issuer has ended
    ],
)
def test_the_way_to_the_root(ca: bool, days: int, sent: bool, fault: Fault | None) -> None:
    between = _under(keys().authority, ca=ca, days=days)
    issued = between.issue(f"CN=x,OU={STRUCTURE}", CLIENT, SINCE, life=timedelta(days=200))
    chain = between.root.certificate_pem if sent else ""
    assert _judge(_pair(issued, chain)).fault is fault


def test_an_intermediate_may_be_an_anchor() -> None:
    between = _under(keys().authority)
    issued = between.issue(f"CN=x,OU={STRUCTURE}", SIGNATURE, SINCE, life=timedelta(days=200))
    anchors = between.root.certificate_pem
    found = judge(_pair(issued), holder=STRUCTURE, use=Use.SIGN, trust_anchors=anchors, at=AT)
    assert found.fault is None


def test_anchors_that_are_none_are_a_fault_of_the_configuration() -> None:
    with pytest.raises(ConfigurationError, match="trust anchors"):
        judge(_pair(_OWN), holder=STRUCTURE, use=Use.AUTH, trust_anchors="none", at=AT)


def test_a_certificate_without_usages_is_not_restricted() -> None:
    name = x509.Name([x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, STRUCTURE)])
    authority, key = keys().authority.root, keys().auth.key
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(authority.certificate.subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(SINCE)
        .not_valid_after(AT + timedelta(days=1))
    )
    issued = Issued(builder.sign(authority.key, hashes.SHA256()), key)
    assert [_judge(_pair(issued), use).fault for use in Use] == [None, None]


def _with_name_of_x400(subject: str) -> Issued:
    """A certificate of ours with a subject alternative name that the library does not know."""
    authority, key = keys().authority.root, keys().auth.key
    unknown = x509.ObjectIdentifier("2.5.29.17"), bytes.fromhex("3004a3023000")
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name.from_rfc4514_string(subject))
        .issuer_name(authority.certificate.subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(SINCE)
        .not_valid_after(AT + timedelta(days=1))
        .add_extension(x509.UnrecognizedExtension(*unknown), critical=False)
    )
    return Issued(builder.sign(authority.key, hashes.SHA256()), key)


def test_a_name_that_the_library_does_not_know_makes_a_certificate_unreadable() -> None:
    pair = _pair(_with_name_of_x400(f"CN=x,OU={STRUCTURE}"))
    assert _judge(pair).fault is Fault.UNREADABLE


def test_an_intermediate_that_cannot_be_read_leads_nowhere() -> None:
    between = _with_name_of_x400("CN=between")
    issued = Authority(between).issue(f"CN=x,OU={STRUCTURE}", CLIENT, SINCE)
    assert _judge(_pair(issued, between.certificate_pem)).fault is Fault.UNTRUSTED


# --- which of two


def _choose(current: TlsIdentity | None, former: TlsIdentity | None) -> TlsIdentity | None:
    return choose(
        current, lambda: former, holder=STRUCTURE, use=Use.AUTH, trust_anchors=ANCHORS, at=AT
    )[0]


def test_the_former_certificate_serves_only_until_the_new_one_does() -> None:
    valid, other = _pair(_issue()), _pair(_issue())
    coming, ended = _pair(_issue(since=AT + timedelta(days=1))), _pair(_issue(days=99))
    assert _choose(valid, other) is valid
    assert _choose(coming, other) is other
    assert _choose(coming, ended) is None
    assert _choose(coming, None) is None
    # The former pair does not hide another fault of the new one.
    assert _choose(ended, other) is None
    assert _choose(_pair(keys().sign), other) is None
    assert _choose(None, other) is None


def test_without_a_usable_certificate_the_publication_is_held() -> None:
    pair = _pair(_OWN)
    assert require((pair, Judgement(None, None)), STRUCTURE, Use.AUTH) is pair
    with pytest.raises(Held, match=r"^no_certificate_for_structure$") as raised:
        require((None, Judgement(None, Fault.EXPIRED)), STRUCTURE, Use.SIGN)
    assert raised.value.detail == f"ORG_SIGN of {STRUCTURE}: expired"


@given(st.text(max_size=200), st.text(max_size=200))
def test_any_two_texts_are_judged(certificate: str, key: str) -> None:
    assert _judge(TlsIdentity(certificate, key)).fault is Fault.UNREADABLE


def test_the_way_to_the_root_is_not_longer_than_five() -> None:
    below, sent = keys().authority, ""
    for length in range(1, 7):
        issued = below.issue(f"CN=x,OU={STRUCTURE}", CLIENT, SINCE, life=timedelta(days=200))
        expected = None if length <= 5 else Fault.UNTRUSTED
        assert _judge(_pair(issued, sent)).fault is expected
        below = _under(below)
        sent += below.root.certificate_pem
