"""Which cells a run plays: a seeded sample, or the whole with PROOF=whole."""

from __future__ import annotations

import os
from collections.abc import Iterable

from tests.matrix.cells import sample, whole
from tests.matrix.oracle import Cell, Front


def chosen(front: Front, count: int, also: Iterable[Cell] = ()) -> tuple[str, list[Cell]]:
    """The cells to play, and their description: ``count`` cells drawn by SEED, and those of
    ``also``. PROOF=whole plays all of them.
    """
    cells = list(whole(front))
    if os.environ.get("PROOF") == "whole":
        return "whole", cells
    # The same cells at every run, so that a failure is a change's own.
    seed = int(os.environ.get("SEED") or 1)
    drawn = {*sample(cells, front, count, seed), *also}
    return f"sample of SEED={seed}", [one for one in cells if one in drawn]
