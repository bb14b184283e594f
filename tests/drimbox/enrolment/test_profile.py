"""functions.drimbox.enrolment.profile: the certificates that our authority makes."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509 import verification
from cryptography.x509.oid import ExtendedKeyUsageOID

from functions.drimbox.enrolment.profile import (
    AUTHORITY_VALID,
    VALID,
    AgentName,
    issue,
    make_authority,
)
from functions.drimbox.identity.agent_names import AUTHORITY, subject_of
from functions.drimbox.identity.client_certificate import read_certificate
from functions.drimbox.identity.distinguished_name import canonical, canonical_name
from functions.drimbox.tls import tls_context
from tests.drimbox.enrolment.scenes import pem, remote
from tests.fakes.memory import VirtualClock

AT = datetime(2026, 11, 24, 9, tzinfo=UTC)
KEY = ec.generate_private_key(ec.SECP256R1())
AGENTS_KEY = ec.generate_private_key(ec.SECP384R1()).public_key()
NAME = AgentName("demo", "salle-1", "https://in.example/v1/tenants/demo/agents/salle-1")
OWN = make_authority(remote(KEY), AT, b"\xff" * 16)
MADE = issue(remote(KEY), NAME, AGENTS_KEY, AT, b"\xfe" * 16)


def test_an_agent_is_named_by_its_tenant_and_its_own_name_alone() -> None:
    assert canonical(MADE.subject) == canonical_name(subject_of("demo", "salle-1"))
    assert MADE.subject.rfc4514_string() == "CN=salle-1,OU=demo,O=DRIMbox agents"
    assert canonical(MADE.issuer) == canonical_name(AUTHORITY) == canonical(OWN.subject)
    address = MADE.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert address.get_values_for_type(x509.UniformResourceIdentifier) == [NAME.url]


def test_it_is_a_tls_client_and_nothing_else() -> None:
    limits = MADE.extensions.get_extension_for_class(x509.BasicConstraints)
    assert limits.critical
    assert not limits.value.ca
    usage = MADE.extensions.get_extension_for_class(x509.KeyUsage)
    assert usage.critical
    assert usage.value.digital_signature
    assert not usage.value.key_cert_sign
    extended = MADE.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert [*extended] == [ExtendedKeyUsageOID.CLIENT_AUTH]
    assert MADE.public_key() == AGENTS_KEY


def test_its_time_and_its_number() -> None:
    assert MADE.not_valid_after_utc == AT + VALID
    assert timedelta(0) < AT - MADE.not_valid_before_utc < timedelta(hours=1)
    assert MADE.serial_number == int("01" + "fe" * 16, 16)
    assert OWN.not_valid_after_utc == AT + AUTHORITY_VALID


def test_our_readers_and_those_of_others_take_it() -> None:
    found = read_certificate(pem(MADE), VirtualClock(AT))
    assert found.issuer_among(AUTHORITY, pem(OWN), VirtualClock(AT)) is not None
    verifier = verification.PolicyBuilder().store(verification.Store([OWN])).time(AT)
    chain = verifier.build_client_verifier().verify(MADE, []).chain
    assert chain == [MADE, OWN]
    assert isinstance(tls_context(pem(OWN)), ssl.SSLContext)


def test_the_authority_issues_to_no_authority() -> None:
    limits = OWN.extensions.get_extension_for_class(x509.BasicConstraints)
    assert limits.critical
    assert limits.value.ca
    assert limits.value.path_length == 0
    usage = OWN.extensions.get_extension_for_class(x509.KeyUsage).value
    assert usage.key_cert_sign
    assert not usage.digital_signature
    OWN.verify_directly_issued_by(OWN)
