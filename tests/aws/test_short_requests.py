"""Requests whose parameters go as they are; any other one is botocore's own business.

That they are botocore's own, byte for byte, is tested with the signature (``test_short_calls.py``).
"""

from __future__ import annotations

from copy import deepcopy
from typing import Any, Final

import pytest
from botocore.model import OperationModel

from functions.aws.short_requests import ShortSerializer
from tests.aws.whole_calls import Wire, clients

OURS: Final = frozenset({"GetItem", "GetObject", "PutObject"})


class Whole:
    """botocore's serializer: it says only that it was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def serialize_to_request(self, params: Any, model: Any) -> dict[str, Any]:
        if params:
            self.asked.append(model.name)
        return {"headers": {"X-Amz-Target": "t"}, "whole": True}


def model(service: str, operation: str, *, without_bucket: bool = True) -> Any:
    """The operation; botocore takes the bucket out of its path at its first use."""
    (client, _) = clients(service, Wire())
    found = client.meta.service_model.operation_model(operation)
    own = OperationModel(deepcopy(found._operation_model), found.service_model, operation)
    if service == "s3":
        own.http["requestUri"] = "/{Key+}" if without_bucket else "/{Bucket}/{Key+}"
    return own


def test_a_body_in_json() -> None:
    whole = Whole()
    serializer, operation = ShortSerializer(whole, OURS), model("dynamodb", "GetItem")
    for _ in range(2):
        found = serializer.serialize_to_request({"Key": {"a": {"S": "é"}}}, operation)
        assert found["body"] == b'{"Key": {"a": {"S": "\\u00e9"}}}'
        found["headers"]["X-Amzn-Trace-Id"] = "of this call alone"
    assert "X-Amzn-Trace-Id" not in serializer.serialize_to_request({}, operation)["headers"]
    assert not whole.asked


def test_an_object_and_its_headers() -> None:
    whole = Whole()
    serializer = ShortSerializer(whole, OURS)
    params = {"Bucket": "b", "Key": "demo/a b", "Body": b"x", "ContentType": "text/plain"}
    assert serializer.serialize_to_request(params, model("s3", "PutObject")) == {
        "url_path": "/demo/a%20b",
        "query_string": {},
        "method": "PUT",
        "headers": {"Content-Type": "text/plain"},
        "body": b"x",
    }
    found = serializer.serialize_to_request({"Bucket": "b", "Key": "k"}, model("s3", "GetObject"))
    assert (found["method"], found["body"]) == ("GET", b"")
    assert not whole.asked


@pytest.mark.parametrize(
    ("service", "operation", "params"),
    [
        ("dynamodb", "GetItem", {"Key": {"a": {"B": b"x"}}}),
        ("dynamodb", "PutItem", {"Item": {}}),  # none of those that are ours
        ("s3", "GetObject", {"Bucket": "b", "Key": "k", "VersionId": "v"}),
        ("s3", "GetObject", {"Bucket": "b", "Key": "k", "PartNumber": 1}),
        ("s3", "GetObject", {"Bucket": "b", "Key": "k", "Unknown": "v"}),
        ("s3", "GetObject", {"Bucket": "b", "Key": "k", "Range": None}),
        ("s3", "GetObject", {"Bucket": "b", "Key": ""}),
        ("s3", "PutObject", {"Bucket": "b", "Key": "k", "Metadata": {"a": "b"}}),
    ],
)
def test_anything_else_is_botocores(service: str, operation: str, params: Any) -> None:
    whole = Whole()
    found = ShortSerializer(whole, OURS).serialize_to_request(params, model(service, operation))
    assert found["whole"]
    assert whole.asked == [operation]


def test_a_path_with_the_bucket_is_botocores() -> None:
    whole = Whole()
    operation = model("s3", "GetObject", without_bucket=False)
    ShortSerializer(whole, OURS).serialize_to_request({"Bucket": "b", "Key": "k"}, operation)
    assert whole.asked == ["GetObject"]
