"""The calls of AWS that the page of costs counts: traced, and kept in a file that it reads."""

from __future__ import annotations

import json
import os
from collections import Counter

from functions.retrieve_study.handler import handler as retrieve_study
from infra.cost import TRACE
from tests.fakes.tracing import traced
from tests.handlers.conftest import CONTEXT
from tests.handlers.image_scenes import wado
from tests.handlers.journey import STUDY, Journey


def calls(journey: Journey) -> dict[str, dict[str, int]]:
    """Of a publication, of one series that is cached, and of one series that a peer retrieves."""
    journey.archive_study()
    with traced() as publication:
        journey.publish()
    (document,) = journey.manifests()
    with traced() as filling:
        assert journey.fill() == "cached"
    with traced() as retrieval:
        reply = retrieve_study(wado(document["unique_id"], STUDY, f"{STUDY}.1"), CONTEXT)
    assert reply["statusCode"] in {200, 307}
    return {
        "publication": _counted(publication),
        "filling": _counted(filling),
        "retrieval": _counted(retrieval),
    }


def _counted(calls: Counter[str]) -> dict[str, int]:
    """In order; bytes in whole thousands, since identifiers and times differ in length."""
    return {
        name: -(-number // 1000) * 1000 if name == "s3.bytes" else number
        for name, number in sorted(calls.items())
    }


def test_the_page_counts_the_calls_that_are_made(journey: Journey) -> None:
    found = calls(journey)
    if os.environ.get("RECORD"):
        TRACE.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    said = "run: RECORD=1 pytest tests/handlers/test_traced_calls.py; make cost"
    assert json.loads(TRACE.read_text("utf-8")) == found, said
