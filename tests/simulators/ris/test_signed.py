"""A RIS believes a request that its own key signed, of these bytes and of now; no other."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from simulators.ris.signed import NotSigned, verify

# The published example of Standard Webhooks.
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
BODY = b'{"test": 2432232314}'
AT = datetime.fromtimestamp(1614265330, UTC)
HEADERS = {
    "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
    "webhook-timestamp": "1614265330",
    "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
}


def test_the_published_example_is_believed_also_beside_another_signature() -> None:
    assert verify(HEADERS, BODY, SECRET, AT) == HEADERS["webhook-id"]
    both = {**HEADERS, "webhook-signature": f"v1,AAAA {HEADERS['webhook-signature']}"}
    assert verify(both, BODY, SECRET, AT + timedelta(minutes=4)) == HEADERS["webhook-id"]


@pytest.mark.parametrize(
    ("changes", "body", "late"),
    [
        ({"webhook-id": "msg_other"}, BODY, 0),
        ({"webhook-id": ""}, BODY, 0),
        ({"webhook-timestamp": "1614265331"}, BODY, 0),
        ({"webhook-timestamp": "now"}, BODY, 0),
        ({"webhook-signature": "v1,AAAA"}, BODY, 0),
        ({"webhook-signature": ""}, BODY, 0),
        ({}, BODY + b" ", 0),
        ({}, BODY, 301),
        ({}, BODY, -301),
    ],
)
def test_another_request_is_not(changes: dict[str, str], body: bytes, late: int) -> None:
    with pytest.raises(NotSigned):
        verify({**HEADERS, **changes}, body, SECRET, AT + timedelta(seconds=late))
