"""The cells: every route is judged, every open cell stands among its neighbours."""

from __future__ import annotations

from dataclasses import fields
from itertools import combinations
from pathlib import Path
from typing import Final

import pytest

from infra.routes import ROUTES
from tests.matrix.cells import covering, neighbours, only_in_process, sample, whole
from tests.matrix.oracle import NO_ANSWER, Cell, Front, can_be_open, expected
from tests.matrix.table import BY_NAME, METHODS, OF_ATTEMPTS, REVOKED, ROWS, SITES, A

# Those of a cell, beside its row.
AXES: Final = tuple(one.name for one in fields(Cell) if one.name != "row")
FRONTS: Final[tuple[Front, ...]] = ("in_process", "over_http")


def test_every_route_is_judged() -> None:
    judged = {(row.host, row.method, row.path) for row in ROWS}
    assert judged == {(route.host, route.method, route.path) for route in ROUTES}
    assert {row.method for row in ROWS} < set(METHODS)


def test_the_permission_of_each_row_is_the_one_that_the_route_declares() -> None:
    declared = {
        one.path: one.permission for one in ROUTES if (one.host, one.method) == ("in", "GET")
    }
    changed = {
        one.path: one.permission for one in ROUTES if (one.host, one.method) == ("in", "POST")
    }
    for row in ROWS:
        if row.host == "in":
            named = declared if row.method == "GET" else changed
            assert row.permission == named[row.path], row.name


@pytest.mark.parametrize("front", FRONTS)
def test_each_row_is_open_to_somebody_and_closed_to_most(front: Front) -> None:
    cells = whole(front)
    assert len(cells) == len(set(cells)) > 8000
    for row in ROWS:
        mine = [cell for cell in cells if cell.row == row.name]
        opened = [cell for cell in mine if expected(cell, front).open]
        sites = {A} if row.guard in OF_ATTEMPTS else set(SITES)
        sites = sites if can_be_open(row, front) else set()
        assert {cell.tenant for cell in opened} == sites
        assert len(opened) * 2 < len(mine)


@pytest.mark.parametrize("front", FRONTS)
def test_every_open_cell_stands_among_its_neighbours(front: Front) -> None:
    cells = set(whole(front))
    for cell in cells:
        if expected(cell, front).open:
            around = {one for one in neighbours(cell) if not only_in_process(one)}
            assert around <= cells


def test_a_sample_is_the_same_again_and_has_every_row() -> None:
    cells = whole("over_http")
    drawn = sample(cells, "over_http", 204, seed=1)
    assert drawn == sample(cells, "over_http", 204, seed=1)
    assert drawn != sample(cells, "over_http", 204, seed=2)
    assert len(drawn) == 204
    opened = [cell.row for cell in drawn if expected(cell, "over_http").open]
    assert set(opened) == {row.name for row in ROWS if can_be_open(row, "over_http")}


@pytest.mark.parametrize("seed", [1, 2])
def test_a_covering_sample_has_every_open_cell_and_all_that_the_table_tells_apart(
    seed: int,
) -> None:
    cells = whole("in_process")
    drawn = covering(cells, "in_process", seed)
    assert drawn == covering(cells, "in_process", seed)
    assert len(cells) / 40 < len(drawn) < len(cells) / 10
    wanted = {cell: expected(cell, "in_process") for cell in cells}
    assert {cell for cell in cells if wanted[cell].open} <= set(drawn)
    for axes in combinations(AXES, 2):
        pairs = [
            {tuple(getattr(one, axis) for axis in axes) for one in of} for of in (cells, drawn)
        ]
        assert pairs[0] == pairs[1], axes
    for axis in AXES:
        under = [
            {(BY_NAME[one.row].guard, wanted[one].status, getattr(one, axis)) for one in of}
            for of in (cells, drawn)
        ]
        assert {pair[:2] for pair in under[0]} == {pair[:2] for pair in under[1]}
        assert {pair[::2] for pair in under[0]} == {pair[::2] for pair in under[1]}, axis
        assert {pair[1:] for pair in under[0]} == {pair[1:] for pair in under[1]}, axis
    answers = [{(one.row, wanted[one]) for one in of} for of in (cells, drawn)]
    assert answers[0] == answers[1]
    for axis in ("tenant", "manifest", "owner", "form"):
        told = [{(one.row, getattr(one, axis)) for one in of} for of in (cells, drawn)]
        assert told[0] == told[1], axis


def test_a_revoked_program_calls_every_route_of_its_host_and_is_refused() -> None:
    cells = [one for one in whole("in_process") if (one.certificate, one.tenant) in REVOKED]
    mine = [one for one in cells if (one.host, one.method) == own_way(one.row)]
    assert {one.row for one in mine} == {row.name for row in ROWS if row.host == "in"}
    assert {expected(one, "in_process").status for one in mine} == {403}
    assert not any(expected(one, "in_process").open for one in cells)


def own_way(name: str) -> tuple[str, str]:
    """The host and the method of a row."""
    row = BY_NAME[name]
    return row.host, row.method


@pytest.mark.parametrize(
    ("front", "line"), [("in_process", "in one process"), ("over_http", "over HTTP")]
)
def test_the_document_s_counts_are_those_of_the_table(front: Front, line: str) -> None:
    text = (Path(__file__).parents[2] / "SECURITY.md").read_text("utf-8")
    assert f"\n{len(ROWS)} acts of the routes" in text
    outcomes = [expected(cell, front) for cell in whole(front)]
    opened = sum(one.open for one in outcomes)
    counts = (len(outcomes), opened, len(outcomes) - opened)
    told = " | ".join(f"{count:,}".replace(",", " ") for count in counts)
    [row] = [one for one in text.split("\n") if one.startswith(f"| {line}")]
    assert f"| {told}" in row
    if front == "over_http":
        silent = sum(one.status == NO_ANSWER for one in outcomes)
        assert f"of which {silent:,} get no TLS session".replace(",", " ") in row
