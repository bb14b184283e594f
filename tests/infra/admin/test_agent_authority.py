"""The command that makes our authority over agents."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from cryptography import x509

from functions.aws.agent_authority import FIELD
from functions.drimbox.identity.agent_names import AUTHORITY
from functions.drimbox.identity.distinguished_name import canonical, canonical_name
from infra.admin import agent_authority
from infra.admin.agent_authority import certificate_in_force, trust
from infra.shared.deployment import context_of_project
from infra.shared.names import AGENT_AUTHORITY, AUTHORITY_ALIAS
from tests.fakes.aws import aws, put_secret
from tests.fakes.world import keys

__all__ = ["aws"]

AT = datetime(2026, 11, 24, 9, tzinfo=UTC)
OTHERS = keys().authority.root.certificate_pem
URI = "s3://truststore/in.pem"


@pytest.fixture
def account(aws: None) -> Any:
    """The key, the empty secret, and a truststore with an authority of the senders."""
    kms = boto3.client("kms")
    key = kms.create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["KeyId"]
    kms.create_alias(AliasName=AUTHORITY_ALIAS, TargetKeyId=key)
    put_secret(AGENT_AUTHORITY, "placeholder")
    s3 = boto3.client("s3")
    where: Any = {"LocationConstraint": "eu-west-3"}
    s3.create_bucket(Bucket="truststore", CreateBucketConfiguration=where)
    s3.put_bucket_versioning(Bucket="truststore", VersioningConfiguration={"Status": "Enabled"})
    s3.put_object(Bucket="truststore", Key="in.pem", Body=OTHERS.encode())
    return kms


def in_force(kms: Any, at: datetime = AT) -> list[x509.Certificate]:
    pem = certificate_in_force(kms, boto3.client("secretsmanager"), at)
    return x509.load_pem_x509_certificates(pem.encode())


def test_its_certificate_is_made_once(account: Any) -> None:
    (made,) = in_force(account)
    assert canonical(made.subject) == canonical_name(AUTHORITY)
    made.verify_directly_issued_by(made)
    assert in_force(account, AT + timedelta(days=365 * 12)) == [made]
    stored = boto3.client("secretsmanager").get_secret_value(SecretId=AGENT_AUTHORITY)
    assert x509.load_pem_x509_certificates(json.loads(stored["SecretString"])[FIELD].encode()) == [
        made
    ]


def test_another_one_stands_beside_one_that_ends_soon(account: Any) -> None:
    (made,) = in_force(account)
    soon = AT + timedelta(days=365 * 13 + 10)
    newest, former = in_force(account, soon)
    assert former == made
    assert newest.public_key() == made.public_key()
    assert in_force(account, soon + timedelta(days=800)) == [newest]


def test_one_of_another_key_is_given_up(account: Any) -> None:
    (made,) = in_force(account)
    other = account.create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")
    account.update_alias(AliasName=AUTHORITY_ALIAS, TargetKeyId=other["KeyMetadata"]["KeyId"])
    (again,) = in_force(account)
    assert again.public_key() != made.public_key()


def test_the_truststore_keeps_the_others_and_gets_ours_once(account: Any) -> None:
    pem = certificate_in_force(account, boto3.client("secretsmanager"), AT)
    s3 = boto3.client("s3")
    version = trust(s3, URI, pem)
    found = s3.get_object(Bucket="truststore", Key="in.pem", VersionId=version)["Body"].read()
    held = x509.load_pem_x509_certificates(found)
    assert held == x509.load_pem_x509_certificates((OTHERS + pem).encode())
    assert trust(s3, URI, pem) == version


def test_a_bucket_without_versions_is_refused(account: Any) -> None:
    s3 = boto3.client("s3")
    where: Any = {"LocationConstraint": "eu-west-3"}
    s3.create_bucket(Bucket="plain", CreateBucketConfiguration=where)
    s3.put_object(Bucket="plain", Key="in.pem", Body=OTHERS.encode())
    pem = certificate_in_force(account, boto3.client("secretsmanager"), AT)
    with pytest.raises(ValueError, match="versions"):
        trust(s3, "s3://plain/in.pem", pem)


def test_the_command_prints_the_version(
    account: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    context = {**context_of_project(), "in_truststore_uri": URI}
    monkeypatch.setattr(agent_authority, "context_of_project", lambda: context)
    assert agent_authority.main([]) == 0
    said = capsys.readouterr().out
    newest = boto3.client("s3").get_object(Bucket="truststore", Key="in.pem")["VersionId"]
    assert said == f'in cdk.json: "in_truststore_version": "{newest}"\n'
    boto3.client("s3").put_object(Bucket="truststore", Key="in.pem", Body=b"none")
    assert agent_authority.main([]) == 1
    assert "cannot be let in" in capsys.readouterr().err
