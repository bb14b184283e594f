"""functions.aws.pulse: beats beside the work, and none after it."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest

from functions.aws.pulse import beating

SOON = timedelta(milliseconds=1)
LATE = timedelta(days=1)


def pulses() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "pulse"]


def test_the_beats_go_on_beside_the_work_and_end_with_it() -> None:
    beats = threading.Semaphore(0)

    def beat() -> bool:
        beats.release()
        return True

    with beating(beat, SOON):
        for _ in range(3):
            assert beats.acquire(timeout=60)
    assert pulses() == []


def test_a_work_that_is_short_has_no_beat() -> None:
    beats = []
    with beating(lambda: bool(beats.append(1)), LATE):  # type: ignore[func-returns-value]
        assert len(pulses()) == 1
    assert (beats, pulses()) == ([], [])


def test_the_beats_end_when_the_lease_is_lost_and_the_work_goes_on() -> None:
    beats = []

    def beat() -> bool:
        beats.append(1)
        return False

    with beating(beat, SOON):
        for thread in pulses():
            thread.join(60)
        assert pulses() == []
        assert beats == [1]
    assert beats == [1]


def test_a_work_that_fails_ends_the_beats() -> None:
    with pytest.raises(OSError, match="disk"), beating(lambda: True, LATE):
        raise OSError("disk")
    assert pulses() == []


def test_the_end_of_the_work_waits_for_the_beat_that_is_on_its_way() -> None:
    """A sandbox that is frozen afterwards holds no half of a write."""
    begun, ended = threading.Event(), []

    def beat() -> bool:
        begun.set()
        ended.append(threading.main_thread().is_alive())
        return True

    with beating(beat, SOON):
        assert begun.wait(60)
    assert ended
    assert pulses() == []


def test_an_error_of_a_beat_is_logged_by_its_place_and_the_next_one_comes(
    capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    beats = threading.Semaphore(0)

    def beat() -> bool:
        beats.release()
        raise ValueError("a value of a patient")

    with beating(beat, SOON):
        for _ in range(2):
            assert beats.acquire(timeout=60)
    told = [(record.getMessage(), record.error) for record in caplog.records]  # type: ignore[attr-defined]
    assert {message for message, _ in told} == {"no sign of life"}
    assert all(error.startswith("ValueError at ") for _, error in told)
    assert "patient" not in caplog.text
    assert capsys.readouterr().err == ""
