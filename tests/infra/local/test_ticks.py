"""The schedule of the small stack; by its name it runs late, when most of its minute has passed."""

from __future__ import annotations

import pytest

from tests.infra.local.conftest import Mini
from tests.infra.local.support import wait_for

pytestmark = pytest.mark.stack


def test_schedule_calls_its_function(mini: Mini) -> None:
    table = mini.stack.client("dynamodb")
    (name,) = table.list_tables()["TableNames"]
    key = {"tenant": {"S": "t"}, "id": {"S": "ticks"}}

    def ticks() -> int:
        item = table.get_item(TableName=name, Key=key).get("Item", {})
        return int(item.get("attempts", {}).get("N", 0))

    assert wait_for(ticks, seconds=90) >= 1
