"""Durable records: answered writes survive, expired items go, items without a table wait."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from infra.local.aws.environment import prepare
from infra.local.aws.journal import Journal
from infra.local.aws.web import Body, Request, headers_of
from infra.local.install import open_install
from tests.infra.local.support import ACCOUNT, REGION

prepare(ACCOUNT, REGION)

from infra.local.aws.emulator import Emulator, EmulatorError  # noqa: E402 - reads the environment
from infra.local.aws.records import Expiry, Records  # noqa: E402
from infra.local.install import Install  # noqa: E402


class _Table:
    """A table of the emulator, as the records see it."""

    def __init__(self) -> None:
        self.items: dict[str, dict[str, Any]] = {}

    def put_item(self, item: dict[str, Any]) -> None:
        self.items[item["k"]["S"]] = item

    def all_items(self) -> list[Any]:
        return [_Item(item) for item in self.items.values()]


class _Item:
    def __init__(self, attributes: dict[str, Any]) -> None:
        self._attributes = attributes

    def to_json(self) -> dict[str, Any]:
        return {"Attributes": self._attributes}


def test_items_of_a_table_that_is_gone_wait_for_it(tmp_path: Path) -> None:
    emulator = Emulator(REGION)
    journal = Journal(tmp_path)
    journal.compact([{"table": "gone", "item": {"k": {"S": "1"}}}])
    journal.append(
        {
            "service": "dynamodb",
            "target": "DynamoDB_20120810.PutItem",
            "body": '{"TableName": "gone", "Item": {"k": {"S": "2"}}}',
        }
    )
    journal.close()
    journal = Journal(tmp_path)
    Records(emulator, journal, {}).restore()
    journal.close()
    kept = list(Journal(tmp_path).snapshot())
    assert len(kept) == 2
    table = _Table()
    journal = Journal(tmp_path)
    Records(emulator, journal, {"gone": table}).restore()
    journal.close()
    assert set(table.items) == {"1"}


def test_change_that_does_not_succeed_any_more_stops_the_start(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    journal.compact([])
    journal.append(
        {"service": "dynamodb", "target": "DynamoDB_20120810.PutItem", "body": '{"a": 1}'}
    )
    journal.close()
    with pytest.raises(EmulatorError, match="PutItem of the journal"):
        Records(Emulator(REGION), Journal(tmp_path), {}).restore()


def test_expired_items_are_deleted(tmp_path: Path) -> None:
    emulator = Emulator(REGION)
    emulator.create(
        "dynamodb",
        "DynamoDB_20120810.CreateTable",
        {
            "TableName": "expiring",
            "AttributeDefinitions": [{"AttributeName": "k", "AttributeType": "S"}],
            "KeySchema": [{"AttributeName": "k", "KeyType": "HASH"}],
            "BillingMode": "PAY_PER_REQUEST",
        },
    )
    from moto.dynamodb.models import dynamodb_backends  # noqa: PLC0415

    tables = {"expiring": dynamodb_backends[ACCOUNT][REGION].tables["expiring"]}
    journal = Journal(tmp_path)
    records = Records(
        emulator,
        journal,
        tables,
        (Expiry("expiring", "ends", ("k",)),),
        lambda: 1000.0,
    )
    records.restore()
    for key, ends in (("old", {"N": "999"}), ("new", {"N": "1001"}), ("odd", {"S": "x"})):
        tables["expiring"].put_item({"k": {"S": key}, "ends": ends})
    assert records.expire() == 1
    assert records.expire() == 0
    journal.close()
    left = {item.to_json()["Attributes"]["k"]["S"] for item in tables["expiring"].all_items()}
    assert left == {"new", "odd"}
    (entry,) = Journal(tmp_path).changes()
    assert entry["target"].endswith("DeleteItem")


def test_binary_values_survive_every_restart(tmp_path: Path) -> None:
    from moto.dynamodb.models import dynamodb_backends  # noqa: PLC0415

    value = {"B": base64.b64encode(b"\xff\x00white list").decode()}
    item = {
        "k": {"S": "1"},
        "top": value,
        "set": {"BS": [value["B"]]},
        "map": {"M": {"in": value, "sets": {"L": [{"BS": [value["B"]]}]}}},
        "list": {"L": [value, {"M": {"in": value}}]},
        "names": {"SS": ["a", "b"]},
    }
    creation = {
        "TableName": "binary",
        "AttributeDefinitions": [{"AttributeName": "k", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "k", "KeyType": "HASH"}],
        "BillingMode": "PAY_PER_REQUEST",
    }
    journal = Journal(tmp_path)
    journal.compact([])
    journal.append(
        {
            "service": "dynamodb",
            "target": "DynamoDB_20120810.PutItem",
            "body": json.dumps({"TableName": "binary", "Item": item}),
        }
    )
    journal.close()
    # The first start replays the change; the next ones read the snapshot of the one before.
    for _ in range(3):
        emulator = Emulator(REGION)
        emulator.create("dynamodb", "DynamoDB_20120810.CreateTable", creation)
        table = dynamodb_backends[ACCOUNT][REGION].tables["binary"]
        journal = Journal(tmp_path)
        Records(emulator, journal, {"binary": table}).restore()
        journal.close()
        (kept,) = Journal(tmp_path).snapshot()
        assert kept == {"table": "binary", "item": item}
        answer = emulator.call(
            "dynamodb",
            "DynamoDB_20120810.GetItem",
            json.dumps({"TableName": "binary", "Key": {"k": {"S": "1"}}}),
        )
        assert isinstance(answer.body, bytes)
        assert json.loads(answer.body)["Item"] == item
        emulator.call("dynamodb", "DynamoDB_20120810.DeleteTable", '{"TableName": "binary"}')


def test_operations_that_would_change_the_template_are_refused(tmp_path: Path) -> None:
    records = Records(Emulator(REGION), Journal(tmp_path), {})

    class Empty:
        def read(self, _size: int = -1, /) -> bytes:
            return b""

        def readline(self, _size: int = -1, /) -> bytes:
            return b""

    for service, target in (
        ("dynamodb", "DynamoDB_20120810.DeleteTable"),
        ("dynamodb", "DynamoDB_20120810.CreateTable"),
        ("secretsmanager", "secretsmanager.DeleteSecret"),
        ("secretsmanager", ""),
    ):
        headers = headers_of({"X-Amz-Target": target})
        request = Request("POST", "/", headers, Body(Empty(), 0))
        assert records.service(service)(request, b"{}").status == 400


def test_install_is_what_keys_are_made_of(tmp_path: Path) -> None:
    install: Install = open_install(tmp_path)
    assert install.derive("a") == install.derive("a")
    assert install.derive("a", "b") != install.derive("ab")
