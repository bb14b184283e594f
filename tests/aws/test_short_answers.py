"""Answers whose parts are values as they stand; any other one is botocore's own business."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

import pytest

from functions.aws.http_exchange import Headers
from functions.aws.short_answers import ShortParsers
from functions.aws.short_calls import OPERATIONS
from tests.aws.whole_calls import Wire, as_json, clients

PROTOCOLS: Final = {"s3": "rest-xml"}


class Whole:
    """botocore's factory, and the parser that it makes."""

    def __init__(self) -> None:
        self.asked = 0

    def create_parser(self, _: str) -> Whole:
        return self

    def parse(self, response: dict[str, Any], shape: Any) -> dict[str, Any]:
        self.asked += 1
        return {"whole": True}


def read(
    service: str, operation: str, body: bytes, headers: dict[str, str] | None = None, *, code: int
) -> dict[str, Any] | None:
    """The result by our reader; None where it asks botocore."""
    (client, _), whole = clients(service, Wire()), Whole()
    shape = client.meta.service_model.operation_model(operation).output_shape
    parser = ShortParsers(whole, OPERATIONS[service]).create_parser(PROTOCOLS.get(service, "json"))
    for _ in range(2):
        found = parser.parse(
            {
                "status_code": code,
                "headers": Headers(headers or {}),
                "body": body,
                "context": {"operation_name": operation},
            },
            shape,
        )
    return None if whole.asked else found


@pytest.mark.parametrize(
    ("operation", "body"),
    [
        ("GetItem", {"Item": {"a": {"S": "B"}, "b": {"M": {"c": {"L": [{"NULL": True}]}}}}}),
        ("GetItem", {}),
        ("Query", {"Items": [{"a": {"N": "1"}}], "Count": 1}),
        ("BatchGetItem", {"Responses": {"t": [{"a": {"SS": ["x"]}}]}, "UnprocessedKeys": {}}),
    ],
)
def test_an_answer_in_json_is_the_result(operation: str, body: dict[str, Any]) -> None:
    found = read("dynamodb", operation, as_json(body), code=200)
    assert found == {**body, "ResponseMetadata": {"HTTPStatusCode": 200}}


def test_an_answer_without_a_body_is_an_empty_result() -> None:
    found = read("dynamodb", "PutItem", b"", code=200)
    assert found == {"ResponseMetadata": {"HTTPStatusCode": 200}}


@pytest.mark.parametrize(
    ("service", "operation", "body", "code"),
    [
        ("dynamodb", "GetItem", b'{"Item": {"a": {"B" : "AAE="}}}', 200),
        ("dynamodb", "GetItem", b'{"Item": {"a": {"BS": ["AAE="]}}}', 200),
        ("dynamodb", "Query", b'{"Items": [{"a": {"M": {"c": {"B": "AAE="}}}}]}', 200),
        ("dynamodb", "BatchGetItem", b'{"Responses": {"t": [{"a": {"B": "AAE="}}]}}', 200),
        ("dynamodb", "GetItem", b'{"Item": null}', 200),
        ("dynamodb", "GetItem", b"[]", 200),
        ("dynamodb", "GetItem", b"no JSON", 200),
        ("dynamodb", "GetItem", b"{}", 400),
        ("dynamodb", "ListTables", b"{}", 200),
        ("stepfunctions", "StartExecution", b'{"startDate": 1.5}', 200),
        ("s3", "PutObject", b"", 301),
    ],
)
def test_anything_else_is_botocores(service: str, operation: str, body: bytes, code: int) -> None:
    assert read(service, operation, body, code=code) is None


def test_an_answer_about_an_object_is_in_its_headers() -> None:
    headers = {
        "Last-Modified": "Mon, 30 Nov 2026 22:10:00 GMT",
        "Content-Length": "4",
        "x-amz-object-lock-retain-until-date": "2046-11-30T22:10:00.000Z",
        "x-amz-missing-meta": "2",
        "x-amz-delete-marker": "false",
        "x-amz-id-2": "of no member",
        "ETag": '"e"',
    }
    found = read("s3", "GetObject", b"body", headers, code=206)
    assert found == {
        "LastModified": datetime(2026, 11, 30, 22, 10, tzinfo=UTC),
        "ContentLength": 4,
        "ObjectLockRetainUntilDate": datetime(2046, 11, 30, 22, 10, tzinfo=UTC),
        "MissingMeta": 2,
        "DeleteMarker": False,
        "ETag": '"e"',
        "Metadata": {},
        "Body": b"body",
        "ResponseMetadata": {"HTTPStatusCode": 206},
    }
    assert read("s3", "PutObject", b"", {"ETag": '"e"'}, code=200) == {
        "ETag": '"e"',
        "ResponseMetadata": {"HTTPStatusCode": 200},
    }


@pytest.mark.parametrize(
    ("name", "value"), [("Last-Modified", "2026-11-30T22:10:00Z"), ("Content-Length", "four")]
)
def test_a_header_in_another_form_is_read_by_botocore(name: str, value: str) -> None:
    assert read("s3", "GetObject", b"", {name: value}, code=200) is None


def test_headers_of_the_objects_own_are_read_by_botocore() -> None:
    assert read("s3", "GetObject", b"", {"X-Amz-Meta-A": "b"}, code=200) is None
