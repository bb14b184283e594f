"""Signatures: the examples that AWS publishes."""

from __future__ import annotations

from datetime import UTC, datetime
from hashlib import sha256
from typing import Final

import pytest

from functions.aws.signature import Keys, Scope, authorization, stamp_of

# Amazon S3 API Reference, "Examples: Signature Calculations".
KEYS: Final = Keys("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
SCOPE: Final = Scope("us-east-1", "s3")
AT: Final = datetime(2013, 5, 24, tzinfo=UTC)
HOST: Final = "examplebucket.s3.amazonaws.com"
NOTHING: Final = sha256(b"").hexdigest()
TEXT: Final = sha256(b"Welcome to Amazon S3.").hexdigest()


@pytest.mark.parametrize(
    ("method", "path", "payload", "more", "signature"),
    [
        (
            "GET",
            "/test.txt",
            NOTHING,
            {"range": "bytes=0-9"},
            "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
        ),
        (
            "PUT",
            "/test%24file.text",
            TEXT,
            {
                "date": "Fri, 24 May 2013 00:00:00 GMT",
                "x-amz-storage-class": "REDUCED_REDUNDANCY",
            },
            "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd",
        ),
    ],
)
def test_the_published_examples(
    method: str, path: str, payload: str, more: dict[str, str], signature: str
) -> None:
    headers = {"host": HOST, "x-amz-content-sha256": payload, "x-amz-date": stamp_of(AT), **more}
    for _ in range(2):  # the second time with the key that is kept
        found = authorization(method, path, headers, payload, keys=KEYS, scope=SCOPE, at=AT)
        assert found == (
            "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, "
            f"SignedHeaders={';'.join(sorted(headers))}, Signature={signature}"
        )


def test_a_secret_is_not_shown() -> None:
    assert "wJalr" not in repr(KEYS)


def test_each_day_secret_and_service_has_its_key() -> None:
    def signed(keys: Keys = KEYS, scope: Scope = SCOPE, at: datetime = AT) -> str:
        return authorization("GET", "/", {"host": HOST}, NOTHING, keys=keys, scope=scope, at=at)

    found = {
        signed(),
        signed(keys=Keys(KEYS.access, "another")),
        signed(scope=Scope("eu-west-3", "s3")),
        signed(scope=Scope("us-east-1", "sqs")),
        signed(at=datetime(2013, 5, 25, tzinfo=UTC)),
    }
    assert len({one.rpartition("=")[2] for one in found}) == 5


def test_blanks_within_a_value_are_one() -> None:
    one, two = (
        authorization(
            "GET", "/", {"host": HOST, "x-amz-a": text}, NOTHING, keys=KEYS, scope=SCOPE, at=AT
        )
        for text in ("a b", "  a   b ")
    )
    assert one == two
