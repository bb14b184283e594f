"""The shortcuts in moto give the answers of moto itself."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any
from unittest import mock

import boto3
import pytest
from moto import backends, mock_aws
from moto.core import responses, serialize
from moto.core.responses import ActionResult
from moto.core.serialize import XFormedAttributePicker
from moto.dynamodb.responses import DynamoResult
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from moto.stepfunctions.parser.asl.parse.asl_parser import (
    AmazonStateLanguageParser,
    ASLParserException,
)
from moto.stepfunctions.parser.asl.utils import json_path

from infra.local.aws import quick

PATHS: Any = json_path
PICKER: Any = XFormedAttributePicker
DISPATCHER: Any = DomainDispatcherApplication
ANSWERS: Any = responses
TIMES: Any = serialize
ITEM: Any = {
    "k": {"S": "é\u2028"},
    "n": {"N": "-1.50"},
    "b": {"B": b"\x00\xff"},
    "t": {"BOOL": False},
    "none": {"NULL": True},
    "l": {"L": [{"S": ""}, {"L": []}, {"M": {"Deep": {"B": b"x"}}}]},
    "m": {"M": {}},
    "ss": {"SS": ["a"]},
    "ns": {"NS": ["1"]},
    "bs": {"BS": [b"z"]},
}
MACHINE = json.dumps(
    {"StartAt": "A", "States": {"A": {"Type": "Pass", "ResultPath": "$.a", "End": True}}}
)


@pytest.fixture
def quickly() -> Iterator[Callable[[], None]]:
    """Installs the shortcuts until the test ends."""
    with (
        mock.patch.object(PATHS, "parse", PATHS.parse),
        mock.patch.object(AmazonStateLanguageParser, "parse", AmazonStateLanguageParser.parse),
        mock.patch.object(DynamoResult, "execute_result", ActionResult.execute_result),
        mock.patch.object(PICKER, "get_possible_keys", PICKER.get_possible_keys),
        mock.patch.object(DISPATCHER, "get_backend_for_host", DISPATCHER.get_backend_for_host),
        mock.patch.object(TIMES, "parse_to_aware_datetime", TIMES.parse_to_aware_datetime),
        mock.patch.object(ANSWERS, "method_names_from_class", ANSWERS.method_names_from_class),
    ):
        yield quick.install


def _client() -> Any:
    made: Any = boto3.client
    return made("dynamodb", region_name="eu-west-3")


def _answers() -> list[Any]:
    """Every kind of answer that holds items."""
    with mock_aws():
        db = _client()
        db.create_table(
            TableName="t",
            KeySchema=[{"AttributeName": "k", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "k", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        key: Any = {"k": ITEM["k"]}
        change: dict[str, Any] = {
            "TableName": "t",
            "Key": key,
            "UpdateExpression": "SET n = :n",
            "ExpressionAttributeValues": {":n": {"N": "2"}},
        }
        found: list[Any] = [
            db.put_item(TableName="t", Item=ITEM),
            db.get_item(TableName="t", Key=key),
            db.get_item(TableName="t", Key={"k": {"S": "absent"}}),
            db.get_item(TableName="t", Key=key, ProjectionExpression="b, l"),
            db.query(
                TableName="t",
                KeyConditionExpression="k = :k",
                ExpressionAttributeValues={":k": ITEM["k"]},
            ),
            db.scan(TableName="t", Limit=1),
            db.batch_get_item(RequestItems={"t": {"Keys": [key]}}),
            db.transact_get_items(TransactItems=[{"Get": {"TableName": "t", "Key": key}}]),
            *(db.update_item(**change, ReturnValues=one) for one in ("NONE", "ALL_NEW", "ALL_OLD")),
            db.transact_write_items(TransactItems=[{"Delete": {"TableName": "t", "Key": key}}]),
            db.put_item(TableName="t", Item=ITEM),
            db.delete_item(TableName="t", Key=key, ReturnValues="ALL_OLD"),
            db.list_tables(),
            db.describe_table(TableName="t"),
            db.describe_time_to_live(TableName="t"),
        ]
    for one in found:
        del one["ResponseMetadata"]
        one.get("Table", {}).pop("CreationDateTime", None)
        one.get("Table", {}).pop("TableId", None)
    return found


def test_every_answer_is_that_of_moto(quickly: Callable[[], None]) -> None:
    before = _answers()
    assert before[1]["Item"] == ITEM
    quickly()
    assert _answers() == before


def test_a_machine_is_read_once_and_its_executions_share_no_component(
    quickly: Callable[[], None],
) -> None:
    quickly()
    first, tree = AmazonStateLanguageParser.parse(MACHINE)
    second, same = AmazonStateLanguageParser.parse(MACHINE)
    assert tree is same
    assert first is not second
    with pytest.raises(ASLParserException):
        AmazonStateLanguageParser.parse('{"StartAt": }')


def test_a_path_is_read_once(quickly: Callable[[], None]) -> None:
    quickly()
    assert PATHS.parse("$.a") is PATHS.parse("$.a")
    assert [PATHS.extract_json("$.a", {"a": one}) for one in (1, 2)] == [1, 2]


def test_a_service_is_looked_for_once(quickly: Callable[[], None]) -> None:
    hosts = ["dynamodb", "states.eu-west-3.amazonaws.com", "moto_api", None]
    before = [DISPATCHER(create_backend_app).get_backend_for_host(host) for host in hosts]
    assert before == ["dynamodb", "stepfunctions", "moto_api", None]
    quickly()
    made = DISPATCHER(create_backend_app)
    assert [made.get_backend_for_host(host) for host in hosts] == before
    with mock.patch.object(backends, "list_of_moto_modules", side_effect=AssertionError):
        assert [made.get_backend_for_host(host) for host in hosts] == before


def test_the_operations_of_a_service_are_read_once(quickly: Callable[[], None]) -> None:
    before = ANSWERS.method_names_from_class(DynamoResult)
    quickly()
    assert ANSWERS.method_names_from_class(DynamoResult) == before
    assert ANSWERS.method_names_from_class(DynamoResult) is ANSWERS.method_names_from_class(
        DynamoResult
    )


def test_a_time_is_read_as_by_botocore(quickly: Callable[[], None]) -> None:
    values = [
        "2026-02-03T04:05:06.789Z",
        "2026-02-03T04:05:06+02:00",
        "2026-02-03T04:05:06",
        "2026-02-03",
        "Tue, 03 Feb 2026 04:05:06 GMT",
        "1770091506",
        1770091506,
        datetime(2026, 2, 3, tzinfo=UTC),
    ]
    before = [TIMES.parse_to_aware_datetime(value) for value in values]
    quickly()
    assert [TIMES.parse_to_aware_datetime(value) for value in values] == before
    with mock.patch("dateutil.parser.parse", side_effect=AssertionError):
        assert TIMES.parse_to_aware_datetime(values[0]) == before[0]
