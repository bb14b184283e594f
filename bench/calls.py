"""The calls of one calm publication, by step. A test holds the same counts to their ceilings."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from bench.figures import Figure, at_most
from tests.fakes.counting import MOST, MOST_OF_FILLING, MOST_OF_PUBLISH, calm_publication, total


def measure(_: Path) -> Iterator[Figure]:
    """External calls of each step, and how often the message is fetched and parsed."""
    counted = calm_publication()
    for step, one in counted.items():
        note = f"(message fetched {one.fetched}, parsed {one.parsed})"
        if step == "publish":
            yield at_most(step, one.calls, MOST_OF_PUBLISH, "calls", note)
        else:
            yield Figure(step, f"{one.calls} calls  {note}")
    found = total(counted)
    yield at_most("all steps", found.calls, MOST.calls, "calls")
    yield at_most("  the message fetched", found.fetched, MOST.fetched, "times")
    yield at_most("  the message parsed (HL7 and CDA)", found.parsed, MOST.parsed, "times")
    more = total(calm_publication(fills=True)).calls - found.calls
    yield at_most("more where the tenant fills at publication", more, MOST_OF_FILLING, "calls")
