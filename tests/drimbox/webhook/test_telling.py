"""functions.drimbox.webhook.telling: the messages of a study that are rung again."""

from __future__ import annotations

from functions.drimbox.oid import Uid
from functions.drimbox.webhook.telling import MOST_PUBLISHERS, Publishers

STUDY = Uid("1.2.3")


def test_a_message_joins_once_and_the_oldest_leaves() -> None:
    found = Publishers(STUDY, 4)
    names = [f"m{number}" for number in range(MOST_PUBLISHERS + 1)]
    for name in names:
        found = found.joined(name)
    assert found == Publishers(STUDY, 4, tuple(names[1:]))
    assert found.joined(names[1]) is found
