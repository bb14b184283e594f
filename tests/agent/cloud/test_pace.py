"""The part of the site's line that images take."""

from __future__ import annotations

from datetime import time
from pathlib import Path

import pytest

from agent.cloud.pace import Pace, mbit_at
from agent.config.model import Hours, Uploads

NIGHT = Hours(time(20), time(6), 200.0)
NOON = Hours(time(12), time(14), 5.0)
WEEK = Uploads(50.0, (NIGHT, NOON))


@pytest.mark.parametrize(
    ("at", "mbit"),
    [("03:00", 200), ("06:00", 50), ("12:00", 5), ("13:59", 5), ("14:00", 50), ("20:00", 200)],
)
def test_the_hours_say_the_pace(at: str, mbit: float) -> None:
    assert mbit_at(WEEK, time.fromisoformat(at)) == mbit
    assert mbit_at(Uploads(), time.fromisoformat(at)) is None


class Paced:
    """A pace on a virtual clock."""

    def __init__(self, uploads: Uploads) -> None:
        self.now = 100.0
        self.pace = Pace(uploads, lambda: time(15), sleep=self._sleep, monotonic=lambda: self.now)

    def _sleep(self, seconds: float) -> None:
        self.now += seconds


def test_bytes_leave_within_the_pace(tmp_path: Path) -> None:
    path = tmp_path / "part"
    path.write_bytes(bytes(2_500_000))
    paced = Paced(Uploads(10.0))
    sizes = [len(piece) for piece in paced.pace.pieces(path)]
    assert sum(sizes) == 2_500_000
    assert max(sizes) == 64 * 1024
    assert paced.now == pytest.approx(102.0, abs=0.1)
    free = Paced(Uploads())
    assert sum(map(len, free.pace.pieces(path))) == 2_500_000
    assert free.now == 100.0
