"""A queue gives work up after days, and before SQS deletes it."""

from __future__ import annotations

from datetime import timedelta

from functions.aws import redelivery
from infra.shared.queue import _DELIVERIES, _KEPT


def total(drawn: float) -> timedelta:
    """How long all deliveries take together."""
    return timedelta(seconds=sum(redelivery.pause(n, drawn) for n in range(1, _DELIVERIES + 1)))


def test_the_dead_letters_come_after_days_and_are_kept() -> None:
    assert total(0.0) > timedelta(days=5)
    assert total(1.0) < timedelta(seconds=_KEPT.to_seconds()), "SQS deletes it then"
