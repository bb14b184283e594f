"""Which cells a run plays: a seeded sample, or the whole with PROOF=whole."""

from __future__ import annotations

import os

from tests.matrix.cells import covering, sample, whole
from tests.matrix.oracle import Cell, Front


def chosen(front: Front, count: int | None = None) -> tuple[str, list[Cell]]:
    """The cells to play, and their description: ``count`` cells drawn by SEED; without a count,
    every open cell and others that cover the table. PROOF=whole plays all of them.
    """
    cells = list(whole(front))
    if os.environ.get("PROOF") == "whole":
        return "whole", cells
    # The same cells at every run, so that a failure is a change's own.
    seed = int(os.environ.get("SEED") or 1)
    name = f"sample of SEED={seed}"
    if count is None:
        return name, covering(cells, front, seed)
    return name, sample(cells, front, count, seed)
