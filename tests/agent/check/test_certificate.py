"""The agent's certificate, and when it ends."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from agent.check.certificate import SOON, try_certificate
from agent.check.finding import Finding
from agent.enrol.files import write_certificate
from tests.agent.enrol.scenes import DAYS, NOW, Cloud

SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("left", "code"),
    [
        (90 * DAYS, "certificate_good"),
        (SOON + SECOND, "certificate_good"),
        (SOON, "certificate_ends_soon"),
        (SECOND, "certificate_ends_soon"),
        (0 * DAYS, "certificate_ended"),
        (-DAYS, "certificate_ended"),
    ],
)
def test_its_end_is_told(tmp_path: Path, left: timedelta, code: str) -> None:
    cloud = Cloud()
    write_certificate(tmp_path / "agent.pem", cloud.certificate(cloud.key.public_key()))
    at = NOW + 90 * DAYS - left
    assert [*try_certificate(tmp_path / "agent.pem", at)] == [Finding(code, "2027-02-28")]


def test_one_that_cannot_be_read_is_told_elsewhere(tmp_path: Path) -> None:
    assert [*try_certificate(tmp_path / "gone", NOW)] == []
