"""The words of enrolment and renewal: a certificate request, and the cloud's answer, judged."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding

from functions.drimbox import strict_json

if TYPE_CHECKING:
    from agent.cloud.door import Reply
    from agent.enrol.files import OwnKey

CREATED: Final = 201


class AnswerWrong(Exception):
    """The answer holds no certificate for this agent's key."""


def enrolment(key: OwnKey, code: str) -> bytes:
    """The body of the request to enrol."""
    return json.dumps({"code": code, "request": _request(key)}).encode()


def renewal(key: OwnKey) -> bytes:
    """The body of the request to renew."""
    return json.dumps({"request": _request(key)}).encode()


def issued(reply: Reply, key: OwnKey) -> x509.Certificate:
    """The certificate of an answer of 201: for this key, signed by the authority beside it. Raises
    AnswerWrong.
    """
    try:
        facts = strict_json.read(reply.body)
        certificate = x509.load_pem_x509_certificate(facts["certificate"].encode())
        authorities = x509.load_pem_x509_certificates(facts["chain"].encode())
        is_ours = certificate.public_key() == key.public_key()
    except (ValueError, LookupError, TypeError, AttributeError):
        raise AnswerWrong from None
    if not is_ours or not any(_has_signed(one, certificate) for one in authorities):
        raise AnswerWrong
    return certificate


def _request(key: OwnKey) -> str:
    """PKCS #10. The cloud ignores its name: the code, or the shown certificate, says it."""
    builder = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([]))
    return builder.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM).decode()


def _has_signed(authority: x509.Certificate, certificate: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(authority)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True
