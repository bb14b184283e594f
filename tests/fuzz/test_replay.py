"""The fuzzed parsers take every seed: a good one is read, one that once failed is refused by name.

``make fuzz`` looks for new inputs; this replays the known ones with each ``make check``.
"""

from __future__ import annotations

import pytest

from tests.fuzz.seeds import KEPT, seeds
from tests.fuzz.targets import TARGETS

# Inputs whose parser answers a good one by no named error: these must be read to the end.
_READ = sorted(
    TARGETS.keys()
    - {"dmp", "soap", "psc", "authorization", "certificate_parts", "accept", "store_request"}
)


@pytest.mark.parametrize("name", sorted(TARGETS))
def test_no_seed_leaves_by_another_error(name: str) -> None:
    found = list(seeds(name))
    assert found
    for seed in found:
        TARGETS[name](seed)


@pytest.mark.parametrize("name", _READ)
def test_the_first_seed_is_read_to_its_end(name: str) -> None:
    TARGETS[name].read(next(seeds(name)))


def test_every_kept_input_belongs_to_a_target_and_is_small() -> None:
    kept = [path for path in KEPT.rglob("*") if path.is_file()]
    assert {path.parent.name for path in kept} <= TARGETS.keys()
    assert all(path.suffix == ".bin" and path.stat().st_size <= 4096 for path in kept)
