"""The matrix over HTTP, on the local stack: a seeded sample, or the whole with PROOF=whole."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Final

import pytest

from tests.flows.stack import PATIENCE, LocalStack, in_parallel
from tests.matrix.chosen import chosen
from tests.matrix.oracle import Cell, Expected, expected
from tests.matrix.over_http import built, kept, with_fresh_attempt
from tests.matrix.play import REFUSALS, faults, report, request
from tests.matrix.scene import Scene

SAMPLE: Final = 204


def wanted(cell: Cell) -> Expected:
    return expected(cell, "over_http")


@pytest.mark.timeout(3600)
def test_exactly_the_right_cells_are_open(
    stack: LocalStack, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    name, cells = chosen("over_http", SAMPLE)
    with capsys.disabled():
        print(f"\nover HTTP, {name}: {report(cells, wanted)}")
    with built(stack, tmp_path) as (front, scene):

        def play(cell: Cell, scene: Scene = scene) -> list[str]:
            answer, end = front.ask(request(cell, scene)), time.monotonic() + PATIENCE
            # A cache that fills, or a busy PACS: the answer says to come again.
            while wanted(cell).open and answer.status == 503 and time.monotonic() < end:
                time.sleep(1)
                answer = front.ask(request(cell, scene))
            return faults(cell, answer, wanted(cell), scene)

        before, records = kept(stack), set(stack.keys("audit"))
        refused = [cell for cell in cells if not wanted(cell).open]
        opened = [cell for cell in cells if wanted(cell).open]
        found = dict(zip(refused, in_parallel(play, refused), strict=True))
        assert kept(stack) == before, "a refusal changed something"
        for key in set(stack.keys("audit")) - records:
            record = json.loads(stack.read("audit", key))
            assert record["result"] in REFUSALS, record["event"]
        # One after the other: an open cell may change what the next one asks for.
        fresh = with_fresh_attempt(stack, scene)
        found |= {cell: play(cell, fresh) for cell in opened}
    wrong = {cell: told for cell, told in found.items() if told}
    assert not wrong, "\n".join(f"{cell}: {'; '.join(told)}" for cell, told in wrong.items())
