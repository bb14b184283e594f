"""An operator's withdrawal order: one per version, and equal when it is read back."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from functions.drimbox.oid import Uid
from functions.drimbox.publication.withdrawal_order import PREFIX, WithdrawalOrder, withdrawal_key

ORDER = WithdrawalOrder(
    Uid("1.2.3"), "1.2.3/m-1", "operator-1", datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
)


def test_the_same_version_is_ordered_away_once() -> None:
    message_id = ORDER.message_id("demo")
    later = replace(ORDER, who="operator-2", at=ORDER.at + timedelta(days=1))
    assert later.message_id("demo") == message_id
    others = {
        ORDER.message_id("other"),
        replace(ORDER, intent_id="1.2.3/m-2").message_id("demo"),
        replace(ORDER, study_instance_uid=Uid("1.2.4")).message_id("demo"),
    }
    assert len(others - {message_id}) == 3
    assert message_id.startswith(PREFIX)
    assert withdrawal_key(message_id) == f"withdrawals/{message_id}.json"


@given(*[st.text(max_size=40)] * 3, st.datetimes(timezones=st.just(UTC)))
def test_any_order_comes_back_equal(intent_id: str, who: str, reason: str, at: datetime) -> None:
    order = WithdrawalOrder(Uid("1.2.3"), intent_id, who, at, reason)
    assert WithdrawalOrder.decode(order.encode()) == order


def test_an_order_of_a_former_version_has_no_reason() -> None:
    facts = json.loads(ORDER.encode())
    del facts["reason"]
    assert WithdrawalOrder.decode(json.dumps(facts).encode()) == ORDER
