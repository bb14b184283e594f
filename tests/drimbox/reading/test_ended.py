"""functions.drimbox.reading.ended."""

from __future__ import annotations

from functions.drimbox.reading.ended import Ended, SiteFailed


def test_a_failure_tells_how_the_site_stands() -> None:
    failure = SiteFailed(Ended.AWAY, "status 503", retry_after=("7",))
    assert (failure.ended, failure.retry_after, failure.redirected) == (Ended.AWAY, ("7",), False)
    assert str(failure) == "status 503"
