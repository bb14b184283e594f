"""The matrix in this process: the right cells are open, and a refusal does nothing.

Every open cell is played, and others that cover the table, or the whole with PROOF=whole.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.handlers.journey import Journey
from tests.matrix.chosen import chosen
from tests.matrix.in_process import behind_agents, build, read_templates, with_fresh_attempts
from tests.matrix.oracle import Cell, Expected, expected
from tests.matrix.play import REFUSALS, faults, report, request
from tests.matrix.table import BY_NAME


def wanted(cell: Cell) -> Expected:
    return expected(cell, "in_process")


def is_about_agents(cell: Cell) -> bool:
    """Whether it is an agent's route, or an agent's certificate at another's."""
    return BY_NAME[cell.row].guard in {"agent", "enrolled"} or cell.certificate.startswith("agent")


def effects(cell: Cell, changes: list[tuple[str, dict[str, Any]]]) -> list[str]:
    """Every change but the audit record of a refusal, and the upkeep of sessions."""
    found = []
    for operation, params in changes:
        if operation == "PutObject" and params["Bucket"] == "audit":
            record = json.loads(params["Body"].getvalue())
            if record["result"] not in REFUSALS:
                found.append(f"audit: {record['event']} {record['result']}")
        elif (operation, params.get("TableName")) not in _upkeep(cell):
            found.append(operation)
    return found


def _upkeep(cell: Cell) -> set[tuple[str, str]]:
    """A live session notes its last use; a return takes the sign-in that its cookie names."""
    returns = cell.row in {"return", "reading_return"}
    taken = {("DeleteItem", "sessions")} if returns else set()
    return {("UpdateItem", "sessions"), *taken}


@pytest.mark.timeout(900)
def test_exactly_the_right_cells_are_open(
    journey: Journey, assembly_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    front, scene = build(journey, read_templates(assembly_folder, tmp_path / "install"))
    name, cells = chosen("in_process")
    with capsys.disabled():
        print(f"\nin this process, {name}: {report(cells, wanted)}")
    wrong: dict[Cell, list[str]] = {}
    with front.watched():

        def refuse(refused: list[Cell]) -> None:
            for cell in refused:
                answer = front.ask(request(cell, scene))
                told = faults(cell, answer, wanted(cell), scene) + effects(cell, front.changes)
                if told:
                    wrong[cell] = told

        def open_(opened: list[Cell]) -> None:
            for cell in opened:
                answer = front.ask(request(cell, scene))
                if told := faults(cell, answer, wanted(cell), scene):
                    wrong[cell] = told

        # The refusals first: an open cell may change what the next one asks for.
        near = [one for one in cells if not is_about_agents(one)]
        refuse([one for one in near if not wanted(one).open])
        scene = with_fresh_attempts(journey, front, scene)
        open_([one for one in near if wanted(one).open])
        # Then the same sites behind agents, which nobody but these reaches.
        behind_agents()
        far = [one for one in cells if is_about_agents(one)]
        refuse([one for one in far if not wanted(one).open])
        open_([one for one in far if wanted(one).open])
    front.close()
    assert not wrong, "\n".join(f"{cell}: {'; '.join(told)}" for cell, told in wrong.items())
