"""The quotas of the local AWS: token buckets, and the file that names them."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, Final

import pytest

from infra.local.aws.quotas import Bucket, QuotaError, Quotas
from infra.shared.deployment import ROOT

PAGE: Final = ROOT / "docs" / "quotas.md"


class Clock:
    def __init__(self) -> None:
        self.at = 0.0

    def now(self) -> float:
        return self.at

    def sleep(self, seconds: float) -> None:
        self.at += seconds


def test_a_bucket_gives_its_burst_and_then_its_rate() -> None:
    clock = Clock()
    bucket = Bucket(3, 2, clock.now)
    assert [bucket.take() for _ in range(4)] == [True, True, True, False]
    clock.at = 0.5
    assert [bucket.take() for _ in range(2)] == [True, False]
    clock.at = 100.0
    assert [bucket.take() for _ in range(4)] == [True, True, True, False], "no more than the burst"


def test_a_caller_who_waits_gets_its_token_in_time() -> None:
    clock = Clock()
    bucket = Bucket(1, 10, clock.now)
    for _ in range(11):
        bucket.wait(clock.sleep)
    assert clock.at == pytest.approx(1.0, abs=0.25)


def written(folder: Path, facts: object) -> Path:
    path = folder / "quotas.json"
    path.write_text(json.dumps(facts))
    return path


def test_a_file_names_the_quotas_and_without_one_there_are_none(tmp_path: Path) -> None:
    assert Quotas.read(None) == Quotas()
    read = Quotas.read(written(tmp_path, {"starts": [800, 150], "concurrency": 7}))
    assert read.starts is not None
    assert (read.starts.burst, read.starts.rate, read.concurrency) == (800, 150, 7)
    assert read.transitions is None


@pytest.mark.parametrize(
    "facts", [{"start": [1, 1]}, {"starts": 1}, {"starts": [1]}, {"concurrency": "x"}, [], "x"]
)
def test_another_file_is_refused(tmp_path: Path, facts: Any) -> None:
    with pytest.raises(QuotaError):
        Quotas.read(written(tmp_path, facts))


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(QuotaError):
        Quotas.read(tmp_path / "absent.json")


def test_the_file_of_the_page_is_one_of_quotas(tmp_path: Path) -> None:
    [text] = re.findall(r"```json\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    quotas = Quotas.read(written(tmp_path, json.loads(text)))
    assert None not in (quotas.starts, quotas.transitions, quotas.concurrency)
