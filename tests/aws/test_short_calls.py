"""The shorter way of a call: the same leaves as by botocore's own, and the same comes back."""

from __future__ import annotations

import io
import zlib
from datetime import datetime
from typing import Any, Final

import pytest
from botocore.exceptions import ClientError, FlexibleChecksumError, NoCredentialsError
from botocore.parsers import JSONParser, RestXMLParser
from botocore.signers import RequestSigner

from functions.aws import clients as opened
from functions.aws import short_calls
from functions.aws.blobs import _sha256
from functions.aws.short_calls import OPERATIONS, ShortEndpoint
from tests.aws.whole_calls import AT, Wire, answer_of, as_json, clients, request_of
from tests.fakes.aws import REGION

Params = dict[str, Any]
KEY: Final = {"tenant": {"S": "demo"}, "study": {"S": "1.2.3"}}
ITEM: Final = {**KEY, "revision": {"N": "3"}, "parts": {"L": [{"M": {"é": {"BOOL": True}}}]}}
MACHINE: Final = "arn:aws:states:eu-west-3:123456789012:stateMachine:m"
BODY: Final = b"%PDF"
OBJECT: Final = {"Bucket": "archive", "Key": "demo/a b/é~+"}
STORED: Final = {
    **OBJECT,
    "Body": BODY,
    "ContentType": "text/plain;  charset=utf-8",
    "IfNoneMatch": "*",
    "ChecksumSHA256": _sha256(BODY),
    "ServerSideEncryption": "aws:kms",
    "SSEKMSKeyId": "alias/drimbox/tenants/demo",
}
ABOUT: Final = {
    "ETag": '"e"',
    "Last-Modified": "Mon, 30 Nov 2026 22:10:00 GMT",
    "Content-Length": "4",
    "x-amz-version-id": "v",
    "x-amz-object-lock-mode": "GOVERNANCE",
    "x-amz-object-lock-retain-until-date": "2046-11-30T22:10:00.000Z",
    "x-amz-server-side-encryption-bucket-key-enabled": "true",
    "x-amz-tagging-count": "2",
    "x-amz-checksum-sha256": _sha256(BODY),
}
NOT_FOUND: Final = b"<Error><Code>NoSuchKey</Code><Message>m</Message><Key>k</Key></Error>"
_JSON: Final = {"Content-Type": "application/x-amz-json-1.0"}

# (service, operation, parameters, answer): each of the short operations as our code calls it.
CALLS: Final[list[tuple[str, str, Params, tuple[int, dict[str, str], bytes]]]] = [
    (
        "s3",
        "GetObject",
        {**OBJECT, "ChecksumMode": "ENABLED"},
        (200, ABOUT, BODY),
    ),
    ("s3", "GetObject", {**OBJECT, "Range": "bytes=0-3"}, (206, ABOUT, BODY)),
    ("s3", "GetObject", OBJECT, (404, {}, NOT_FOUND)),
    ("s3", "PutObject", STORED, (200, ABOUT, b"")),
    (
        "s3",
        "PutObject",
        {**OBJECT, "Body": b"", "ChecksumSHA256": _sha256(b"")},
        (200, {}, b""),
    ),
    (
        "s3",
        "PutObject",
        STORED,
        (412, {}, b"<Error><Code>PreconditionFailed</Code><Condition>c</Condition></Error>"),
    ),
    (
        "dynamodb",
        "GetItem",
        {"TableName": "studies", "Key": KEY, "ConsistentRead": True},
        (200, _JSON, as_json({"Item": ITEM})),
    ),
    ("dynamodb", "GetItem", {"TableName": "studies", "Key": KEY}, (200, _JSON, b"{}")),
    (
        "dynamodb",
        "PutItem",
        {
            "TableName": "studies",
            "Item": ITEM,
            "ConditionExpression": "revision = :seen",
            "ExpressionAttributeValues": {":seen": {"N": "2"}},
        },
        (200, _JSON, b"{}"),
    ),
    (
        "dynamodb",
        "UpdateItem",
        {"TableName": "waits", "Key": KEY, "UpdateExpression": "ADD starts :one"},
        (
            400,
            _JSON,
            as_json(
                {
                    "__type": "com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException",
                    "message": "m",
                    "Item": ITEM,
                }
            ),
        ),
    ),
    (
        "dynamodb",
        "DeleteItem",
        {"TableName": "waits", "Key": KEY, "ReturnValues": "ALL_OLD"},
        (200, _JSON, as_json({"Attributes": ITEM})),
    ),
    (
        "dynamodb",
        "Query",
        {"TableName": "waits", "KeyConditionExpression": "tenant = :t", "Limit": 5},
        (200, _JSON, as_json({"Items": [ITEM, KEY], "Count": 2, "LastEvaluatedKey": KEY})),
    ),
    (
        "dynamodb",
        "BatchGetItem",
        {"RequestItems": {"jobs": {"Keys": [KEY], "ConsistentRead": True}}},
        (200, _JSON, as_json({"Responses": {"jobs": [ITEM]}, "UnprocessedKeys": {}})),
    ),
    (
        "dynamodb",
        "BatchWriteItem",
        {"RequestItems": {"lookups": [{"PutRequest": {"Item": ITEM}}]}},
        (200, _JSON, as_json({"UnprocessedItems": {}})),
    ),
    (
        "sqs",
        "SendMessage",
        {"QueueUrl": "https://sqs.example/1/messages", "MessageBody": "é", "DelaySeconds": 3},
        (200, _JSON, as_json({"MessageId": "m", "MD5OfMessageBody": "d"})),
    ),
    (
        "stepfunctions",
        "StartExecution",
        {"stateMachineArn": MACHINE, "name": "n", "input": "{}"},
        (200, _JSON, as_json({"executionArn": "a", "startDate": 1796076605.5})),
    ),
]
SAID: Final = {"s3": b"", "sns": b"<PublishResponse><PublishResult/></PublishResponse>"}
IDS: Final = [f"{service} {operation} {status}" for service, operation, _, (status, *_) in CALLS]
ENDPOINTS: Final[tuple[Params, ...]] = ({}, {"endpoint_url": "http://127.0.0.1:9999"})


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    """botocore's own signatures are of the same instant."""

    def now(remove_tzinfo: bool = True) -> datetime:
        return AT.replace(tzinfo=None) if remove_tzinfo else AT

    monkeypatch.setattr("botocore.auth.get_current_datetime", now)


