"""The second step of a publication."""

from __future__ import annotations

import pytest

from functions.drimbox.errors import (
    Held,
    StudyNotFoundYet,
)
from functions.drimbox.publication.record import State
from functions.hold_publication.handler import handler as hold_publication
from functions.index_study.handler import handler as index_study
from functions.read_report.handler import handler as read_report
from tests.handlers.conftest import CONTEXT, audited, event
from tests.handlers.journey import Journey
from tests.handlers.workflow_scenes import record, state_of


def test_a_study_that_is_not_there_yet_is_waited_for_then_held(journey: Journey) -> None:
    journey.start()
    journey.step(read_report)
    with pytest.raises(StudyNotFoundYet):
        journey.step(index_study)
    held = event("hold_publication/held", **journey.change)
    state = hold_publication(held, CONTEXT)
    assert (state["outcome"], state["reason"]) == ("held", "study_not_found")
    pending = record().pending
    assert pending is not None
    assert (pending.state, pending.reason) == (State.HELD, "study_not_found")
    assert state_of(journey) == "held"
    assert ("publication.held", "study_not_found") in audited()
    # The same change once more finds it held and stops.
    assert journey.step(read_report)["outcome"] == "done"


def test_images_of_another_order_are_held(journey: Journey) -> None:
    journey.archive_study(accession="ACN999")
    journey.start()
    journey.step(read_report)
    with pytest.raises(Held, match=r"^accession_mismatch$"):
        journey.step(index_study)
