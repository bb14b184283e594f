"""Which of two messages about one study counts."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from itertools import permutations
from zoneinfo import ZoneInfo

import pytest

from functions.drimbox.publication.message_order import Edition
from functions.drimbox.report.model import Report
from functions.drimbox.report.reading import read_report
from functions.drimbox.report.requested_action import Action
from tests.drimbox.report.build import message

PARIS = ZoneInfo("Europe/Paris")
AT = datetime(2026, 1, 8, 10, 0, tzinfo=UTC)
IN_ORDER = (
    Edition(AT, 9, Action.WITHDRAW),
    Edition(AT + timedelta(seconds=1), 1, Action.PUBLISH),
    Edition(AT + timedelta(seconds=1), 1, Action.REPLACE),
    Edition(AT + timedelta(seconds=1), 1, Action.WITHDRAW),
    Edition(AT + timedelta(seconds=1), 2, Action.PUBLISH),
)


@pytest.mark.parametrize(("one", "other"), list(permutations(range(len(IN_ORDER)), 2)))
def test_time_then_version_then_action(one: int, other: int) -> None:
    assert IN_ORDER[one].is_older_than(IN_ORDER[other]) == (one < other)


@pytest.mark.parametrize("edition", IN_ORDER)
def test_no_edition_is_older_than_itself(edition: Edition) -> None:
    assert not edition.is_older_than(replace(edition))


def written(moment: datetime) -> Report:
    report = read_report(message())
    return replace(report, document=replace(report.document, effective_time=moment, version=3))


def test_times_are_compared_in_utc_a_time_without_zone_is_on_the_sites_clock() -> None:
    local, east = datetime(2026, 7, 1, 12, 0), timezone(timedelta(hours=4))  # noqa: DTZ001
    at_noon = Edition(datetime(2026, 7, 1, 10, 0, tzinfo=UTC), 3, Action.PUBLISH)
    assert Edition.of(written(local), PARIS) == at_noon
    assert Edition.of(written(datetime(2026, 7, 1, 14, 0, tzinfo=east)), PARIS) == at_noon
