"""The fifth step of a publication."""

from __future__ import annotations

import pytest

from functions.drimbox.errors import (
    Held,
)
from functions.settle_publication.handler import handler as settle_publication
from tests.handlers.journey import Journey


def test_settling_what_is_not_published_is_held(journey: Journey) -> None:
    journey.start()
    with pytest.raises(Held, match=r"^internal_error$"):
        journey.step(settle_publication)
