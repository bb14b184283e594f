"""Our authority issues for one agent, by a key that stays in AWS KMS."""

from __future__ import annotations

from typing import Any

import boto3
import pytest
from cryptography import x509

from functions.aws.agent_authority import LambdaIssuer, certificates, open_key
from functions.drimbox.errors import ConfigurationError, DrimboxError, StorageUnavailable
from functions.issue_certificate.handler import handler as issue_certificate
from tests.drimbox.enrolment.scenes import request
from tests.fakes.aws import put_secret
from tests.handlers.conftest import CONTEXT, ENVIRONMENT, event
from tests.handlers.enrolment_scenes import KEY, authority

__all__ = ["authority"]


def issued(**changes: Any) -> x509.Certificate:
    answer = issue_certificate(
        event("issue_certificate/issue", **{"request": request(KEY), **changes}), CONTEXT
    )
    return x509.load_pem_x509_certificate(answer["certificate"].encode())


def test_an_agent_is_named_and_placed(authority: str) -> None:
    made = issued()
    made.verify_directly_issued_by(x509.load_pem_x509_certificate(authority.encode()))
    address = made.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert address.get_values_for_type(x509.UniformResourceIdentifier) == [
        "https://in.drimbox.example/v1/tenants/demo/agents/salle-1"
    ]
    assert issued().serial_number != made.serial_number


@pytest.mark.parametrize(
    "changes",
    [
        {"tenant": "Demo,O=x"},
        {"tenant": ""},
        {"agent": "salle-1,OU=other"},
        {"agent": ""},
        {"request": "x"},
    ],
)
def test_nobody_else_is_named(authority: str, changes: dict[str, str]) -> None:
    with pytest.raises(DrimboxError):
        issued(**changes)


def test_a_key_of_another_kind_is_refused(authority: str) -> None:
    kms: Any = boto3.client("kms")
    other = kms.create_key(KeySpec="RSA_2048", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["KeyId"]
    with pytest.raises(ConfigurationError, match="P-256"):
        open_key(other)
    other = kms.create_key(KeySpec="ECC_NIST_P384", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["KeyId"]
    with pytest.raises(ConfigurationError, match="P-256"):
        open_key(other)
    with pytest.raises(StorageUnavailable):
        open_key("alias/none")


def test_a_function_that_fails_is_no_certificate(authority: str) -> None:
    issuer = LambdaIssuer(ENVIRONMENT["ISSUE_CERTIFICATE_FUNCTION"], "demo")
    with pytest.raises(StorageUnavailable, match="no certificate"):
        issuer.issue("salle-1", "x")
    assert issuer.issue("salle-1", request(KEY)).startswith("-----BEGIN CERTIFICATE")


def test_before_its_certificate_is_there_it_has_none(site: None) -> None:
    assert certificates("drimbox/platform/agent-authority") == ""
    put_secret("drimbox/platform/agent-authority", "placeholder")
    assert certificates("drimbox/platform/agent-authority") == ""
