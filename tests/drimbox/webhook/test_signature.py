"""functions.drimbox.webhook.signature, read independently: the scheme's own example and openssl."""

from __future__ import annotations

import base64
import subprocess
from datetime import UTC, datetime

import pytest

from functions.drimbox.errors import ConfigurationError
from functions.drimbox.webhook.signature import read_keys, sign

# The example of the scheme's published libraries (standard-webhooks, their test of a signature).
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
EVENT = "msg_p5jXN8AQM9LWM0D4loKWxJek"
AT = datetime.fromtimestamp(1614265330, UTC)
BODY = b'{"test": 2432232314}'
SIGNATURE = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_the_example_of_the_scheme() -> None:
    assert sign(read_keys(SECRET), EVENT, AT, BODY) == {
        "webhook-id": EVENT,
        "webhook-timestamp": "1614265330",
        "webhook-signature": SIGNATURE,
    }


def test_openssl_makes_the_same_signature() -> None:
    (key,) = read_keys(SECRET)
    body = '{"data":"reçu"}'.encode()
    made = subprocess.run(
        ["openssl", "dgst", "-sha256", "-mac", "HMAC", "-macopt", f"hexkey:{key.hex()}", "-binary"],
        input=f"{EVENT}.1614265330.".encode() + body,
        capture_output=True,
        check=True,
    ).stdout
    ours = sign((key,), EVENT, AT, body)["webhook-signature"]
    assert ours == f"v1,{base64.b64encode(made).decode()}"


def test_two_keys_sign_while_one_takes_the_place_of_the_other() -> None:
    keys = read_keys(f"{SECRET} {'A' * 64}")
    first, second = sign(keys, EVENT, AT, BODY)["webhook-signature"].split(" ")
    assert first == SIGNATURE
    assert second == sign(read_keys("A" * 64), EVENT, AT, BODY)["webhook-signature"]


@pytest.mark.parametrize(
    "secret",
    [
        "",
        "whsec_",
        "not base64 at all",
        "AAAA",
        base64.b64encode(bytes(23)).decode(),
        base64.b64encode(bytes(65)).decode(),
        " ".join(["A" * 64] * 3),
        "é" * 32,
    ],
)
def test_another_secret_is_refused_and_not_quoted(secret: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        read_keys(secret)
    assert not secret.strip() or secret not in str(refused.value)


def test_what_the_stack_generates_is_a_key() -> None:
    """64 letters and digits, as CloudFormation makes them."""
    (key,) = read_keys("aB3" * 21 + "z")
    assert len(key) == 48