def call(client: Any, operation: str) -> Any:
    """The method of that operation."""
    methods = client.meta.method_to_api_mapping
    return getattr(client, next(name for name, api in methods.items() if api == operation))


def test_every_short_operation_is_compared() -> None:
    found = {(service, operation) for service, operation, _, _ in CALLS}
    assert found == {(service, one) for service, short in OPERATIONS.items() for one in short}


@pytest.mark.parametrize("options", ENDPOINTS)
@pytest.mark.parametrize(("service", "operation", "params", "answer"), CALLS, ids=IDS)
def test_the_same_leaves_and_the_same_comes_back(
    service: str, operation: str, params: Params, answer: Any, options: Params
) -> None:
    wire = Wire()
    whole, short = clients(service, wire, **options)
    for _ in range(2):  # the second time with the address that the first one kept
        wire.answers += [answer, answer]
        first, second = (answer_of(call(one, operation), params) for one in (whole, short))
        assert second == first
        expected, found = map(request_of, wire.sent[-2:])
        assert found == expected


@pytest.mark.parametrize(("service", "operation", "params", "answer"), CALLS, ids=IDS)
def test_no_part_of_botocores_is_used_where_ours_is(
    service: str, operation: str, params: Params, answer: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    wire = Wire([answer, answer])
    _, short = clients(service, wire)
    answer_of(call(short, operation), params)

    def refused(*_: object, **__: object) -> None:
        raise AssertionError("botocore's own part")

    monkeypatch.setattr(RequestSigner, "sign", refused)
    for part in (short._serializer, short._resolve_endpoint_ruleset):
        part.whole = refused
    if answer[0] < 300 and operation != "StartExecution":  # its answer has a time
        for parser in (JSONParser, RestXMLParser):
            monkeypatch.setattr(parser, "parse", refused)
    answer_of(call(short, operation), params)
    assert len(wire.sent) == 2


@pytest.mark.parametrize(
    ("service", "operation", "params"),
    [
        ("dynamodb", "PutItem", {"TableName": "t", "Item": {**KEY, "b": {"B": b"\0\1"}}}),
        ("s3", "GetObject", {**OBJECT, "VersionId": "v"}),
        ("s3", "GetObject", {**OBJECT, "IfModifiedSince": AT}),
        ("s3", "PutObject", {**STORED, "Metadata": {"a": "b"}}),
        ("s3", "PutObject", {**STORED, "Tagging": None}),
        ("s3", "GetObject", {"Bucket": "with.dots", "Key": "k"}),
        ("s3", "HeadObject", OBJECT),
        ("dynamodb", "ListTables", {}),
        ("dynamodb", "TransactWriteItems", {"TransactItems": [], "ClientRequestToken": "t"}),
        ("secretsmanager", "ListSecrets", {}),
        ("sns", "Publish", {"TopicArn": "arn:aws:sns:eu-west-3:123456789012:t", "Message": "m"}),
    ],
)
def test_any_other_call_leaves_as_botocore_makes_it(
    service: str, operation: str, params: Params
) -> None:
    wire = Wire()
    whole, short = clients(service, wire)
    for client in (whole, short, short):
        wire.answers.append((200, {}, SAID.get(service, b"{}")))
        answer_of(call(client, operation), params)
    expected, *found = map(request_of, wire.sent)
    assert found == [expected, expected]


def test_a_body_that_is_no_bytes_in_memory_is_botocores() -> None:
    wire = Wire([(200, {}, b"")] * 2)
    whole, short = clients("s3", wire)
    for client in (whole, short):
        client.put_object(**{**STORED, "Body": io.BufferedReader(io.BytesIO(BODY))})
    first, second = map(request_of, wire.sent)
    assert first[:3] == second[:3]


def test_addresses_of_more_buckets_than_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(short_calls, "_MOST_BUCKETS", 1)
    wire = Wire([(200, {}, b"")] * 3)
    _, short = clients("s3", wire)
    for bucket in ("inbox", "archive", "inbox"):
        short.get_object(Bucket=bucket, Key="k")
        assert wire.sent[-1].url == f"https://{bucket}.s3.eu-west-3.amazonaws.com/k"


def test_signed_addresses_are_botocores() -> None:
    params = {**OBJECT, "ResponseContentType": "text/plain"}
    whole, short = clients("s3", Wire())
    for method in ("get_object", "put_object"):
        wanted = {**OBJECT} if method == "put_object" else params
        short_one, whole_one = (
            client.generate_presigned_url(method, Params=wanted) for client in (short, whole)
        )
        assert short_one == whole_one
    short.get_object(**OBJECT)  # a kept address changes no signed one
    assert short.generate_presigned_url("put_object", Params=OBJECT) == short_one


@pytest.mark.parametrize("service", ["s3", "dynamodb"])
def test_a_call_that_failed_for_a_while_is_repeated_once(service: str) -> None:
    operation, params = ("GetObject", OBJECT) if service == "s3" else ("GetItem", {"Key": KEY})
    wire = Wire([(503, {}, b"")] * 2)
    _, short = clients(service, wire)
    with pytest.raises(ClientError):
        call(short, operation)(**params)
    assert len(wire.sent) == 2


def test_bytes_that_are_not_those_of_the_checksum_are_refused() -> None:
    wire = Wire([(200, ABOUT, b"%PDX")])
    _, short = clients("s3", wire)
    body = short.get_object(**OBJECT, ChecksumMode="ENABLED")["Body"]
    with pytest.raises(FlexibleChecksumError):
        body.read()
    damaged = {"x-amz-crc32": str(zlib.crc32(b"{}") + 1)}
    wire = Wire([(200, damaged, b"{}"), (200, {}, as_json({"Item": ITEM}))])
    _, short = clients("dynamodb", wire)
    assert short.get_item(TableName="t", Key=KEY)["Item"] == ITEM
    assert len(wire.sent) == 2


def test_a_call_of_a_function_carries_the_trace_that_stops_loops(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "f")
    monkeypatch.setenv("_X_AMZN_TRACE_ID", "Root=1-2-3")
    wire = Wire()
    for client in clients("sqs", wire):
        client.send_message(QueueUrl="https://sqs.example/1/q", MessageBody="m")
    first, second = map(request_of, wire.sent)
    assert first == second
    assert second[2]["x-amzn-trace-id"] == "Root=1-2-3"


def test_keys_without_a_token_and_no_keys_at_all() -> None:
    wire = Wire()
    whole, short = clients("dynamodb", wire, aws_session_token=None)
    for client in (whole, short):
        client.get_item(TableName="t", Key=KEY)
    first, second = map(request_of, wire.sent)
    assert first == second
    assert "x-amz-security-token" not in second[2]
    short._request_signer._credentials = None
    with pytest.raises(NoCredentialsError):
        short.get_item(TableName="t", Key=KEY)


@pytest.mark.parametrize("service", OPERATIONS)
def test_the_functions_clients_are_short(service: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    made = getattr(opened, service).__wrapped__()
    assert isinstance(made._endpoint, ShortEndpoint)
    assert made._serializer.short == OPERATIONS[service]
