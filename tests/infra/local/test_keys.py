"""infra.local.aws.keys, asked by botocore as a function asks."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_der_public_key

from infra.local.assembly import load_assembly
from infra.local.aws.keys import SigningKeys, read_pairs
from infra.local.aws.web import Request, Response, WebServer
from infra.local.install import Install, open_install
from infra.local.template import Deployment, TemplateError, resolve
from tests.infra.local.support import write_assembly

PAIR: dict[str, Any] = {"KeySpec": "ECC_NIST_P256", "KeyUsage": "SIGN_VERIFY"}
ALIAS = "alias/authority"
DIGEST = ec.ECDSA(hashes.SHA256())


def deployed(folder: Path, pair: Mapping[str, Any]) -> tuple[Deployment, Install]:
    policy: dict[str, Any] = {"KeyPolicy": {"Statement": []}}
    key = {"Type": "AWS::KMS::Key", "Properties": {**policy, **pair}}
    plain = {"Type": "AWS::KMS::Key", "Properties": {**policy, "EnableKeyRotation": True}}
    resources: dict[str, Any] = {"Pair": key, "Plain": plain}
    for name, target in (("Pair", ALIAS), ("Plain", "alias/plain")):
        properties = {"AliasName": target, "TargetKeyId": {"Fn::GetAtt": [name, "Arn"]}}
        resources[f"{name}Alias"] = {"Type": "AWS::KMS::Alias", "Properties": properties}
    assembly = write_assembly(folder / "out", {"One": {"Resources": resources}})
    install = open_install(folder / "data")
    return resolve(load_assembly(assembly), install, "http://127.0.0.1:1"), install


@pytest.fixture
def kms(tmp_path: Path) -> Iterator[Any]:
    service = SigningKeys(read_pairs(*deployed(tmp_path, PAIR)))

    def application(request: Request) -> Response:
        return service(request, request.body.read(1 << 20))

    server = WebServer(0, application)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield boto3.client(
        "kms",
        endpoint_url=f"http://127.0.0.1:{server.port}",
        region_name="eu-west-3",
        aws_access_key_id="x",
        aws_secret_access_key="y",
        config=Config(retries={"max_attempts": 1, "mode": "standard"}),
    )
    server.shutdown()
    server.server_close()


def sign(kms: Any, **changes: Any) -> bytes:
    asked = {
        "KeyId": ALIAS,
        "Message": b"data",
        "MessageType": "RAW",
        "SigningAlgorithm": "ECDSA_SHA_256",
        **changes,
    }
    return bytes(kms.sign(**asked)["Signature"])


def test_a_pair_signs_what_its_public_key_verifies(kms: Any) -> None:
    found = kms.get_public_key(KeyId=ALIAS)
    public = load_der_public_key(found["PublicKey"])
    assert isinstance(public, ec.EllipticCurvePublicKey)
    assert found["KeySpec"] == "ECC_NIST_P256"
    public.verify(sign(kms), b"data", DIGEST)


def test_it_is_known_by_its_arn_and_is_the_same_after_a_restart(tmp_path: Path) -> None:
    first, again = read_pairs(*deployed(tmp_path, PAIR)), read_pairs(*deployed(tmp_path, PAIR))
    assert {*first} == {*again}
    (arn,) = [name for name in first if name.startswith("arn:")]
    for name in (ALIAS, arn):
        assert first[name].private_numbers() == again[name].private_numbers()
    other = read_pairs(*deployed(tmp_path / "other", PAIR))[ALIAS]
    assert other.private_numbers() != first[ALIAS].private_numbers()


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"KeyId": "alias/plain"}, "NotFoundException"),
        ({"KeyId": "alias/none"}, "NotFoundException"),
        ({"SigningAlgorithm": "ECDSA_SHA_384"}, "ValidationException"),
        ({"MessageType": "DIGEST"}, "ValidationException"),
        ({"Message": b"x" * 4097}, "ValidationException"),
    ],
)
def test_anything_else_is_refused(kms: Any, changes: dict[str, Any], code: str) -> None:
    with pytest.raises(ClientError) as refused:
        sign(kms, **changes)
    assert refused.value.response["Error"]["Code"] == code
    with pytest.raises(ClientError, match="UnknownOperation"):
        kms.list_keys()


def test_a_pair_of_another_kind_stops_the_start(tmp_path: Path) -> None:
    for pair in (
        {"KeySpec": "RSA_2048", "KeyUsage": "SIGN_VERIFY"},
        {"KeySpec": "ECC_NIST_P256", "KeyUsage": "KEY_AGREEMENT"},
    ):
        with pytest.raises(TemplateError, match="not known here"):
            read_pairs(*deployed(tmp_path, pair))
